"""Plugins that cannot be used are refused when they are listed, and every command goes on: a name that is taken, and
another version of the plugin interface."""

import json
import os
import subprocess
import sys

import pytest

PLUGIN = """\
from whyrec import Recommender, hookimpl

{head}

class Mine(Recommender):
    name = "{name}"

    def _fit(self, data, rng, progress):
        pass

    def _score(self, histories, items):
        scores = histories.interest.toarray()
        return scores if items is None else scores[:, items]


@hookimpl
def whyrec_recommenders():
    return [Mine]
"""
CONFIG = """\
[data]
use = "storefront"
users = 40
items = 30
[[recommender]]
use = "{use}"
[[explainer]]
use = "leave-one-out"
[[metric]]
use = "completeness"
[run]
users = 3
k = 1
bootstrap = 0
"""
OF = {
    "whyrec-twin": ("1.5", PLUGIN.format(head="", name="ease")),
    "whyrec-tomorrow": ("2.0", PLUGIN.format(head="whyrec_api = 99", name="tomorrow")),
    "whyrec-fine": ("0.3", PLUGIN.format(head="whyrec_api = 1", name="fine")),
}


@pytest.fixture(scope="module")
def whyrec(tmp_path_factory):
    """Runs ``whyrec …`` where the three distributions are installed."""
    folder = tmp_path_factory.mktemp("refused")
    for name, (version, code) in OF.items():
        module = name.replace("-", "_")
        (folder / f"{module}.py").write_text(code)
        info = folder / f"{module}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[whyrec]\n{name} = {module}\n")
    env = {**os.environ, "PYTHONPATH": str(folder), "WHYREC_STORE": "none"}

    def run(*args):
        command = [sys.executable, "-c", "from whyrec_cli.main import main; main()", *map(str, args)]
        return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False)

    run.folder = folder
    return run


def test_each_is_a_row_with_stage_and_reason(whyrec) -> None:
    listed = json.loads(whyrec("plugins", "--format", "json").stdout)
    broken = {b["distribution"]: b for b in listed["broken"] if b["distribution"] in OF}
    assert set(broken) == {"whyrec-twin", "whyrec-tomorrow"}
    twin, tomorrow = broken["whyrec-twin"], broken["whyrec-tomorrow"]
    assert (twin["kind"], twin["name"], twin["version"], twin["stage"]) == ("recommender", "ease", "1.5", "class")
    assert twin["reason"].startswith("the name 'ease' is taken by whyrec ")
    assert twin["reason"].endswith("; whyrec-twin 1.5 offers it again")
    assert (tomorrow["name"], tomorrow["version"], tomorrow["stage"]) == ("whyrec-tomorrow", "2.0", "api")
    assert tomorrow["reason"] == (
        "it was written for version 99 of the plugin interface; this whyrec speaks 1: upgrade whyrec"
    )
    rows = {(p["kind"], p["name"]): p["distribution"] for p in listed["plugins"]}
    assert rows["recommender", "ease"] == "whyrec"
    assert rows["recommender", "fine"] == "whyrec-fine"


def test_only_strict_minds(whyrec) -> None:
    assert whyrec("plugins").returncode == 0
    assert whyrec("plugins", "--strict").returncode == 1


@pytest.mark.parametrize(("use", "code"), [("ease", 0), ("fine", 0), ("tomorrow", 2)])
def test_other_commands_go_on(use, code, whyrec) -> None:
    config = whyrec.folder / f"{use}.toml"
    config.write_text(CONFIG.format(use=use))
    done = whyrec("compare", config, "--format", "json")
    assert done.returncode == code, done.stderr
    if code:
        assert "unknown recommender 'tomorrow'" in done.stderr
        assert "failed to load: " in done.stderr
        assert "whyrec-tomorrow (whyrec-tomorrow: it was written for version 99" in done.stderr
    else:
        assert {c["state"] for c in json.loads(done.stdout)["cells"]} == {"done"}
