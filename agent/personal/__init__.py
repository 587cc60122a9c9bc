"""Finds personal data in English and Chinese text; `agent.masking` hides what is found."""
