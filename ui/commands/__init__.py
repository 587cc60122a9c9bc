"""One module a command group; imported only when its command runs."""
