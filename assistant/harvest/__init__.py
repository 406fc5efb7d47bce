"""An existing database -> a draft workspace: structure, names, joins, and nothing of anybody's data."""
