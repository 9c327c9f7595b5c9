"""Owner: which process works on something, and whether it still lives. A clock is asked for other machines only."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Owner:
    """A process: its machine, its number, and the moment of its birth, since numbers are used again."""

    host: str
    pid: int
    born: str

    @classmethod
    def me(cls) -> Owner:
        return cls(platform.node(), os.getpid(), _born(os.getpid()) or "")

    @property
    def is_here(self) -> bool:
        return self.host == platform.node()

    @property
    def lives(self) -> bool:
        """Whether the process still runs; for a process of this machine."""
        if self.pid <= 0:
            return False
        if self.born:
            return _born(self.pid) == self.born
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:
            return True
        return True


def _born(pid: int) -> str | None:
    """Boot and start time of a process; None if it has ended, or where the system does not tell."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold anything
    return None if fields[0] in "ZX" else f"{boot[:8]}-{fields[19]}"
