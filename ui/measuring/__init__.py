"""Measuring search and index: what is measured, and the peers that it is measured against."""
