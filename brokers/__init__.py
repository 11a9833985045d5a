"""The simulated broker: commission, half-spread, impact and volume limits."""
