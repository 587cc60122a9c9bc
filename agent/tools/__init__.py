"""The tools that the model may call: thin, each a service call turned into text and events."""
