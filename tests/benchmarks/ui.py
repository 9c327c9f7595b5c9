"""The page's answers: how long a reader waits for one item's reasons by three explainers, alone and among twenty.

Run: python tests/benchmarks/ui.py --data FOLDER/ml-latest-small [--page docs/benchmarks.md] [--check]

Starts `whyrec ui` on MovieLens as a process and asks it over HTTP, as a page does: random users, each with one of
their ten best items, never the same pair twice, players history. Fitting, the lists, and 20 answers that load what is
loaded late come first and are not counted. An answer also holds what would change the recommendation. Alone: one
reader, 200 answers. Among twenty: 20 readers at once, 200 answers, each reader asks again as soon as it is answered,
so that 20 questions wait at any moment. Processor time is the server's for an answer, which depends little on what
else the machine does; memory is its resident memory before and after. --check fails if the median alone is 300 ms or
more.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
from page import markdown, put

CONFIG = """\
[data]
use = "movielens"
path = {path!r}
min_rating = 4.0
[[recommender]]
use = "{model}"
"""
EXPLAINERS = ("weights", "shapley", "lime")
WARM, ALONE, AMONG, READERS, MOST = 20, 200, 200, 20, 300.0
HEADS = (
    "model, readers", "answers", "median ms", "90 %", "99 %", "slowest", "answers a second", "processor ms",
    "MB before", "MB after",
)  # fmt: skip


@contextmanager
def served(folder: Path, model: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """The process of ``whyrec ui``, and a client with its token."""
    with tempfile.TemporaryDirectory() as place:
        config = Path(place) / "page.toml"
        config.write_text(CONFIG.format(path=str(folder.resolve()), model=model), encoding="utf-8")
        command = [sys.executable, "-c", "from whyrec_cli.main import main; main()", "ui", str(config), "--port", "0"]
        command += ["--store", "none", *(part for name in EXPLAINERS for part in ("--explainer", name))]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "LANG": "C.UTF-8"})
        try:
            address = (process.stdout.readline() if process.stdout else "").strip()
            base, _, token = address.partition("/?token=")
            limits = httpx.Limits(max_connections=READERS, max_keepalive_connections=READERS)
            bearer = {"authorization": f"Bearer {token}"}
            with httpx.Client(base_url=base, headers=bearer, timeout=120, limits=limits) as client:
                yield process, client
        finally:
            process.kill()
            process.wait()


def questions(client: httpx.Client, model: str, wanted: int, seed: int) -> list[dict[str, object]]:
    """Different users and items, once the model is fitted."""
    rng = np.random.default_rng(seed)
    users = client.get("/api/users", params={"limit": 100}).json()["users"]
    known = [user["id"] for user in users if user["items"] >= 5]
    pairs = []
    for user in known:
        while (answer := client.post("/api/list", json={"recommender": model, "user": user})).status_code == 503:
            time.sleep(1)
        pairs += [(user, item["item"]) for item in answer.json()["items"]]
    chosen = rng.permutation(len(pairs))[:wanted].tolist()
    asked = {"recommender": model, "explainers": list(EXPLAINERS)}
    return [{**asked, "user": pairs[p][0], "item": pairs[p][1]} for p in chosen]


def ask(client: httpx.Client, asked: Sequence[dict[str, object]], spent: list[float]) -> None:
    for one in asked:
        begun = time.perf_counter()
        answer = client.post("/api/reasons", json=one)
        spent.append(1000 * (time.perf_counter() - begun))
        told = answer.json()
        if answer.status_code != 200 or any("error" in reason for reason in told["reasons"]):
            raise SystemExit(f"{answer.status_code}: {answer.text[:500]}")


def among(client: httpx.Client, asked: Sequence[dict[str, object]]) -> list[float]:
    """Milliseconds of each answer while twenty ask at once."""
    spent: list[list[float]] = [[] for _ in range(READERS)]
    threads = [threading.Thread(target=ask, args=(client, asked[r::READERS], spent[r])) for r in range(READERS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    found = [x for part in spent for x in part]
    if len(found) != len(asked):
        raise SystemExit("a reader got no answer")
    return found


def resident(process: subprocess.Popen[str]) -> float:
    """MB of resident memory, from /proc."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s*(\d+) kB", status)
    return int(found[1]) / 1024 if found else float("nan")


def worked(process: subprocess.Popen[str]) -> float:
    """Seconds of the processor, from /proc."""
    fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


Moment = tuple[float, float, float]
"""Seconds on the clock, seconds of the processor, MB."""


def now(process: subprocess.Popen[str]) -> Moment:
    return time.perf_counter(), worked(process), resident(process)


def row(name: str, spent: Sequence[float], before: Moment, after: Moment) -> tuple[object, ...]:
    parts = [f"{x:.0f}" for x in (*np.quantile(spent, [0.5, 0.9, 0.99]), max(spent))]
    rate, each = len(spent) / (after[0] - before[0]), 1000 * (after[1] - before[1]) / len(spent)
    return (name, len(spent), *parts, f"{rate:.1f}", f"{each:.0f}", f"{before[2]:.0f}", f"{after[2]:.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder of ml-latest-small")
    parser.add_argument("--models", nargs="+", default=["ease", "als"])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--page", type=Path, help="write the table into this page's block 'ui'")
    parser.add_argument("--check", action="store_true", help=f"exit 1 if a median alone is {MOST:.0f} ms or more")
    asked = parser.parse_args()
    rows, worst = [], 0.0
    for model in asked.models:
        with served(asked.data, model) as (process, client):
            every = questions(client, model, WARM + ALONE + AMONG, asked.seed)
            ask(client, every[:WARM], [])
            spent: list[float] = []
            before = now(process)
            ask(client, every[WARM : WARM + ALONE], spent)
            between = now(process)
            crowd = among(client, every[WARM + ALONE :])
            worst = max(worst, float(np.median(spent)))
            rows.append(row(f"{model}, 1", spent, before, between))
            rows.append(row(f"{model}, {READERS}", crowd, between, now(process)))
            print(*rows[-2], *rows[-1], sep="\t", flush=True)
    table = markdown(HEADS, rows)
    print(table)
    if asked.page:
        put(asked.page, "ui", [table], ["starlette", "uvicorn"])
    if asked.check and worst >= MOST:
        sys.exit(f"the median alone is {worst:.0f} ms")


if __name__ == "__main__":
    main()
