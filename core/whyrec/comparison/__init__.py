"""Comparing: a plan of cells, each ended as done, skipped or failed, and the result."""
