"""A command and its terminal: arguments, standard streams, what to run next."""
