"""The schema of the store, step by step: a file of n steps is brought up to date by the steps after n."""

from __future__ import annotations

APPLICATION = 0x77687972
"""``PRAGMA application_id``: "whyr". ``PRAGMA user_version`` is the number of steps done."""

STATES = ("todo", "running", "done", "failed", "timeout", "oom", "skipped", "interrupted")

_FIRST = (
    # What is computed: fits of models, cells, and figures that need the cells beside. A row is leased by the process
    # that works on it: host, pid and the moment of that process's birth say whether it still lives.
    f"""CREATE TABLE work(
        key TEXT PRIMARY KEY,
        kind TEXT NOT NULL,
        label TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN {STATES}),
        reason TEXT, traceback TEXT, blame TEXT,
        attempts INTEGER NOT NULL DEFAULT 0,
        details TEXT NOT NULL DEFAULT '{{}}',
        host TEXT, pid INTEGER, born TEXT, leased_until REAL,
        updated REAL NOT NULL
    ) WITHOUT ROWID""",
    """CREATE TABLE models(
        key TEXT PRIMARY KEY,
        folder TEXT, sha256 TEXT,
        fit_seconds REAL, curve TEXT
    ) WITHOUT ROWID""",
    "CREATE TABLE players(key TEXT PRIMARY KEY, crc INTEGER NOT NULL, content BLOB NOT NULL)",
    """CREATE TABLE explanations(
        key TEXT PRIMARY KEY,
        players TEXT NOT NULL REFERENCES players(key),
        whole INTEGER NOT NULL,
        seconds REAL NOT NULL, model_calls REAL NOT NULL,
        crc INTEGER NOT NULL, content BLOB NOT NULL
    )""",
    """CREATE TABLE figures(
        subject TEXT NOT NULL, metric TEXT NOT NULL,
        crc INTEGER NOT NULL, content BLOB NOT NULL,
        PRIMARY KEY (subject, metric)
    )""",
    """CREATE TABLE runs(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        started REAL NOT NULL, ended REAL,
        state TEXT NOT NULL,
        source TEXT NOT NULL, seed INTEGER NOT NULL,
        config TEXT NOT NULL, versions TEXT NOT NULL, data TEXT NOT NULL, plan TEXT NOT NULL,
        host TEXT, pid INTEGER, born TEXT,
        crc INTEGER, result BLOB
    )""",
    "CREATE TABLE rejected(run INTEGER NOT NULL REFERENCES runs(id), reason TEXT NOT NULL, rows INTEGER NOT NULL)",
)

_EVENTS = (
    """CREATE TABLE events(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at REAL NOT NULL,
        kind TEXT NOT NULL,
        content TEXT NOT NULL,
        undoes INTEGER UNIQUE REFERENCES events(id)
    )""",
    "CREATE TRIGGER events_stay BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events are only added'); END",
    "CREATE TRIGGER events_rest BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events are only added'); END",
)

STEPS: tuple[tuple[str, ...], ...] = (_FIRST, _EVENTS)
