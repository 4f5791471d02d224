"""Question sets in, measures out: `qa eval`."""
