"""How good each model's recommendations are with the settings of docs/examples: the tables of docs/results.md.

Run: make results     (python tests/benchmarks/results.py --page docs/results.md; WHYREC_DATA, WHYREC_PEERS)

A config takes part if comments of its head say so, one line for each table that it stands in:

    # results: ml-latest-small
    # results: movietweetings-100k --set recommender.0.l2=0.03
    # results: ml-latest-small last

DATASET is a folder of --data; ``last`` holds out each user's latest item instead of a fifth of the items; what follows
is laid over the config as on the command line. The first recommender of the config is fitted with seeds 0, 1, …, on
ratings of 4 and more, and judged over the full catalog without training items. A model that comes out the same under
two seeds is fitted no further. --peers names an interpreter that has implicit and lightfm: they get the same split.
--json keeps what was found, and is read first, so that --only can measure some models anew.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from judging import FIGURES, figures, judged, loaded
from page import markdown, put
from scipy.sparse import csr_matrix, save_npz

from whyrec import FloatArray, Ranking, Recommendations, Registry, Split, WhyrecError

ROOT = Path(__file__).parents[2]
MARK = re.compile(r"^# results: (?P<data>\S+)(?P<last> last)?(?P<rest>.*)$", flags=re.M)
FILES = {"ml-latest-small": "test-80-20.csv.gz"}
"""Published splits, beside the data."""
RANDOM, LAST = 'split={by="random", share=0.2, seed=42}', 'split={by="last"}'
PEERS = {"als": "implicit ALS", "two-tower": "LightFM WARP", "deep-embedding": "LightFM WARP"}
"""Which peer is of the same kind: factors by least squares; vectors trained on sampled pairs."""


@dataclass(frozen=True)
class Row:
    """One model on one split, as a config marks it."""

    config: Path
    data: str
    last: bool
    overrides: tuple[str, ...]

    @property
    def table(self) -> str:
        return f"{self.data}, {'the latest item held out' if self.last else 'a fifth held out'}"

    def settings(self, root: Path) -> list[str]:
        folder = (root / self.data).resolve()
        split = RANDOM
        if self.last:
            split = LAST
        elif self.data in FILES:
            split = f'split={{by="file", path="{(folder / FILES[self.data]).as_posix()}"}}'
        return [f'data.path="{folder.as_posix()}"', split, *self.overrides]


def marked(configs: list[Path]) -> list[Row]:
    """The rows that configs ask for. Raises ValueError for a mark with anything but ``--set KEY=VALUE`` behind it."""
    rows = []
    for config in configs:
        for found in MARK.finditer(config.read_text(encoding="utf-8")):
            words = shlex.split(found["rest"], comments=False)
            if len(words) % 2 or any(word != "--set" for word in words[::2]):
                raise ValueError(f"{config.name}: {found[0]!r}: only --set KEY=VALUE may follow")
            rows.append(Row(config, found["data"], bool(found["last"]), tuple(words[1::2])))
    return rows


def summary(by_seed: list[dict[str, FloatArray]], seconds: list[float]) -> dict[str, Any]:
    """What is kept of a model: means by seed, and by user the NDCG@10 averaged over seeds, for paired differences."""
    found: dict[str, Any] = {name: [float(one[name].mean()) for one in by_seed] for name in FIGURES}
    found["users"] = np.round(np.mean([one["ndcg@10"] for one in by_seed], axis=0), 6).tolist()
    found["seconds"] = seconds
    return found


def measured(row: Row, root: Path, seeds: int, registry: Registry) -> tuple[str, dict[str, Any], Split]:
    """A row's model over the seeds."""
    config, parts = loaded(row.config, row.settings(root), registry)
    chosen = config.recommenders[0]
    by_seed: list[dict[str, FloatArray]] = []
    seconds = []
    for seed in range(seeds):
        model = registry.make_recommender(chosen.use, **chosen.settings)
        begun = time.perf_counter()
        model.fit(parts.train, seed=seed)
        seconds.append(time.perf_counter() - begun)
        by_seed.append(judged(model, parts, registry))
        if seed == 1 and np.array_equal(by_seed[0]["ndcg@10"], by_seed[1]["ndcg@10"]):
            by_seed.pop()
            break
    return chosen.id, {**summary(by_seed, seconds), "config": row.config.name}, parts


def of_peers(python: str, data: str, parts: Split, seeds: int, registry: Registry) -> dict[str, Any]:
    """What peers.py finds on the same split."""
    rows = np.flatnonzero(np.diff(parts.test.indptr) > 0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_npz(folder / "train.npz", csr_matrix(parts.train.histories.interest))
        asked = {"data": data, "users": rows.tolist(), "seeds": seeds}
        (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
        subprocess.run([python, str(Path(__file__).with_name("peers.py")), name], check=True)
        facts = json.loads((folder / "found.json").read_text(encoding="utf-8"))
        with np.load(folder / "found.npz") as tops:
            kept = {peer: tops[peer].astype(np.int64) for peer in facts}
    found = {}
    for peer, fact in facts.items():
        by_seed = []
        for top in kept[peer]:
            ranked = Recommendations(top, np.zeros(top.shape))
            by_seed.append(figures(Ranking(parts.train, ranked, parts.test[rows], rows), registry))
        settings = ", ".join(f"{key} {value:g}" for key, value in fact["settings"].items())
        found[peer] = {**summary(by_seed, fact["seconds"]), "config": settings, "peer": True}
    return found


def spread(values: list[float]) -> str:
    """Mean and standard deviation over seeds; one value alone has no seed."""
    return f"{values[0]:.4f}" if len(values) == 1 else f"{np.mean(values):.4f} ± {np.std(values, ddof=1):.4f}"


def difference(ours: dict[str, Any], theirs: dict[str, Any]) -> tuple[float, float]:
    """Mean and standard error over users of NDCG@10, ours less theirs."""
    found = np.array(ours["users"]) - np.array(theirs["users"])
    return float(found.mean()), float(found.std(ddof=1) / np.sqrt(len(found)))


def table(name: str, kept: dict[str, Any]) -> str:
    """All models on one split, best first; then each beside the peer of its kind."""
    models = sorted(kept["models"].items(), key=lambda item: -float(np.mean(item[1]["ndcg@10"])))
    rows: list[tuple[str, ...]] = []
    for model, found in models:
        label = model if found.get("peer") else f"`{model}`"
        source = found["config"] if found.get("peer") else f"[{found['config']}](examples/{found['config']})"
        figures_of = (spread(found[figure]) for figure in FIGURES)
        rows.append((f"{label} ({source})", *figures_of, f"{np.median(found['seconds']):.2g}"))
    text = f"**{name}: {kept['size']}**\n\n{markdown(('model', 'NDCG@10', 'Recall@10', 'fit, s'), rows)}"
    beside = []
    for ours, peer in PEERS.items():
        if ours in kept["models"] and peer in kept["models"]:
            mean, error = difference(kept["models"][ours], kept["models"][peer])
            behind = "yes" if mean < -error else "no"
            beside.append((f"`{ours}` less {peer}", f"{mean:+.4f} ± {error:.4f}", behind))
    if beside:
        text += "\n\n" + markdown(("", "NDCG@10, standard error over users", "behind by more than that"), beside)
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = Path(os.environ.get("WHYREC_DATA", ROOT.parent / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=data, help="the folder of the data sets; default $WHYREC_DATA")
    parser.add_argument("--configs", type=Path, nargs="+", default=sorted((ROOT / "docs" / "examples").glob("*.toml")))
    parser.add_argument(
        "--only", nargs="+", default=["*"], metavar="NAME", help="config names without .toml, * allowed"
    )
    parser.add_argument("--on", nargs="+", metavar="DATASET", help="these data sets alone")
    parser.add_argument("--seeds", type=int, default=5)
    peers = os.environ.get("WHYREC_PEERS")
    parser.add_argument(
        "--peers", default=peers, help="an interpreter with implicit and lightfm; default $WHYREC_PEERS"
    )
    parser.add_argument("--json", type=Path, help="what was found, kept and read again")
    parser.add_argument("--page", type=Path, help="a page whose block results is rewritten")
    asked = parser.parse_args()

    registry = Registry.discover()
    kept: dict[str, Any] = {}
    if asked.json and asked.json.exists():
        kept = json.loads(asked.json.read_text(encoding="utf-8"))
    failed = 0
    for row in marked(asked.configs):
        if not any(fnmatch.fnmatch(row.config.stem, name) for name in asked.only):
            continue
        if asked.on and row.data not in asked.on:
            continue
        print(f"{row.config.name} on {row.table}", file=sys.stderr, flush=True)
        try:
            model, found, parts = measured(row, asked.data, asked.seeds, registry)
        except WhyrecError as error:
            print(f"  failed: {error}", file=sys.stderr, flush=True)
            failed += 1
            continue
        size = (
            f"{parts.train.n_users:,} users, {parts.train.n_items:,} items, "
            f"{parts.train.histories.interest.nnz:,} training and {parts.test.nnz:,} test pairs"
        )
        own = kept.setdefault(row.table, {"models": {}, "size": size})
        if own["size"] != size:
            print(f"  failed: {size}; the table's split has {own['size']}", file=sys.stderr, flush=True)
            failed += 1
            continue
        own["models"][model] = found
        print(f"  {model}: {spread(found['ndcg@10'])}", file=sys.stderr, flush=True)
        if asked.peers and not row.last and model in PEERS and PEERS[model] not in own["models"]:
            own["models"] |= of_peers(asked.peers, row.data, parts, asked.seeds, registry)
        if asked.json:
            asked.json.write_text(json.dumps(kept), encoding="utf-8")
    tables = [table(name, kept[name]) for name in sorted(kept)]
    print("\n\n".join(tables))
    if asked.page:
        put(asked.page, "results", tables)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
