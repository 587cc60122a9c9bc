"""Answers one shopper. Owns the shop's database, the policies and the connection to the model."""
