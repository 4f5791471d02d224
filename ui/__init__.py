"""The chat page: layout, wiring and looks; everything it knows comes from `qa`."""
