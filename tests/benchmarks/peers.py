"""implicit's ALS and LightFM's WARP on a split that was handed over; run by an interpreter that has them.

Run: PYTHON tests/benchmarks/peers.py FOLDER     (results.py --peers PYTHON does)

FOLDER/train.npz (users, items) of positives, FOLDER/asked.json {"data": …, "users": [rows], "seeds": n}. Written there:
found.npz, one array (seeds, users, 10) of items for each peer, and found.json, seconds and settings. It imports nothing
of whyrec. Settings were chosen like ours, on a validation part of the training data.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, load_npz

ALS = {
    "ml-latest-small": {"factors": 64, "regularization": 20.0, "alpha": 3.3, "iterations": 15},
    "movietweetings-100k": {"factors": 128, "regularization": 60.0, "alpha": 3.3, "iterations": 15},
}
WARP = {
    "ml-latest-small": {"no_components": 48, "epochs": 60, "learning_rate": 0.05, "alpha": 0.002},
    "movietweetings-100k": {"no_components": 48, "epochs": 40, "learning_rate": 0.05, "alpha": 0.001},
}


def implicit_als(train, seed, settings):
    from implicit.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(**settings, random_state=seed, num_threads=1)
    model.fit(train.astype(np.float32), show_progress=False)
    return lambda rows: model.user_factors[rows] @ model.item_factors.T


def lightfm_warp(train, seed, settings):
    from lightfm import LightFM

    settings = dict(settings)
    epochs, alpha = settings.pop("epochs"), settings.pop("alpha")
    model = LightFM(loss="warp", random_state=seed, user_alpha=alpha, item_alpha=alpha, **settings)
    model.fit(train.tocoo(), epochs=epochs, num_threads=1)
    return lambda rows: model.user_embeddings[rows] @ model.item_embeddings.T + model.item_biases


def best(score, train: csr_matrix, users: np.ndarray, k: int = 10) -> np.ndarray:
    """(users, k) items, best first, none that trained."""
    parts = []
    for start in range(0, len(users), 500):
        rows = users[start : start + 500]
        scores = np.asarray(score(rows), np.float64)
        scores[train[rows].nonzero()] = -np.inf
        parts.append(np.argsort(-scores, axis=1, kind="stable")[:, :k])
    return np.concatenate(parts)


def timed(folder: Path) -> None:
    """For als_speed.py: one ALS fit for each line of input (a seed), answered by its seconds and items on one line."""
    asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    train, users = csr_matrix(load_npz(folder / "train.npz")), np.array(asked["users"])
    for line in sys.stdin:
        begun = time.perf_counter()
        score = implicit_als(train, int(line), ALS[asked["data"]])
        seconds = time.perf_counter() - begun
        print(json.dumps({"seconds": seconds, "top": best(score, train, users).tolist()}), flush=True)


def main() -> int:
    folder = Path(sys.argv[1])
    if "--timed" in sys.argv:
        timed(folder)
        return 0
    asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))
    train = csr_matrix(load_npz(folder / "train.npz"))
    users = np.array(asked["users"])
    tops, facts = {}, {}
    for name, fit, chosen in (("implicit ALS", implicit_als, ALS), ("LightFM WARP", lightfm_warp, WARP)):
        settings = chosen[asked["data"]]
        found, seconds = [], []
        for seed in range(asked["seeds"]):
            begun = time.perf_counter()
            score = fit(train, seed, settings)
            seconds.append(time.perf_counter() - begun)
            found.append(best(score, train, users))
        tops[name], facts[name] = np.array(found), {"seconds": seconds, "settings": settings}
    np.savez(folder / "found.npz", **tops)
    (folder / "found.json").write_text(json.dumps(facts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
