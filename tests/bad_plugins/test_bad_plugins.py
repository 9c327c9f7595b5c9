"""Twelve kinds of misbehaving plugins, together in one comparison with good ones: only their own cells fail.

The last line of pytest's summary counts them: ``plugins 12/12``.
"""

import json
import os
import subprocess
import sys
from multiprocessing import get_all_start_methods
from pathlib import Path
from types import SimpleNamespace

import pytest

from whyrec.store.store import Store

HERE = Path(__file__).parent
pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="memory is capped by POSIX means")]

HEAD = '[data]\nuse = "storefront"\nusers = 60\nitems = 40\n'
TAIL = '[[metric]]\nuse = "ndcg"\n[[metric]]\nuse = "lxr11"\n[run]\nusers = 12\nk = 2\nbootstrap = 50\n'
LIMITS = "timeout_seconds = 20\nmemory_gb = 1.5\n"
GOOD = {"recommender": ("ease", "content"), "explainer": ("weights", "leave-one-out")}
BAD_MODELS = ("unfit", "nan", "narrow", "scoreless", "fickle")

# number of the list, name, how its cells end, and what is said of it
BAD = [
    (1, "imports", {"failed"}, "RuntimeError: no import today"),
    (2, "unfit", {"failed"}, "ValueError: no fit today"),
    (3, "choosy", {"failed"}, "KeyError: 'row "),
    (4, "hangs", {"timeout"}, "took longer than 20 seconds"),
    (5, "exits", {"failed"}, "its process ended with exit code 0"),
    (5, "crashes", {"failed"}, "its process ended with SIGSEGV"),
    (6, "eats", {"oom"}, "MemoryError"),
    (7, "nan", {"failed"}, "PluginError: nan returned"),
    (7, "infinite", {"failed"}, "PluginError: infinite returned values that are not finite"),
    (8, "misshapen", {"failed"}, "PluginError: misshapen returned values (2, "),
    (8, "narrow", {"failed"}, "PluginError: narrow returned scores of shape"),
    (9, "typed", {"failed"}, "PluginError: typed returned a str; an Attribution was expected"),
    (
        9,
        "endless",
        {"failed"},
        "PluginError: endless returned more than 12 attributions, perhaps without end (whyrec-bad 1.0)",
    ),
    (9, "scoreless", {"failed"}, "PluginError: scoreless returned scores that are no array of numbers: generator"),
    (10, "meddles", {"failed"}, "PluginError: meddles changed the data that it was given"),
    (10, "meddling", {"failed"}, "PluginError: meddling changed the model that it was given"),
    (10, "wanders", {"failed"}, "PluginError: wanders changed the environment: HOME"),
    (11, "litters", {"failed"}, "PluginError: litters replaced the handler of SIGINT"),
    (11, "leaves", {"failed"}, "PluginError: leaves left 2 processes behind; ended"),
    (12, "dices", {"failed"}, "PluginError: dices does not keep to its seed: user "),
    (12, "unequal", {"failed"}, "CompletenessError: unequal on "),
    (12, "fickle", {"failed"}, "PluginError: fickle does not answer alike: "),
]


def config(recommenders, explainers, tail):
    text = HEAD + "".join(f'[[recommender]]\nuse = "{r}"\n' for r in recommenders)
    return text + "".join(f'[[explainer]]\nuse = "{e}"\n' for e in explainers) + tail


def compare(folder, text, env, *more):
    (folder / "mixed.toml").write_text(text)
    return subprocess.run(
        [sys.executable, "-c", "from whyrec_cli.main import main; main()", "compare", "mixed.toml", *more],
        cwd=folder, env=env, capture_output=True, text=True, timeout=1500,
    )  # fmt: skip


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    """The environment of commands: the bad plugins are installed there."""
    site = tmp_path_factory.mktemp("site") / "whyrec_bad-1.0.dist-info"
    site.mkdir(parents=True)
    (site / "METADATA").write_text("Metadata-Version: 2.1\nName: whyrec-bad\nVersion: 1.0\n")
    (site / "entry_points.txt").write_text("[whyrec]\nbad = whyrec_bad\nbad_import = whyrec_bad_import\n")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(site.parent), str(HERE)]), "WHYREC_STORE": "whyrec.db"}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory, env):
    """The comparison with the bad ones, and one without."""
    folder = tmp_path_factory.mktemp("mixed")
    bad = [name for _, name, _, _ in BAD if name not in BAD_MODELS]
    # Good and bad in turn, so that a bad one runs before each good one.
    recommenders = [*BAD_MODELS[:2], "ease", *BAD_MODELS[2:], "content"]
    explainers = [*bad[:5], "weights", *bad[5:], "leave-one-out"]
    done = compare(folder, config(recommenders, explainers, TAIL + LIMITS), env, "--format", "json")
    other = tmp_path_factory.mktemp("good")
    alone = compare(other, config(*GOOD.values(), TAIL), env, "--format", "json")
    assert alone.returncode == 0, alone.stderr
    with Store.existing(folder / "whyrec.db") as store:
        plan = store.runs.get().plan
        states = store.work.states([*(c["key"] for c in plan), *(c["fit"] for c in plan)])
    found = json.loads(done.stdout)
    return SimpleNamespace(
        folder=folder, env=env, done=done, result=found, alone=json.loads(alone.stdout), plan=plan, states=states
    )


def of(result, recommender, explainer):
    (cell,) = [c for c in result["cells"] if (c["recommender"], c["explainer"]) == (recommender, explainer)]
    return cell


@pytest.mark.parametrize(("number", "name", "states", "reason"), BAD, ids=[f"{n}-{name}" for n, name, _, _ in BAD])
def test_a_bad_plugin_spoils_its_own_cells(number, name, states, reason, mixed) -> None:
    kind = "recommender" if name in BAD_MODELS else "explainer"
    if kind == "recommender":
        (ended,) = [m for m in mixed.result["recommenders"] if m["id"] == name]
        key = next(c["fit"] for c in mixed.plan if c["recommender"] == name)
        cells = [c for c in mixed.result["cells"] if c["recommender"] == name and c["state"] != "skipped"]
        assert cells
        assert all(c["reason"].startswith(f"{name} could not be fitted: ") for c in cells)
        found = [(ended, key)]
    else:
        found = [
            (of(mixed.result, model, name), c["key"])
            for model in GOOD["recommender"]
            for c in mixed.plan
            if (c["recommender"], c["explainer"]) == (model, name)
        ]
    for ended, key in found:
        assert ended["state"] in states, ended["reason"]
        assert ended["reason"].startswith(reason)
        assert ended["blame"] == f"{kind} '{name}' (whyrec-bad 1.0)"
        assert mixed.states[key].traceback


def test_the_good_cells_all_finish_as_if_alone(mixed) -> None:
    assert mixed.done.returncode == 1, mixed.done.stderr
    for model in GOOD["recommender"]:
        for explainer in (*GOOD["explainer"], "random"):
            cell, alone = of(mixed.result, model, explainer), of(mixed.alone, model, explainer)
            assert cell["state"] == "done", cell["reason"]
            assert cell["metrics"] == alone["metrics"]
    models = {m["id"]: m for m in mixed.result["recommenders"]}
    assert all(models[m["id"]]["metrics"] == m["metrics"] for m in mixed.alone["recommenders"])


def test_a_model_that_is_loaded_for_a_bad_plugin_is_watched_too(env, tmp_path) -> None:
    """The first cell of a worker meets no model in hand: it is loaded on the way."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    assert compare(here, config(["ease"], ["leave-one-out"], TAIL), env).returncode == 0
    found = json.loads(compare(here, config(["ease"], ["meddling", "weights"], TAIL), env, "--format", "json").stdout)
    alone = json.loads(compare(there, config(["ease"], ["weights"], TAIL), env, "--format", "json").stdout)
    meddling = of(found, "ease", "meddling")
    assert (meddling["state"], meddling["reason"]) == (
        "failed", "PluginError: meddling changed the model that it was given",
    )  # fmt: skip
    assert of(found, "ease", "weights")["metrics"] == of(alone, "ease", "weights")["metrics"]


def test_what_they_print_does_not_reach_stdout(mixed) -> None:
    assert "LITTER" not in mixed.done.stdout


@pytest.mark.skipif(
    get_all_start_methods()[0] != "fork", reason="elsewhere, locks have names that outlive who is killed"
)
def test_nothing_is_said_of_locks_that_are_left(mixed) -> None:
    assert "resource_tracker" not in mixed.done.stderr
    assert "leaked" not in mixed.done.stderr


def test_no_process_is_left_behind(mixed) -> None:
    left = [p for p in Path("/proc").glob("[0-9]*/cmdline") if _line(p) == b"sleep\x00300\x00"]
    assert left == []


def _line(path):
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_the_table_and_the_tracebacks_name_plugin_and_version(mixed) -> None:
    run = [sys.executable, "-c", "from whyrec_cli.main import main; main()", "runs", "show"]
    shown = subprocess.run(run, cwd=mixed.folder, env=mixed.env, capture_output=True, text=True, check=True).stdout
    for title in ("Failed", "Timed out", "Out of memory"):
        assert f"\n{title}\n" in shown
    assert "explainer 'choosy' (whyrec-bad 1.0)" in shown
    told = subprocess.run(
        [*run, "--tracebacks"], cwd=mixed.folder, env=mixed.env, capture_output=True, text=True, check=True
    ).stdout
    assert "whyrec_bad.py" in told
    assert "in attribution" in told
    assert 'File "' in told.split("hangs")[-1]  # where it hung


def test_retry_does_only_what_is_asked_for(mixed) -> None:
    text = (mixed.folder / "mixed.toml").read_text()
    done = compare(mixed.folder, text, mixed.env)
    assert done.returncode == 1
    assert "run 2, " in done.stderr
    assert "run 2, 2 cells computed" in done.stderr or "run 2, 4 cells computed" in done.stderr  # memory is tried again
