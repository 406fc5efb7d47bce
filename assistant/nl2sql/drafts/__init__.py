"""A question over a schema without declared figures: what it says of the names, readings, drafts and the choice."""
