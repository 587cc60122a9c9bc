"""What staff should look at: simple rules with the figures that triggered them. Nothing is blocked.

Each rule is a module with one function `(session, now, limits) -> warnings`.
"""
