"""Measures a chat model: held-out conversations, tasks in a whole shop, canned questions."""
