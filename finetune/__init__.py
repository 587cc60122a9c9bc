"""Teaches a base model the shop's tool calls and prose; here too, where its weights come from."""
