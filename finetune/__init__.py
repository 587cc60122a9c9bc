"""Teaches models this trade: the search what shoppers mean; here too, where a base comes from."""
