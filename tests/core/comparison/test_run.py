"""A comparison of toys: what becomes of floor, ceiling, needs of metrics, and failures."""

from typing import ClassVar

import numpy as np
import pytest

from whyrec import Attribution, Measure, Metric, Registry
from whyrec.comparison.rows import ORDERS
from whyrec.comparison.run import compare
from whyrec.config.load import load_config

SEEN = []


class Spy(Metric):
    """Keeps the evidence; its figure is the first value of each explanation."""

    name = "spy"

    def measures(self):
        return (
            Measure("lxr11.first", "higher", "", ""),
            Measure("lxr11.del", "higher", "", ""),
            Measure("both", "higher", "", "", harmonic=("lxr11.first", "lxr11.del")),
        )

    def _measure(self, evidence):
        SEEN.append((self.name, evidence))
        first = np.array([e.values[0] if len(e.values) else np.nan for e in evidence.explanations])
        return {"lxr11.first": first, "lxr11.del": 2 * first}


class Others(Spy):
    name = "others"
    needs = frozenset({"others"})

    def measures(self):
        return (Measure("n_others", None, "", ""),)

    def _measure(self, evidence):
        SEEN.append((self.name, evidence))
        return {"n_others": np.full(len(evidence.explanations), float(len(evidence.others)))}


class Again(Others):
    name = "again"
    needs = frozenset({"explainer", "repeats"})

    def measures(self):
        return (Measure("again", None, "", ""),)

    def _measure(self, evidence):
        SEEN.append((self.name, evidence))
        return {"again": np.full(len(evidence.explanations), float(len(evidence.repeats)))}


class Falls(Others):
    name = "falls"

    def measures(self):
        return (Measure("falls", None, "", ""),)

    def _measure(self, evidence):
        if evidence.explanations[0].explainer == "rough":
            raise RuntimeError("cannot tell")
        return {"falls": np.zeros(len(evidence.explanations))}


@pytest.fixture
def registry(toy_plugins):
    class Random(toy_plugins.Rough):
        name = "random"

        def _explain(self, model, games, rngs):
            return [
                Attribution(rng.uniform(-1, 1, (len(g.items), g.n_players)), np.zeros(len(g.items)))
                for g, rng in zip(games, rngs, strict=True)
            ]

    class Search(toy_plugins.Rough):
        name = "search"
        steps: ClassVar[str] = "lxr11"
        metric: ClassVar[str] = "del"

    made = Registry()
    made.add(
        toy_plugins.hooks(
            [toy_plugins.Linear],
            [toy_plugins.Exact, toy_plugins.Rough, Random, Search],
            [Spy, Others, Again, Falls],
            [toy_plugins.Toy],
        ),
        name="toys",
        distribution="toys",
        version="1.0",
    )
    SEEN.clear()
    return made


def run(registry, metrics, explainers=("exact", "rough", "search"), more=""):
    text = '[data]\nuse = "toy"\n[split]\nby = "none"\n[[recommender]]\nuse = "linear"\n'
    text += "".join(f'[[explainer]]\nuse = "{e}"\n' for e in explainers)
    text += "".join(f'[[metric]]\nuse = "{m}"\n' for m in metrics)
    return compare(
        load_config(text=text + "[run]\nk = 2\nusers = 3\nbootstrap = 200\n" + more, registry=registry), registry
    )


def test_a_floor_row_is_added_and_is_the_mean_of_several_orders(registry):
    result = run(registry, ["spy"])
    floor = result.cell("linear", "random")
    assert (floor.role, floor.state) == ("floor", "done")
    orders = [e for _, e in SEEN if e.explanations[0].explainer == "random"]
    assert len(orders) == ORDERS
    assert {told.explanations[0].seed for told in orders} == set(range(7, 7 + ORDERS))
    rows = np.array([g.row for g in orders[0].games])
    firsts = np.array([[e.values[0] for e in told.explanations] for told in orders])
    by_user = [firsts[:, rows == r].mean() for r in np.unique(rows)]
    assert floor.metrics["lxr11.first"].mean == pytest.approx(np.mean(by_user))


def test_a_ceiling_shows_only_what_it_aims_at(registry):
    found = run(registry, ["spy", "others", "again"]).cell("linear", "search")
    assert (found.role, list(found.metrics)) == ("ceiling", ["lxr11.del"])
    judged = next(e for name, e in SEEN if name == "spy" and e.explanations[0].explainer == "search")
    assert len(judged.explanations) == 3  # lxr11 looks at the best item of each user alone


def test_a_harmonic_figure_is_made_of_the_means(registry):
    found = run(registry, ["spy"]).cell("linear", "exact").metrics
    a, b = found["lxr11.first"].mean, found["lxr11.del"].mean
    assert found["both"].mean == pytest.approx(2 * a * b / (a + b))
    assert found["both"].n == 3


def test_other_explainers_are_seen_without_floor_and_ceiling(registry):
    result = run(registry, ["others"])
    others = {e.explanations[0].explainer: e.others for name, e in SEEN if name == "others"}
    assert {k: sorted(v) for k, v in others.items()} == {
        "exact": ["rough"], "rough": ["exact"], "random": ["exact", "rough"],
    }  # fmt: skip
    exact = next(e for name, e in SEEN if name == "others" and e.explanations[0].explainer == "exact")
    rough = next(e for name, e in SEEN if name == "others" and e.explanations[0].explainer == "rough")
    for told, beside in zip(exact.explanations, rough.others["exact"], strict=True):
        np.testing.assert_array_equal(told.values, beside)
    assert result.cell("linear", "random").metrics["n_others"].mean == 2.0


def test_explanations_wait_for_others_for_the_first_users_only(registry, monkeypatch):
    from whyrec.comparison import judge

    monkeypatch.setattr(judge, "_KEPT", 2)
    result = run(registry, ["others"])
    evidence = next(e for name, e in SEEN if name == "others" and e.explanations[0].explainer == "exact")
    assert len({g.row for g in evidence.games}) == 2
    assert len(evidence.games) == len(evidence.explanations) == len(evidence.others["rough"]) == len(evidence.place)
    assert result.cell("linear", "exact").metrics["n_others"].n == 2


def test_the_explainer_itself_is_at_hand_for_a_few_users(registry):
    run(registry, ["again"], ["rough"], "repeat_users = 2\nrepeats = 4\n")
    (evidence,) = [e for name, e in SEEN if name == "again" and e.explanations[0].explainer == "rough"]
    assert (evidence.explainer.name, evidence.seed, len(evidence.repeats)) == ("rough", 7, 4)
    assert len({g.row for g in evidence.games}) == 2
    assert evidence.repeats[0][0] is evidence.explanations[0]


def test_a_metric_that_falls_spoils_only_its_cell(registry):
    result = run(registry, ["spy", "falls"], ["exact", "rough"])
    states = {c.explainer: c.state for c in result.cells}
    assert states == {"exact": "done", "rough": "failed", "random": "done"}
    assert result.cell("linear", "rough").reason == "RuntimeError: cannot tell"
    assert "best" not in result.cell("linear", "exact").differences["lxr11.first"]


def test_the_result_says_what_each_cell_was_asked_and_how_it_stands(registry):
    result = run(registry, ["spy"]).to_dict()
    exact = next(c for c in result["cells"] if c["explainer"] == "exact")
    assert (exact["role"], exact["by"], exact["target"], exact["removal"]) == ("explainer", None, "score", "drop")
    rough = next(c for c in result["cells"] if c["explainer"] == "rough")
    assert rough["differences"]["lxr11.first"]["best"]["to"] == "exact"
    assert set(rough["differences"]["lxr11.first"]["floor"]) == {"to", "mean", "low", "high", "n"}
    assert set(rough["normalized"]) <= {"lxr11.del"}


def test_the_same_seed_gives_the_same_result(registry):
    first, second = (run(registry, ["spy", "others", "again"]).to_dict() for _ in range(2))
    for result in (first, second):
        for cell in result["cells"]:
            cell["seconds"] = None
        result["recommenders"][0]["fit_seconds"] = None
    assert first == second
