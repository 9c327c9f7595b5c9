"""Runs the command line with something going wrong: ``python saboteur.py FAULT whyrec's arguments``."""

import itertools
import os
import resource
import signal
import sys
import threading
import time

from whyrec_cli.main import main


def killed_before_commit():
    """The second cell is computed, and never written down."""
    from whyrec.comparison.schedule import Schedule

    write, cells = Schedule._write, itertools.count(1)

    def dying(self, task, outcome):
        if task.kind == "cell" and next(cells) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        write(self, task, outcome)

    Schedule._write = dying


def killed_in_commit():
    """Somewhere in the third commit with explanations."""
    from whyrec.comparison.schedule import Schedule

    write, cells = Schedule._write, itertools.count(1)

    def dying(self, task, outcome):
        if task.kind == "cell" and next(cells) == 2:
            threading.Timer(0.002, os.kill, (os.getpid(), signal.SIGKILL)).start()
        write(self, task, outcome)
        if next(cells) > 3:
            time.sleep(1)

    Schedule._write = dying


def full_store():
    """The store may grow by few pages only."""
    from whyrec.store.database import Database

    prepare = Database._prepare

    def small(self, *args):
        prepare(self, *args)
        pages = self.connection.execute("PRAGMA page_count").fetchone()[0]
        self.connection.execute(f"PRAGMA max_page_count={pages + 8}")

    Database._prepare = small


def full_report():
    """Files may not grow beyond 4 kB while the report is written."""
    from whyrec_cli import compare

    write = compare._write

    def cramped(*args):
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        try:
            write(*args)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    compare._write = cramped


def little_memory():
    """Workers may address 1.2 GB; the plugin wants 2."""
    from whyrec.comparison import run

    run.machine_memory = lambda: 1200 * 2**20


def jumping_clock():
    """Each look at the time of day is a year off, one way or the other."""
    now, jumps = time.time, itertools.cycle((0, 1, -1))
    from whyrec.store.store import Store

    def jumping():
        return now() + next(jumps) * 365 * 86400

    time.time = jumping
    Store.__init__.__kwdefaults__["clock"] = jumping


if __name__ == "__main__":
    globals()[sys.argv.pop(1)]()
    main(prog_name="whyrec")
