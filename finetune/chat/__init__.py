"""Teaches the chat model its trade: recipes, packing, training, comparison, publishing."""
