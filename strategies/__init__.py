"""Backtrader strategies, one a file: the rotation and its benchmarks."""
