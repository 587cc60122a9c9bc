"""Drafts of product texts: written by the model from a product's facts, checked fact by fact."""
