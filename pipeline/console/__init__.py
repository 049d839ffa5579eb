"""Connect a command to its terminal: arguments, standard streams, what to run next."""
