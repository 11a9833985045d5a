"""Pages and tables made from a results folder only."""
