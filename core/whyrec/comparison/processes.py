"""Processes: whether one lives, how it is ended, what the machine has."""

from __future__ import annotations

import os
import signal

LAST_WORDS = getattr(signal, "SIGUSR1", None)
"""Asks a worker to write down where it is."""

READY = "ready"
"""A file that the first worker makes when it stands."""


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def kill(pid: int) -> None:
    """End a worker and what it started: it leads a group of its own."""
    if not hasattr(os, "killpg"):
        return
    for end in (os.killpg, os.kill):
        try:
            end(pid, signal.SIGKILL)
        except OSError:
            continue


def machine_memory() -> int | None:
    """Bytes of memory that the machine has; None where it does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None
