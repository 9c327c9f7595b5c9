"""``whyrec plugins new``: the package that it writes passes the conformance kit as it is."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from whyrec_cli.plugins_new import class_name

KINDS = ("recommender", "explainer")


def call(*command, cwd=None, **env):
    done = subprocess.run(
        [str(c) for c in command], cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_files_of_a_package(run, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("plugins", "new", "my-model", "--kind", "recommender", "--format", "json")
    assert result.exit_code == 0, result.stderr
    files = [Path(row["file"]).relative_to("whyrec-my-model").as_posix() for row in json.loads(result.stdout)]
    assert files == ["pyproject.toml", "README.md", "src/whyrec_my_model/__init__.py", "tests/test_whyrec_my_model.py"]
    project = tomllib.loads(Path("whyrec-my-model/pyproject.toml").read_text())["project"]
    assert project["entry-points"] == {"whyrec": {"my-model": "whyrec_my_model"}}
    test = Path("whyrec-my-model/tests/test_whyrec_my_model.py").read_text().splitlines()
    assert len([line for line in test if line and not line.startswith('"""')]) == 4


@pytest.mark.parametrize("kind", KINDS)
def test_the_package_is_clean_and_passes(run, tmp_path, kind) -> None:
    """Its own test file, run by pytest from its folder; ruff's usual rules."""
    home = tmp_path / "made"
    assert run("plugins", "new", f"my-{kind}", "--kind", kind, "-o", home).exit_code == 0
    call(sys.executable, "-m", "ruff", "check", "--isolated", "--line-length=120", ".", cwd=home)
    call(sys.executable, "-m", "ruff", "format", "--isolated", "--line-length=120", "--check", home)
    out = call(
        sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", ".", cwd=home, PYTHONPATH=str(home / "src")
    )
    assert "passed" in out
    assert "failed" not in out


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_installed_into_a_fresh_environment_it_is_found_and_passes(run, tmp_path, kind) -> None:
    """pip install -e without network, then pytest and ``whyrec plugins check``, as the command says."""
    made, home = tmp_path / "made", tmp_path / "venv"
    assert run("plugins", "new", "fresh", "--kind", kind, "-o", made).exit_code == 0
    call(sys.executable, "-m", "venv", home)
    # The packages of the tests' own environment, below those of the fresh one.
    below = [p for p in sys.path if p.endswith("site-packages")]
    site = next((home / "lib").glob("python*/site-packages"))
    (site / "below.pth").write_text("".join(f"import site; site.addsitedir({p!r})\n" for p in below))
    python = home / "bin" / "python"
    call(python, "-m", "pip", "install", "--quiet", "--no-build-isolation", "--no-deps", "--no-index", "-e", made)
    assert "passed" in call(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", made, cwd=made)
    cli = [python, "-c", "from whyrec_cli.main import main; main()"]
    listed = json.loads(call(*cli, "plugins", "--kind", kind, "--format", "json", cwd=tmp_path))["plugins"]
    assert ("whyrec-fresh", "0.1.0") in {(p["distribution"], p["version"]) for p in listed if p["name"] == "fresh"}
    checks = json.loads(call(*cli, "plugins", "check", "fresh", "--kind", kind, "--format", "json", cwd=tmp_path))[
        "checks"
    ]
    assert {c["state"] for c in checks} <= {"ok", "skipped"}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["My Model", "--kind", "recommender"], "'My Model' is no name for a plugin"),
        (["../x", "--kind", "recommender"], "'../x' is no name for a plugin"),
        (["linear", "--kind", "recommender"], "toys 1.0 has recommender 'linear' already"),
        (["mine", "--kind", "metric"], "'metric' is not one of 'recommender', 'explainer'"),
        (["mine"], "Missing option '--kind'"),
    ],
)
def test_what_cannot_be_made_ends_with_2(run, tmp_path, monkeypatch, asked, message) -> None:
    monkeypatch.chdir(tmp_path)
    result = run("plugins", "new", *asked)
    assert result.exit_code == 2
    assert message in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(run, tmp_path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    result = run("plugins", "new", "mine", "--kind", "explainer", "-o", tmp_path)
    assert result.exit_code == 2
    assert "is there already; nothing was written" in result.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_class_names() -> None:
    assert class_name("my-model") == "MyModel"
    assert class_name("none") == "NonePlugin"
    assert class_name("recommender") == "RecommenderPlugin"
