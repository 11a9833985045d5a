"""Data in: sources, validation, cache and the Backtrader feeds."""
