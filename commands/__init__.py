"""The command line's subcommands, by subject."""
