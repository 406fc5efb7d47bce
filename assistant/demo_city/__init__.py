"""The city that does not exist: places, synthetic persons and firms, and four years of events, from a seed."""
