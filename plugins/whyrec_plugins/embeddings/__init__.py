"""Bundled text embeddings."""
