"""docs/examples/whyrec-implicit: other people's models by the public interface, installed in a fresh environment."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "docs" / "examples" / "whyrec-implicit"

pytestmark = pytest.mark.slow


def call(*command, cwd):
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([str(c) for c in command], cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """An environment with the package and implicit, over the packages of the tests' own."""
    home = tmp_path_factory.mktemp("implicit") / "venv"
    call(sys.executable, "-m", "venv", home, cwd=home.parent)
    below = [p for p in sys.path if p.endswith("site-packages")]
    site = next((home / "lib").glob("python*/site-packages"))
    (site / "below.pth").write_text("".join(f"import site; site.addsitedir({p!r})\n" for p in below))
    made = home / "bin" / "python"
    quiet = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps")
    call(made, *quiet, "-c", ROOT / "constraints.txt", "implicit", cwd=home)
    call(made, *quiet, "--no-build-isolation", PACKAGE, cwd=home)
    return made


def test_the_models_pass_the_conformance_kit(python, tmp_path):
    out = call(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", PACKAGE / "tests", cwd=tmp_path)
    assert "passed" in out
    assert "failed" not in out


def test_compare_runs_over_als_and_its_explanations_add_up(python, tmp_path):
    cli = (python, "-c", "from whyrec_cli.main import main; main()")
    found = json.loads(call(*cli, "compare", PACKAGE / "compare.toml", "--format", "json", cwd=tmp_path))
    cells = {cell["explainer"]: cell for cell in found["cells"] if cell["players"] == "history"}
    assert {"weights", "lime", "shap", "leave-one-out"} <= cells.keys()  # and a floor, which is always there
    assert {cell["state"] for cell in cells.values()} == {"done"}
    assert cells["weights"]["metrics"]["completeness_gap"]["mean"] < 1e-6
    assert cells["weights"]["metrics"]["lxr11.del"]["mean"] is not None


def test_the_split_is_that_of_the_library_and_adds_up_to_its_own_fold_in(python, tmp_path):
    """Scores are recalculate_user's, and contributions those of implicit's explain, on a plain model beside ours."""
    (tmp_path / "check.py").write_text(
        """
import numpy as np
from implicit.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from whyrec import Registry

registry = Registry.discover()
data = registry.make_dataset("storefront").load(seed=1)
ours = registry.make_recommender("implicit-als", factors=16).fit(data, seed=3)
told = ours.explain(data.users[1], k=3)
history = data.histories.take(np.array([1]))
interest = history.interest
plain = AlternatingLeastSquares(factors=16, regularization=20.0, alpha=3.3, dtype=np.float64, use_gpu=False)
plain.item_factors = ours._items
liked = csr_matrix((interest.data.astype(np.float32), interest.indices, interest.indptr), shape=interest.shape)
user = plain.recalculate_user(0, liked)
for e in told:
    item = data.catalog.items.find(e.item_id)
    total, parts, _ = plain.explain(0, liked, item, N=interest.nnz)
    again = user @ plain.item_factors[item]
    assert abs(e.full_value - again) < 1e-6 * abs(again), (e.full_value, again)
    assert abs(e.values.sum() - e.full_value) < 1e-6 * abs(e.full_value)
    assert abs(total - e.full_value) < 1e-6 * abs(total)
    named = {data.catalog.items[i]: v for i, v in parts}
    assert max(abs(named[p] - v) for p, v in zip(e.player_ids, e.values)) < 1e-6
print("agrees")
"""
    )
    assert "agrees" in call(python, tmp_path / "check.py", cwd=tmp_path)
