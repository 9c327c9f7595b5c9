"""Commits again and again in a process that is killed each time: ``python commit_loop.py STORE ROUNDS SEED``.

Each piece of work writes 64 kB and its state in one transaction. Prints how many pieces were finished in the end.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np

from whyrec.store.store import Store
from whyrec.store.work import Unit

PIECES = 3000


def commit(path, ready):
    """Take pieces in order, as a comparison does, until killed."""
    store = Store(path, checked=False)
    store.work.ensure([Unit(f"k{i}", "cell", {}) for i in range(PIECES)])
    open_ = [k for k, s in store.work.states([f"k{i}" for i in range(PIECES)]).items() if s.state != "done"]
    os.write(ready, b"!")
    for key in sorted(open_, key=lambda k: int(k[1:])):
        if store.work.claim(key):
            with store.transaction():
                store.kept.put_figures(key, "metric", {"figure": np.full(8192, float(key[1:]))})
                store.work.finish(key, "done")


def check(path, before):
    """Every finished piece is whole, and none of those finished before is lost. The finished ones."""
    with Store(path) as store:
        states = store.work.states([f"k{i}" for i in range(PIECES)])
        done = {k for k, s in states.items() if s.state == "done"}
        assert before <= done, "a finished piece is lost"
        for key in done:
            found = store.kept.figures(key, "metric")
            assert found is not None, f"{key} is done, but its figures are not there"
            assert (found["figure"] == float(key[1:])).all(), f"{key} is damaged"
        for key in set(states) - done:
            assert store.kept.figures(key, "metric") is None, f"{key} has figures, but is not done"
    return done


def main():
    path, rounds = Path(sys.argv[1]), int(sys.argv[2])
    rng, done = random.Random(int(sys.argv[3])), set()
    for number in range(rounds):
        hear, say = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(hear)
            commit(path, say)
            os._exit(0)
        os.close(say)
        os.read(hear, 1)
        os.close(hear)
        time.sleep(rng.uniform(0, 0.015))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if number % 20 == 19:
            done = check(path, done)
    print(len(check(path, done)))


if __name__ == "__main__":
    main()
