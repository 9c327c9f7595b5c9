"""Bundled languages."""
