"""Teaches a small linear model how reviews feel, and says what it is worth."""
