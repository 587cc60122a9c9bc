"""The only layer that knows HTTP, HTML and terminals."""
