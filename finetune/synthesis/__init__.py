"""Simulates shoppers against the real tools over scratch shops: conversations to train on."""
