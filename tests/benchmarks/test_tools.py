"""What the tools that choose and report settings read and compute, on small inputs."""

import argparse

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def beside(monkeypatch, request):
    """The benchmarks import each other by name."""
    monkeypatch.syspath_prepend(str(request.path.parent))


def test_a_grid_is_read_as_toml_and_what_is_no_toml_is_text():
    import tune

    assert tune.parsed("l2=50,1e2,true") == ("l2", [50, 100.0, True])
    assert tune.parsed("method=blend,add-ease") == ("method", ["blend", "add-ease"])
    with pytest.raises(argparse.ArgumentTypeError, match="'l2' is not SETTING=VALUE"):
        tune.parsed("l2")


def test_a_sample_of_a_grid_keeps_its_order_and_repeats_nothing():
    import tune

    grid = {"a": [1, 2, 3], "b": [4, 5]}
    every = tune.combinations(grid, None, 0)
    assert every[:3] == [{"a": 1, "b": 4}, {"a": 1, "b": 5}, {"a": 2, "b": 4}]
    some = tune.combinations(grid, 3, 0)
    assert len(some) == 3
    assert [every.index(one) for one in some] == sorted({every.index(one) for one in some})


def test_validation_holds_out_training_pairs_alone(toys):
    from judging import validation

    from whyrec import split

    parts = split(toys.world(n_users=30), by="random", share=0.3, seed=1)
    inner = validation(parts, seed=2)
    assert inner.test.nnz > 0
    assert inner.test.multiply(parts.test).nnz == 0
    assert (inner.test - inner.test.multiply(parts.train.histories.interest != 0)).nnz == 0
    assert inner.train.histories.interest.multiply(inner.test).nnz == 0


def test_tuning_prints_the_better_setting_first(capsys, monkeypatch, tmp_path):
    import tune

    config = tmp_path / "shop.toml"
    config.write_text('[data]\nuse = "storefront"\nusers = 120\nitems = 60\n[[recommender]]\nuse = "ease"\n')
    monkeypatch.setattr("sys.argv", ["tune.py", str(config), "--model", "ease", "--grid", "l2=1e-3,50.0"])
    assert tune.main() == 0
    table = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| l2")]
    assert [line.split("|")[1].strip() for line in table] == ["l2 = 50.0", "l2 = 0.001"]


def test_marks_of_a_config_name_tables_and_what_is_laid_over_it(tmp_path):
    import results

    config = tmp_path / "als.toml"
    config.write_text(
        "# als.\n#\n# results: ml-latest-small\n# results: movietweetings-100k last --set 'recommender.0.l2=0.03'\n"
        '[data]\nuse = "movielens"  # results: not a mark\n'
    )
    first, second = results.marked([config])
    assert (first.data, first.last, first.overrides) == ("ml-latest-small", False, ())
    assert (second.data, second.last, second.overrides) == ("movietweetings-100k", True, ("recommender.0.l2=0.03",))
    assert 'split={by="last"}' in second.settings(tmp_path)
    config.write_text("# results: ml-latest-small --st x\n")
    with pytest.raises(ValueError, match=r"als\.toml: .*only --set KEY=VALUE may follow"):
        results.marked([config])


def test_a_model_is_behind_its_peer_only_by_more_than_the_standard_error():
    import results

    def found(values, **more):
        by_seed = [{"ndcg@10": np.array(values), "recall@10": np.array(values)}]
        return {**results.summary(by_seed, [1.0]), "config": "als.toml", **more}

    theirs = found([0.5, 0.6, 0.4, 0.5], peer=True)
    near, far = found([0.6, 0.4, 0.5, 0.45]), found([0.3, 0.41, 0.2, 0.3])
    mean, error = results.difference(near, theirs)
    assert mean == pytest.approx(-0.0125)
    assert error == pytest.approx(np.std([0.1, -0.2, 0.1, -0.05], ddof=1) / 2)
    for ours, behind in (near, "no"), (far, "yes"):
        text = results.table("here", {"size": "4 users", "models": {"als": ours, "implicit ALS": theirs}})
        assert text.splitlines()[-1].endswith(f"| {behind} |")
