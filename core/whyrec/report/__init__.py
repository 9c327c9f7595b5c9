"""The report of a run: one HTML file, which asks nobody for anything."""
