"""Finds things in catalogues. Knows nothing of orders, chats, models or settings."""
