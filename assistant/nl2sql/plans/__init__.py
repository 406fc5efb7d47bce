"""A question over declared figures: its words, a QueryPlan, and the SQL compiled from it."""
