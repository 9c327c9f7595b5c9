"""Appends events: ``python feedback_writer.py STORE NAME COUNT``."""

import sys
from pathlib import Path

from whyrec.store.store import Store

if __name__ == "__main__":
    with Store(Path(sys.argv[1])) as store:
        for number in range(int(sys.argv[3])):
            event = store.events.append("feedback", {"writer": sys.argv[2], "number": number})
            if number % 10 == 9:
                store.events.undo(event.id)
