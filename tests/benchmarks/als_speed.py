"""Fit time and accuracy of ``als`` beside implicit's ALS, in turn, one thread each.

Run: python tests/benchmarks/als_speed.py --page docs/benchmarks.md     (WHYREC_DATA, WHYREC_PEERS; see results.py)

Each round fits both, with a new seed, one right after the other; the ratio is taken within a round, and its median
stands with its range. What comes first changes from round to round. implicit's settings are those of peers.py.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
from judging import figures, judged, loaded
from page import markdown, put
from results import ROOT, Row
from scipy.sparse import csr_matrix, save_npz

from whyrec import Ranking, Recommendations, Registry


def main() -> int:
    data = Path(os.environ.get("WHYREC_DATA", ROOT.parent / "shared" / "data"))
    peers = os.environ.get("WHYREC_PEERS")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=data, help="the folder of the data sets; default $WHYREC_DATA")
    parser.add_argument("--peers", default=peers, required=peers is None, help="an interpreter that has implicit")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--page", type=Path, help="a page whose block als-speed is rewritten")
    asked = parser.parse_args()

    registry = Registry.discover()
    row = Row(ROOT / "docs" / "examples" / "als.toml", "ml-latest-small", False, ())
    config, parts = loaded(row.config, row.settings(asked.data), registry)
    rows = np.flatnonzero(np.diff(parts.test.indptr) > 0)
    times: dict[str, list[float]] = {"als": [], "implicit ALS": []}
    ndcg: dict[str, list[float]] = {"als": [], "implicit ALS": []}

    def ours(seed: int) -> None:
        model = registry.make_recommender("als", **config.recommenders[0].settings)
        begun = time.perf_counter()
        model.fit(parts.train, seed=seed)
        times["als"].append(time.perf_counter() - begun)
        ndcg["als"].append(float(judged(model, parts, registry)["ndcg@10"].mean()))

    with tempfile.TemporaryDirectory() as folder:
        save_npz(Path(folder) / "train.npz", csr_matrix(parts.train.histories.interest))
        what = {"data": row.data, "users": rows.tolist()}
        (Path(folder) / "asked.json").write_text(json.dumps(what), encoding="utf-8")
        command = [asked.peers, str(Path(__file__).with_name("peers.py")), folder, "--timed"]
        alone = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=alone) as peer:
            assert peer.stdin is not None
            assert peer.stdout is not None

            def theirs(seed: int) -> None:
                peer.stdin.write(f"{seed}\n")  # type: ignore[union-attr]
                peer.stdin.flush()  # type: ignore[union-attr]
                found = json.loads(peer.stdout.readline())  # type: ignore[union-attr]
                times["implicit ALS"].append(found["seconds"])
                top = np.array(found["top"], np.int64)
                ranking = Ranking(parts.train, Recommendations(top, np.zeros(top.shape)), parts.test[rows], rows)
                ndcg["implicit ALS"].append(float(figures(ranking, registry)["ndcg@10"].mean()))

            for seed in range(asked.rounds + 1):
                for fit in (ours, theirs) if seed % 2 else (theirs, ours):
                    fit(seed)
            peer.stdin.close()
    for kept in (*times.values(), *ndcg.values()):
        kept.pop(0)  # the first round loads libraries
    ratios = [a / b for a, b in zip(times["als"], times["implicit ALS"], strict=True)]
    cells = [
        (
            name,
            f"{np.mean(ndcg[name]):.4f} ± {np.std(ndcg[name], ddof=1):.4f}",
            *(f"{figure:.2f}" for figure in (statistics.median(times[name]), min(times[name]), max(times[name]))),
        )
        for name in times
    ]
    shown = (f"{figure:.2f}" for figure in (statistics.median(ratios), min(ratios), max(ratios)))
    cells.append(("ratio within a round", "", *shown))
    title = f"**{row.data}, {asked.rounds} rounds, one thread**"
    table = f"{title}\n\n{markdown(('', 'NDCG@10', 'median s', 'lowest', 'highest'), cells)}"
    print(table)
    if asked.page:
        put(asked.page, "als-speed", [table])
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
