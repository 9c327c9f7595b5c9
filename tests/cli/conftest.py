"""Running the command line inside the test, with the toy plugins."""

import pytest
from click.testing import CliRunner

from whyrec_cli.main import main

CONFIG = """\
[data]
use = "toy"

[split]
by = "none"

[[recommender]]
use = "linear"

[[explainer]]
use = "exact"
players = ["history", "features"]

[[explainer]]
use = "rough"

[[metric]]
use = "residual"

[run]
users = 3
k = 2
"""


@pytest.fixture
def config(tmp_path):
    """The path of a small config."""
    path = tmp_path / "small.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


@pytest.fixture
def run(toy_registry):
    """Runs ``whyrec …`` on the toys; the result has exit_code, stdout, stderr."""

    def call(*args, registry=None):
        return CliRunner().invoke(main, [str(a) for a in args], obj=registry or toy_registry)

    return call
