"""The steward's desk: questions about the catalog itself, its quality, its labels, and its way in and out. No rows."""
