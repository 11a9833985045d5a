"""Backtrader analyzers: what happened, as plain values."""
