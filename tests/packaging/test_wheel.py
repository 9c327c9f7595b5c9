"""The wheel holds the three packages and nothing else; installed from it, everything is found."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "cli" / "whyrec_cli" / "web"
SHOWN = {".html", ".css", ".js", ".svg"}
CONFIG = """
[data]
use = "storefront"
users = 60
items = 80
[[recommender]]
use = "together"
damping = 5.0
[[explainer]]
use = "without-one"
[[explainer]]
use = "weights"
[[explainer]]
use = "shap"
[run]
users = 5
k = 2
bootstrap = 10
"""


def run(*command: str | Path, check: bool = True, **env: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [str(c) for c in command], capture_output=True, text=True, env={**os.environ, **env}, check=False
    )
    if check and done.returncode:
        pytest.fail(f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, ROOT)
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def venv(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment: the wheel with its base dependencies, and the two plugins from outside."""
    home = tmp_path_factory.mktemp("venv")
    run(sys.executable, "-m", "venv", home)
    pip = [home / "bin" / "python", "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt"]
    run(*pip, wheel, "hatchling")
    outside = [ROOT / "tests" / "sample_plugin", ROOT / "tests" / "sample_plugin_broken"]
    run(*pip, "--no-build-isolation", "--no-deps", *outside)
    return home


def test_contents(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as opened:
        names = opened.namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"whyrec", "whyrec_plugins", "whyrec_cli", "whyrec-0.1.0.dist-info"}
    assert {"whyrec/py.typed", "whyrec/hookspecs.py", "whyrec_plugins/hooks.py", "whyrec_cli/main.py"} <= set(names)
    assert "whyrec/config/storefront.toml" in names
    kinds = {Path(name).suffix for name in names if ".dist-info/" not in name}
    page = {path.relative_to(ROOT / "cli").as_posix() for path in PAGE.glob("*/*") if path.suffix in SHOWN}
    assert "whyrec_cli/web/templates/page.html" in page
    assert page <= set(names)
    assert kinds == {".py", ".typed", ".toml", *SHOWN}
    sources = [p for top in ("core", "plugins", "cli") for p in (ROOT / top).rglob("*.py")]
    assert len(sources) == sum(name.endswith(".py") for name in names)


@pytest.mark.slow
def test_a_plugin_from_outside_is_listed_and_a_broken_one_is_a_row(venv: Path) -> None:
    whyrec = venv / "bin" / "whyrec"
    listed = json.loads(run(whyrec, "plugins", "--format", "json").stdout)
    rows = {(row["kind"], row["name"]): row for row in listed["plugins"]}
    assert rows["recommender", "together"]["distribution"] == "whyrec-sample"
    assert rows["recommender", "together"]["version"] == "1.2.3"
    assert rows["explainer", "without-one"]["distribution"] == "whyrec-sample"
    (broken,) = listed["broken"]
    assert broken["distribution"] == "whyrec-broken"
    assert broken["stage"] == "import"
    assert "broken on purpose" in broken["reason"]
    assert rows["recommender", "ease"]["distribution"] == "whyrec"
    strict = run(whyrec, "plugins", "--strict", check=False)
    assert strict.returncode == 1


@pytest.mark.slow
def test_without_the_extra_the_page_says_what_it_needs(venv: Path) -> None:
    done = run(venv / "bin" / "whyrec", "ui", "--no-open", check=False)
    assert done.returncode == 2
    assert "the page needs jinja2, starlette, uvicorn\n  pip install 'whyrec[ui]'" in done.stderr


@pytest.mark.slow
def test_a_plugin_from_outside_is_used_from_a_config(venv: Path, tmp_path: Path) -> None:
    config = tmp_path / "outside.toml"
    config.write_text(CONFIG, encoding="utf-8")
    done = run(venv / "bin" / "whyrec", "compare", config, "--format", "json")
    result = json.loads(done.stdout)
    states = {cell["explainer"]: (cell["state"], cell["reason"]) for cell in result["cells"]}
    assert states["without-one"] == ("done", None)
    # The plugin's recommender offers no weights, and this environment has no shap: both are said, not hidden.
    assert states["weights"][0] == "skipped"
    assert "LinearInHistory" in states["weights"][1]
    assert states["shap"][0] == "skipped"
    assert "shap" in states["shap"][1]
