"""Pure maths on arrays and frames: no Backtrader, no files, no clock, no network."""
