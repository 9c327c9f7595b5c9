"""A plugin module that fails while it is imported."""

raise RuntimeError("no import today")
