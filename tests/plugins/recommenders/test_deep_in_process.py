"""A fit by TensorFlow in somebody's process: it comes late, is quiet, and leaves nothing as it was not."""

import logging
import os
import random
import subprocess
import sys

import numpy as np
import pytest

from whyrec_plugins.recommenders.deep_embedding import DeepEmbedding

_ALONE = """
import os, random, sys
import numpy as np
from scipy.sparse import csr_array
from whyrec import Catalog, CleaningReport, Dataset, Histories, Index
from whyrec_plugins.recommenders.deep_embedding import DeepEmbedding
from whyrec_plugins.recommenders.interest import Interest

assert "tensorflow" not in sys.modules and "keras" not in sys.modules, "imported too early"
X = csr_array((np.random.default_rng(0).random((20, 9)) < 0.4).astype(float))
ids = Index(tuple(map(str, range(20)))), Catalog(Index(tuple(map(str, range(9)))))
data = Dataset("d", *ids, Histories.from_interest(X), CleaningReport(0, 0))
before = random.getstate(), np.random.get_state()[1].tobytes(), os.getcwd(), os.environ.get("TF_CPP_MIN_LOG_LEVEL")
for model in (Interest(epochs=2), DeepEmbedding(epochs=2), DeepEmbedding(epochs=2, tower="id")):
    model.fit(data)
after = random.getstate(), np.random.get_state()[1].tobytes(), os.getcwd(), os.environ.get("TF_CPP_MIN_LOG_LEVEL")
assert before == after, "a fit left a trace"
print("fine")
"""


@pytest.fixture(scope="module")
def data(toys):
    return toys.world()


def test_tensorflow_comes_late_quietly_and_leaves_no_trace():
    quiet = {k: v for k, v in os.environ.items() if not k.startswith(("TF_", "KERAS_"))}
    done = subprocess.run([sys.executable, "-c", _ALONE], capture_output=True, text=True, env=quiet, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "fine\n", "")


def test_a_fit_here_leaves_the_random_numbers_alone(data):
    before = random.getstate(), np.random.get_state()[1].tolist()
    DeepEmbedding(epochs=1).fit(data)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


def test_warnings_of_tensorflow_are_held_back_while_training_only(data, caplog):
    level = logging.getLogger("tensorflow").level
    for _ in range(6):  # the fifth new function of a kind is warned about
        DeepEmbedding(epochs=1, size=2).fit(data)
    assert not [r for r in caplog.records if r.name == "tensorflow"]
    assert logging.getLogger("tensorflow").level == level
