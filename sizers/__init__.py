"""Backtrader sizers: from target weights to order sizes."""
