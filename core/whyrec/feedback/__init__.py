"""Feedback: what people answer to a recommendation or a reason, and what it changes at once."""
