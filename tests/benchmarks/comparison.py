"""What the store and the workers cost a comparison, and what a second worker gains.

Run: python tests/benchmarks/comparison.py --page docs/benchmarks.md     (about four minutes)

Cells of a plugin that sleeps, so that their own time is known, or multiplies matrices, so that workers compete for the
processor. *Bare* is one process that keeps nothing; the store is a file on the disk, each cell committed durably.
Seconds go from the start of the first cell to the end of the result; starting (of the workers too) and the fit come
before, and stand by themselves. What is compared is run in turn, --rounds times; the median stands with the least and
the most. Two processors of a shared machine are often less than twice one: the same computing in plain processes,
without whyrec, stands below.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

FAULTS = Path(__file__).resolve().parents[1] / "faults"
SITE = "WHYREC_BENCH_SITE"
CONFIG = '[data]\nuse = "storefront"\nusers = 60\nitems = 40\n[[recommender]]\nuse = "ease"\n{explainers}{tail}'
CELL = '[[explainer]]\nuse = "slow"\nid = "s{n}"\nnumber = {n}\nseconds = {seconds}\nproducts = {products}\n'
TAIL = '[[metric]]\nuse = "completeness"\n[run]\nusers = 10\nk = 2\nbootstrap = 0\n'


@dataclass(frozen=True)
class Took:
    """Seconds until the first cell began, and from then to the end."""

    before: float
    cells: float


def measured(cells: int, *, seconds: float = 0.0, products: int = 0, jobs: int = 1, bare: bool = False) -> Took:
    """One comparison of so many cells. Raises RuntimeError if a cell fails."""
    from whyrec import Registry, compare, load_config
    from whyrec.store.store import Store

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        explainers = "".join(
            CELL.format(n=n, seconds=seconds, products=products) + f'log = "{folder / "log"}"\n' for n in range(cells)
        )
        registry = Registry.discover()
        asked = load_config(text=CONFIG.format(explainers=explainers, tail=TAIL), registry=registry)
        begun: list[float] = []

        def tell(share: float, text: str) -> None:
            if " on " in text and not begun:
                begun.append(time.perf_counter())

        start = time.perf_counter()
        if bare:
            result = compare(asked, registry, isolation="none", progress=tell)
        else:
            with Store(folder / "whyrec.db") as store:
                result = compare(asked, registry, store=store, jobs=jobs, isolation="process", progress=tell)
        end = time.perf_counter()
    if result.failed or result.computed < cells:
        raise RuntimeError(f"cells failed: {[c.reason for c in result.cells if c.reason]}")
    return Took(begun[0] - start, end - begun[0])


def in_turn(rounds: int, *runs: Callable[[], Took]) -> list[list[Took]]:
    """Each run's times, one a round; which goes first changes from round to round."""
    found: list[list[Took]] = [[] for _ in runs]
    for number in range(rounds):
        for place in range(len(runs)):
            which = (place + number) % len(runs)
            found[which].append(runs[which]())
    return found


def spread(values: Sequence[float], form: str) -> str:
    """``1.90 (1.85 to 1.94)``: median, least, most."""
    middle, low, high = (format(v, form) for v in (statistics.median(values), min(values), max(values)))
    return f"{middle} ({low} to {high})"


def products_of(seconds: float) -> int:
    """How many products of matrices take so long here, as the plugin multiplies them."""
    import numpy as np

    matrix, done, begun = np.eye(200), 0, time.perf_counter()
    while time.perf_counter() - begun < 1.0:
        matrix = matrix @ matrix
        done += 1
    return max(1, round(done * seconds))


def overhead(rounds: int, tiny: int, cells: int, seconds: float) -> str:
    """The table of what the store and the workers cost."""
    from page import markdown

    rows = []
    for n, each, unit, scale in ((tiny, 0.0, "ms", 1000.0), (cells, seconds, "s", 1.0)):
        bare, whole = in_turn(rounds, *(partial(measured, n, seconds=each, bare=b) for b in (True, False)))
        more = [1000 * (w.cells - b.cells) / n for b, w in zip(bare, whole, strict=True)]
        share = [100 * (w.cells / b.cells - 1) for b, w in zip(bare, whole, strict=True)]
        rows.append(
            (
                f"{n} cells of {each:g} s",
                *(f"{spread([scale * t.cells / n for t in took], '.2f')} {unit}" for took in (bare, whole)),
                f"{spread(more, '+.1f')} ms",
                f"{spread(share, '+.1f')} %" if each else "",
                f"{spread([w.before - b.before for b, w in zip(bare, whole, strict=True)], '.2f')} s",
            )
        )
    heads = (
        "comparison",
        "a cell, bare",
        "with store and workers",
        "more a cell",
        "more in all",
        "more at the start, once",
    )
    return markdown(heads, rows)


def gain(rounds: int, cells: int, seconds: float) -> str:
    """The table of what a second worker gains."""
    from page import markdown

    products = products_of(seconds)
    ours = [partial(measured, cells, products=products, jobs=jobs) for jobs in (1, 2)]
    plain = [partial(alone, cells * products, jobs) for jobs in (1, 2)]
    one, two, bare_one, bare_two = in_turn(rounds, *ours, *plain)
    rows = [
        (
            label,
            *(f"{spread([t.cells for t in took], '.2f')} s" for took in (first, second)),
            spread([a.cells / b.cells for a, b in zip(first, second, strict=True)], ".2f"),
        )
        for label, first, second in (
            (f"{cells} cells that compute for about {seconds:g} s", one, two),
            ("the machine alone: as many products, no whyrec", bare_one, bare_two),
        )
    ]
    return markdown(("comparison", "--jobs 1, or one process", "--jobs 2, or two", "times faster"), rows)


def alone(products: int, processes: int) -> Took:
    """The same products, shared out among plain processes: what the processor itself gains by a second one."""
    code = f"import numpy as np\nm = np.eye(200)\nfor _ in range({products // processes}): m = m @ m"
    begun = time.perf_counter()
    for running in [subprocess.Popen([sys.executable, "-c", code]) for _ in range(processes)]:
        running.wait()
    return Took(0.0, time.perf_counter() - begun)


def main() -> int:
    from page import put

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tiny", type=int, default=100, help="cells that take no time")
    parser.add_argument("--cells", type=int, default=6, help="cells that take --seconds")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--page", type=Path, help="a page whose block comparison is rewritten")
    asked = parser.parse_args()
    measured(2)  # the server that workers come from has started, and all is imported
    tables = [
        f"**{asked.rounds} rounds: median (least to most)**",
        overhead(asked.rounds, asked.tiny, asked.cells, asked.seconds),
    ]
    print("\n\n".join(tables), flush=True)
    tables.append(gain(asked.rounds, asked.cells, asked.seconds))
    print(f"\n{tables[-1]}")
    if asked.page:
        put(asked.page, "comparison", tables, ("pebble",))
    return 0


def with_plugin() -> int:
    """This script again, where the plugin of the fault suite is installed and array libraries use one thread."""
    with tempfile.TemporaryDirectory() as site:
        info = Path(site) / "whyrec_slow-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: whyrec-slow\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[whyrec]\nslow = whyrec_slow\n")
        threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
        path = os.pathsep.join([site, str(FAULTS)])
        env = {**os.environ, **threads, "PYTHONPATH": path, SITE: site}
        return os.spawnve(os.P_WAIT, sys.executable, [sys.executable, *sys.argv], env)


if __name__ == "__main__":
    raise SystemExit(main() if SITE in os.environ else with_plugin())
