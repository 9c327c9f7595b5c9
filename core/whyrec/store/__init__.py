"""The store: one SQLite file that keeps runs, cells, explanations and events, whatever happens to the program."""
