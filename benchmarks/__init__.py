"""Paired measurements on the machine at hand; `make bench` runs them all."""
