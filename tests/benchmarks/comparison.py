"""What the store and the workers cost a comparison, and what a second worker gains: run me.

Cells of a plugin that sleeps (so that their own time is known) or multiplies matrices (so that workers compete).
"""

import os
import sys
import tempfile
import time
from pathlib import Path

FAULTS = Path(__file__).resolve().parents[1] / "faults"
CONFIG = '[data]\nuse = "storefront"\nusers = 60\nitems = 40\n[[recommender]]\nuse = "ease"\n{explainers}{tail}'
CELL = '[[explainer]]\nuse = "slow"\nid = "s{n}"\nnumber = {n}\nseconds = {seconds}\nproducts = {products}\n'
TAIL = '[[metric]]\nuse = "completeness"\n[run]\nusers = 10\nk = 2\nbootstrap = 0\n'


def config(folder, cells, seconds, products):
    from whyrec import Registry, load_config

    log = folder / "log"
    explainers = "".join(
        CELL.format(n=n, seconds=seconds, products=products) + f'log = "{log}"\n' for n in range(cells)
    )
    registry = Registry.discover()
    return load_config(text=CONFIG.format(explainers=explainers, tail=TAIL), registry=registry), registry


def measured(cells, seconds, *, products=0, jobs=1, isolation="process", stored=True):
    """Seconds from the first cell's start to the end of everything."""
    from whyrec import compare
    from whyrec.store.store import Store

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        asked, registry = config(folder, cells, seconds, products)
        store = Store(folder / "s.db") if stored else None
        begun = []

        def tell(share, text):
            if " on " in text and not begun:
                begun.append(time.perf_counter())

        result = compare(asked, registry, store=store, jobs=jobs, isolation=isolation, progress=tell)
        took = time.perf_counter() - begun[0]
        assert not result.failed, [c.reason for c in result.cells]
        if store is not None:
            store.close()
        return took


def main():
    measured(2, 0.0)  # the server that workers come from has started
    bare = measured(100, 0.0, isolation="none", stored=False)
    whole = measured(100, 0.0)
    print(f"cells of no time: {10 * bare:.1f} ms a cell bare, {10 * whole:.1f} ms with store and workers: "
          f"{10 * (whole - bare):+.1f} ms a cell")  # fmt: skip
    bare, whole = (measured(8, 2.0, isolation=i, stored=s) for i, s in (("none", False), ("process", True)))
    print(f"8 cells of 2 s: {bare:.2f} s bare, {whole:.2f} s with store and workers: {100 * (whole / bare - 1):+.1f} %")
    one, two = (measured(8, 0.0, products=8000, jobs=jobs) for jobs in (1, 2))
    print(f"8 cells that compute: {one:.2f} s with one worker, {two:.2f} s with two: {one / two:.2f} times faster")


if __name__ == "__main__":
    if "whyrec_slow" not in os.environ.get("WHYREC_BENCH", ""):
        with tempfile.TemporaryDirectory() as site:
            info = Path(site) / "whyrec_slow-1.0.dist-info"
            info.mkdir()
            (info / "METADATA").write_text("Metadata-Version: 2.1\nName: whyrec-slow\nVersion: 1.0\n")
            (info / "entry_points.txt").write_text("[whyrec]\nslow = whyrec_slow\n")
            threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
            path = os.pathsep.join([site, str(FAULTS)])
            env = {**os.environ, **threads, "PYTHONPATH": path, "WHYREC_BENCH": "whyrec_slow"}
            sys.exit(os.spawnve(os.P_WAIT, sys.executable, [sys.executable, __file__], env))
    main()
