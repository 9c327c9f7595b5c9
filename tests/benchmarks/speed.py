"""Explanations a second: ``shapley`` beside shap's KernelExplainer and PermutationExplainer.

Run: python tests/benchmarks/speed.py --data FOLDER     (FOLDER: an ml-latest-small folder)

At equal numbers of coalitions, three models: ``deep-embedding`` (scored by matrix products), a Keras network called by
``predict`` on dense item vectors as users call it, and ``als``. For each, the same users and items:

- *K at once*: one KernelExplainer a user on the presence of its items, all K items as one vector output
- *one by one*: one KernelExplainer for each user and item over the full item vector
- *floor*: the scores of the very coalitions that ``shapley`` asks, computed once by ``Game.values``, and nothing else.
  ``shapley`` itself asks for a coalition and its complement at once, and knows a quicker way to the sums that
  ``deep-embedding`` scores by, so that it may come close to the floor, or below it

``shapley`` is timed cold (its operators made anew) and warm (made before, as for the second run over a user base);
ratios to the floor are of warm runs. Each is timed --rounds times in turn; the median ratio stands with its range.

At equal error, beside shap's PermutationExplainer: see equal_error.py (--equal names the models).

Set OPENBLAS_NUM_THREADS=1: on a machine that others use, a second thread makes small products several times slower, and
those of the floor and of shap above all.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from equal_error import equal_error
from page import markdown, put

from whyrec import FloatArray, Game, Recommender, Registry, games_for

warnings.filterwarnings("ignore")
BUDGET = 8


def keras_autoencoder(data: Any) -> Any:
    """A small network over dense item vectors, trained for a few epochs."""
    from whyrec_plugins.recommenders._keras import tensorflow
    from whyrec_plugins.recommenders.keras_model import wrap_keras

    keras = tensorflow().keras
    n = data.n_items
    net = keras.Sequential([keras.Input((n,)), *(keras.layers.Dense(u, activation="tanh") for u in (200, 64, 200))])
    net.add(keras.layers.Dense(n))
    net.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    x = data.histories.interest.toarray().astype("float32")
    net.fit(x, x, epochs=5, batch_size=64, verbose=0)
    return wrap_keras(net, data)


def as_users_call(model: Recommender, game: Game) -> Callable[[FloatArray], FloatArray]:
    """The scores of full item vectors, as a user of the library writes it by hand."""
    if model.name == "keras":
        return lambda x: model.model.predict(np.asarray(x, np.float32), verbose=0)  # type: ignore[attr-defined,no-any-return]
    from scipy.sparse import csr_array

    from whyrec import Histories

    return lambda x: model.score(Histories.from_interest(csr_array(x)))


def shap_at_once(model: Recommender, game: Game, *, public: bool = False) -> None:
    """One KernelExplainer on presence, K outputs; ``public``: by the model's ``score`` of histories written down."""
    import shap

    own, interest = game.history.interest.indices, game.history.interest.data
    score = as_users_call(model, game)

    def worth(presence: FloatArray) -> FloatArray:
        if public:
            return model.score(game.masked(np.asarray(presence) > 0.5), game.items)
        if model.name != "keras":  # the best by hand: the game's own short cut
            return game.values(np.asarray(presence) > 0.5)
        dense = np.zeros((len(presence), game.history.n_items))
        dense[:, own] = presence * interest
        return score(dense)[:, game.items]

    explainer = shap.KernelExplainer(worth, np.zeros((1, game.n_players)))
    explainer.shap_values(np.ones((1, game.n_players)), nsamples=BUDGET * game.n_players, l1_reg=0, silent=True)


def shap_one_by_one(model: Recommender, game: Game, item: int) -> None:
    """One KernelExplainer for one item over the full item vector."""
    import shap

    score = as_users_call(model, game)
    full = game.history.interest.toarray()
    explainer = shap.KernelExplainer(lambda x: score(x)[:, item], np.zeros_like(full))
    explainer.shap_values(full, nsamples=BUDGET * game.n_players, l1_reg=0, silent=True)


def clocked(run: Callable[[], object]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def fresh(model: Recommender, users: np.ndarray, k: int) -> list[Game]:
    histories = model.data.histories.take(users)
    games = games_for(model, histories, model.top(histories, k).items, rows=users)
    for game in games:  # what every explainer needs first, and nobody is timed for
        _ = game.full_value
    return games


def measure(model: Recommender, registry: Registry, users: np.ndarray, k: int, slow: int, rounds: int) -> list[Any]:
    rows = []

    def make() -> Any:
        return registry.make_explainer("shapley", budget=float(BUDGET), exact_below=1)

    warm = make()
    warm.explain(model, fresh(model, users, k))
    bare = registry.make_explainer("shapley", budget=float(BUDGET), exact_below=1, errors=False)
    bare.explain(model, fresh(model, users, k))
    shap_at_once(model, fresh(model, users[:1], k)[0])  # shap compiles on its first call
    few = users[np.linspace(0, len(users) - 1, slow).astype(int)]
    for _ in range(rounds):
        games = fresh(model, users, k)
        cold_seconds = clocked(lambda g=games: make().explain(model, g))  # type: ignore[misc]
        games = fresh(model, users, k)
        warm_seconds = clocked(lambda g=games: warm.explain(model, g))  # type: ignore[misc]
        games = fresh(model, users, k)
        bare_seconds = clocked(lambda g=games: bare.explain(model, g))  # type: ignore[misc]
        kept = {o.coalitions.shape[1]: np.concatenate([o.coalitions, ~o.coalitions]) for o in warm._operators.values()}
        asked = [(x, kept[x.n_players]) for x in fresh(model, users, k) if x.n_players in kept]
        floor_seconds = clocked(lambda g=asked: [x.values(c) for x, c in g])  # type: ignore[misc]
        games = fresh(model, few, k)
        ours_few = clocked(lambda g=games: warm.explain(model, g))  # type: ignore[misc]
        games = fresh(model, few, k)
        at_once = clocked(lambda g=games: [shap_at_once(model, x) for x in g])  # type: ignore[misc]
        games = fresh(model, few, k)
        by_score = clocked(lambda g=games: [shap_at_once(model, x, public=True) for x in g])  # type: ignore[misc]
        games = fresh(model, few[: max(1, slow // 3)], k)
        ours_fewer = clocked(lambda g=games: warm.explain(model, g))  # type: ignore[misc]
        games = fresh(model, few[: max(1, slow // 3)], k)
        by_one = clocked(lambda g=games: [shap_one_by_one(model, x, int(x.items[0])) for x in g]) * k  # type: ignore[misc]
        rows.append(
            {
                "explanations/s, cold": len(users) * k / cold_seconds,
                "explanations/s, warm": len(users) * k / warm_seconds,
                "over the floor": warm_seconds / floor_seconds,
                "over the floor, without standard errors": bare_seconds / floor_seconds,
                "over the floor, cold": cold_seconds / floor_seconds,
                "× shap, K at once": at_once / ours_few,
                "× shap, K at once, by model.score": by_score / ours_few,
                "× shap, one by one": by_one / ours_fewer,
                "shap K at once, explanations/s": len(few) * k / at_once,
            }
        )
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", nargs="+", default=["deep-embedding", "keras", "als"])
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--slow-users", type=int, default=12, help="users that shap explains")
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--equal", nargs="*", default=["deep-embedding", "als"], help="models timed at equal error")
    parser.add_argument("--permutations", type=int, default=4_000, help="of the reference at equal error")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--page", type=Path, help="a page whose block speed is rewritten")
    asked = parser.parse_args()
    registry = Registry.discover()
    data = registry.make_dataset("movielens", path=asked.data).load(seed=1)
    lengths = np.diff(data.histories.interest.indptr)
    everybody = np.flatnonzero(lengths >= 4)
    users = np.sort(np.random.default_rng(1).choice(everybody, asked.users, replace=False))
    found: dict[str, Any] = {}
    tables: list[str] = []
    for name in asked.models:
        model = keras_autoencoder(data) if name == "keras" else registry.make_recommender(name).fit(data, seed=1)
        found[name] = measure(model, registry, users, asked.k, asked.slow_users, asked.rounds)
        size = f"{len(users)} users × {asked.k} items, {BUDGET}n coalitions, {asked.rounds} rounds"
        columns = {head: [row[head] for row in found[name]] for head in found[name][0]}
        cells = [(h, *(f"{v:,.4g}" for v in (statistics.median(c), min(c), max(c)))) for h, c in columns.items()]
        tables.append(f"**{name}: {size}**\n\n{markdown(('', 'median', 'low', 'high'), cells)}")
        print(tables[-1], flush=True)
        if name in asked.equal:
            equal = equal_error(model, registry, k=asked.k, permutations=asked.permutations, rounds=asked.rounds)
            found[f"{name}, equal error"] = equal
            title = f"**{name}: beside PermutationExplainer at equal error, 4 users with 100 to 200 players**"
            tables.append(f"{title}\n\n{markdown(('', 'found'), [(h, f'{v:,.3g}') for h, v in equal.items()])}")
            print(tables[-1], flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    if asked.page:
        put(asked.page, "speed", tables, ("shap", "tensorflow"))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
