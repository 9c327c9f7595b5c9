"""A comparison and its store: nothing is computed twice, and what changes is computed anew, and nothing else."""

import numpy as np
import pytest

from whyrec import Measure, Metric, Registry
from whyrec.comparison.run import compare
from whyrec.comparison.stop import Interrupted, Stop
from whyrec.config.load import load_config
from whyrec.store.store import Store

CALLS: list[tuple[str, ...]] = []
FAULTS: dict[str, Exception] = {}


@pytest.fixture
def registry(toy_plugins):
    class Model(toy_plugins.Linear):
        name = "model"
        state = None

        def _fit(self, data, rng, progress):
            CALLS.append(("fit", str(self.scale)))
            if "fit" in FAULTS:
                raise FAULTS["fit"]
            super()._fit(data, rng, progress)

    class Counted(toy_plugins.Rough):
        name = "counted"

        def _explain(self, model, games, rngs):
            if len(games) > 2:  # not the second look of a stranger's explainer
                CALLS.append(("explain", str(self.share)))
            if "explain" in FAULTS and self.share == 0.5:
                raise FAULTS["explain"]
            return super()._explain(model, games, rngs)

    class Mean(Metric):
        name = "mean"
        needs = frozenset()

        def __init__(self, *, power: int = 1) -> None:
            self.power = power

        def measures(self):
            return (Measure(f"{self.name}^{self.power}", "higher", "", ""),)

        def _measure(self, evidence):
            CALLS.append((self.name, str(self.power)))
            values = [np.mean(e.values**self.power) if len(e.values) else np.nan for e in evidence.explanations]
            return {f"{self.name}^{self.power}": np.array(values)}

    class Beside(Mean):
        name = "beside"
        needs = frozenset({"others"})

    made = Registry()
    made.add(
        toy_plugins.hooks([Model], [Counted], [Mean, Beside], [toy_plugins.Toy]),
        name="toys", distribution="toys", version="1.0",
    )  # fmt: skip
    CALLS.clear()
    FAULTS.clear()
    return made


def config(registry, explainers=(("a", 0.5), ("b", 0.25)), metrics=(("mean", 1),), scales=(1.0,), **run):
    text = '[data]\nuse = "toy"\n[split]\nby = "none"\n'
    text += "".join(f'[[recommender]]\nuse = "model"\nid = "m{s}"\nscale = {s}\n' for s in scales)
    text += "".join(f'[[explainer]]\nuse = "counted"\nid = "{i}"\nshare = {s}\n' for i, s in explainers)
    text += "".join(f'[[metric]]\nuse = "{m}"\nid = "{m}{p}"\npower = {p}\n' for m, p in metrics)
    settings = {"k": 2, "users": 3, "bootstrap": 20, **run}
    return load_config(text=text + "[run]\n" + "".join(f"{k} = {v}\n" for k, v in settings.items()), registry=registry)


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "s.db") as made:
        yield made


def calls():
    """What was done since the last time."""
    found = sorted(set(CALLS))
    CALLS.clear()
    return found


def plain(result):
    found = result.to_dict()
    for one in (*found["recommenders"], *found["cells"]):
        one["seconds"] = one["fit_seconds"] = None
    return found


def test_the_second_time_nothing_is_computed(registry, store) -> None:
    first = compare(config(registry), registry, store=store)
    assert (first.run, first.computed) == (1, 2)
    assert calls() == [("explain", "0.25"), ("explain", "0.5"), ("fit", "1.0"), ("mean", "1")]
    second = compare(config(registry), registry, store=store)
    assert (second.run, second.computed, calls()) == (2, 0, [])
    assert first.to_dict() == second.to_dict()  # timings too: they are those of the computation
    assert plain(first) == plain(compare(config(registry), registry))


def test_another_explainer_is_another_column(registry, store) -> None:
    compare(config(registry, metrics=[("mean", 1), ("beside", 1)]), registry, store=store)
    calls()
    changed = [("a", 0.5), ("b", 0.75)]
    result = compare(config(registry, changed, [("mean", 1), ("beside", 1)]), registry, store=store)
    assert result.computed == 1
    # The other column's explanations stay; only what looks at its neighbors is measured again. The model of this
    # process declares no state, and is fitted anew.
    assert calls() == [("beside", "1"), ("explain", "0.75"), ("fit", "1.0"), ("mean", "1")]


def test_another_metric_is_measured_on_the_explanations_that_are_there(registry, store) -> None:
    compare(config(registry), registry, store=store)
    calls()
    both = compare(config(registry, metrics=[("mean", 1), ("mean", 2)]), registry, store=store)
    assert calls() == [("fit", "1.0"), ("mean", "2")]
    assert list(both.cell("m1.0", "a").metrics) == ["mean^1", "mean^2"]
    fewer = compare(config(registry, metrics=[("mean", 2)]), registry, store=store)
    assert calls() == []
    assert list(fewer.cell("m1.0", "a").metrics) == ["mean^2"]
    assert fewer.cell("m1.0", "a").metrics["mean^2"] == both.cell("m1.0", "a").metrics["mean^2"]


@pytest.mark.parametrize("changed", [{"seed": 8}, {"k": 1}, {"users": 2}])
def test_what_decides_a_result_is_in_its_key(changed, registry, store) -> None:
    compare(config(registry), registry, store=store)
    assert compare(config(registry, **changed), registry, store=store).computed == 2


@pytest.mark.parametrize("changed", [{"bootstrap": 30}, {"timeout_seconds": 5}, {"memory_gb": 9}])
def test_what_does_not_decide_it_is_not(changed, registry, store) -> None:
    compare(config(registry), registry, store=store)
    calls()
    assert compare(config(registry, **changed), registry, store=store).computed == 0
    assert calls() == []


def test_another_version_of_a_plugin_is_another_plugin(registry, store, toy_plugins) -> None:
    from dataclasses import replace

    compare(config(registry), registry, store=store)
    key = ("explainer", "counted")
    registry.listed[key] = replace(registry.listed[key], version="1.1")
    assert compare(config(registry), registry, store=store).computed == 2


def test_fresh_computes_everything(registry, store) -> None:
    both = [("mean", 1), ("beside", 1)]
    compare(config(registry, metrics=both), registry, store=store)
    everything = calls()
    assert ("beside", "1") in everything
    again = compare(config(registry, metrics=both), registry, store=store, fresh=True)
    assert again.computed == 2
    assert calls() == everything


def test_failed_cells_stay_failed_until_they_are_tried_again(registry, store) -> None:
    FAULTS["explain"] = RuntimeError("not today")
    first = compare(config(registry, metrics=[("mean", 1), ("beside", 1)]), registry, store=store)
    cell = first.cell("m1.0", "a")
    assert (first.failed, cell.state, cell.reason) == (True, "failed", "RuntimeError: not today")
    assert cell.blame == "explainer 'counted' (toys 1.0)"
    assert "not today" in cell.traceback
    FAULTS.clear()
    calls()
    kept = compare(config(registry, metrics=[("mean", 1), ("beside", 1)]), registry, store=store)
    assert (kept.cell("m1.0", "a").reason, kept.computed) == ("RuntimeError: not today", 0)
    assert not [c for c in calls() if c[0] == "explain"]
    other = compare(config(registry, metrics=[("mean", 1), ("beside", 1)]), registry, store=store, retry=["timeout"])
    assert other.failed
    tried = compare(config(registry, metrics=[("mean", 1), ("beside", 1)]), registry, store=store, retry=["failed"])
    assert (tried.failed, tried.computed) == (False, 1)
    assert plain(tried) == plain(compare(config(registry, metrics=[("mean", 1), ("beside", 1)]), registry))


def test_a_fit_that_failed_is_tried_again_too(registry, store) -> None:
    FAULTS["fit"] = ValueError("singular")
    first = compare(config(registry, scales=[1.0]), registry, store=store)
    assert first.recommenders[0].reason == "ValueError: singular"
    assert first.recommenders[0].blame == "recommender 'model' (toys 1.0)"
    assert first.cell("m1.0", "a").reason == "m1.0 could not be fitted: ValueError: singular"
    FAULTS.clear()
    assert compare(config(registry), registry, store=store).failed
    assert not compare(config(registry), registry, store=store, retry=["all"]).failed


def test_memory_is_tried_again_unasked(registry, store) -> None:
    FAULTS["explain"] = MemoryError("too much")
    first = compare(config(registry), registry, store=store)
    assert (first.failed, first.cell("m1.0", "a").state) == (True, "oom")
    FAULTS.clear()
    assert not compare(config(registry), registry, store=store).failed


def test_stopped_and_resumed(registry, store) -> None:
    stop = Stop()

    def tell(share, text):
        if text.startswith("a on"):
            stop.urgency = 1

    with pytest.raises(Interrupted, match="1 of 2 cells are done"):
        compare(config(registry), registry, store=store, stop=stop, progress=tell)
    assert store.runs.get().state == "interrupted"
    calls()
    result = compare(config(registry), registry, store=store)
    assert result.computed == 1
    assert ("explain", "0.5") not in calls()
    assert plain(result) == plain(compare(config(registry), registry))


def test_the_store_keeps_the_run_its_cells_and_what_was_rejected(registry, store) -> None:
    result = compare(config(registry), registry, store=store)
    run = store.runs.get()
    assert (run.state, run.seed) == ("done", 7)
    assert store.runs.rejected(run.id) == {"no user": 2}
    assert store.runs.result(run.id) == result.to_dict()
    assert [(c["recommender"], c["explainer"], c["players"]) for c in run.plan] == [
        ("m1.0", "a", "history"), ("m1.0", "b", "history"),
    ]  # fmt: skip
    assert {s.state for s in store.work.states([c["key"] for c in run.plan]).values()} == {"done"}


def test_a_model_that_declares_its_state_is_not_fitted_again(registry, store, toy_plugins) -> None:
    class Saved(toy_plugins.Linear):
        name = "saved"
        state = ("_W",)

        def _fit(self, data, rng, progress):
            CALLS.append(("fit", "saved"))
            super()._fit(data, rng, progress)

    registry.add(toy_plugins.hooks([Saved]), name="saved", distribution="toys", version="1.0")
    text = '[data]\nuse = "toy"\n[split]\nby = "none"\n[[recommender]]\nuse = "saved"\n'
    text += '[[explainer]]\nuse = "counted"\nshare = {}\n[[metric]]\nuse = "mean"\n[run]\nk = 2\nusers = 3\n'
    first = compare(load_config(text=text.format(0.5), registry=registry), registry, store=store)
    kept = store.kept.model(store.database.rows("SELECT key FROM models")[0]["key"])
    assert (store.cache / kept.folder.rpartition("/")[2]).is_dir()
    assert len(kept.sha256) == 64
    calls()
    second = compare(load_config(text=text.format(0.25), registry=registry), registry, store=store)
    assert ("fit", "saved") not in calls()
    assert second.recommenders[0].fit_seconds == first.recommenders[0].fit_seconds
    # Without its folder it is simply fitted again.
    for path in store.cache.rglob("manifest.json"):
        path.unlink()
    assert not compare(load_config(text=text.format(0.75), registry=registry), registry, store=store).failed
    assert ("fit", "saved") in calls()
