"""Config, assembly, the run and its folder."""
