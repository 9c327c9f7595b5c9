"""Hostile model files: each is refused with its reason, before anything runs or is allocated."""

import io
import json
import os
import pickle
import struct
import subprocess
import sys
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.sparse import csr_array

from whyrec import ConfigError, DataError, Recommender, Registry, load_model
from whyrec.saved_arrays import sha256_of
from whyrec.saved_manifest import MANIFEST, digest_of


@dataclass(frozen=True)
class Kept:
    value: float


class Small(Recommender):
    """score = interest @ W."""

    name = "small"
    state = ("_W", "_S", "_kept")

    def __init__(self, *, size: int = 3) -> None:
        self.size = size

    def _fit(self, data, rng, progress):
        self._W = rng.normal(size=(data.n_items, data.n_items))
        self._S = csr_array(np.eye(data.n_items))
        self._kept = Kept(1.0)

    def _score(self, histories, items):
        scores = histories.interest @ self._W
        return scores if items is None else scores[:, items]


class Canary:
    """Unpickling it leaves a file behind."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch '{self.path}'",)


@pytest.fixture
def registry(toy_plugins):
    found = Registry()
    found.add(toy_plugins.hooks([Small]), name="toys", distribution="toys", version="1.0")
    return found


@pytest.fixture
def data(toys):
    return toys.world()


@pytest.fixture
def saved(tmp_path, data, registry):
    return Small().fit(data, seed=3).save(tmp_path / "model", registry=registry)


@pytest.fixture
def refused(data, saved, registry):
    """Loads, and gives the reason of the refusal."""

    def load(folder=saved, error=DataError):
        with pytest.raises(error) as caught:
            load_model(folder, data, registry=registry)
        assert caught.value.exit_code == 2
        assert caught.value.where is not None or error is not DataError
        assert caught.value.code.startswith("WR-F") or error is not DataError
        return str(caught.value)

    return load


def rewrite(folder, change):
    """Change the manifest, and make its own SHA-256 right again: what somebody who means harm would do."""
    path = folder / MANIFEST
    content = json.loads(path.read_text())
    change(content)
    content["sha256"] = digest_of(content)
    path.write_text(json.dumps(content))


def arrays(folder):
    (path,) = folder.glob("arrays-*.safetensors")
    return path


def forge(folder, raw, *, tensors=None):
    """Put other bytes where the arrays are, with size and SHA-256 right."""
    path = arrays(folder)
    path.write_bytes(raw)

    def change(content):
        content["arrays"] |= {"bytes": len(raw), "sha256": sha256_of(path)}
        content["arrays"]["tensors"] |= tensors or {}

    rewrite(folder, change)


def tensors_with(folder, **changed):
    from safetensors.numpy import load_file, save

    return save({**load_file(arrays(folder)), **changed})


# -- six of six ---------------------------------------------------------------------------------------


def pickled(folder, canary):
    forge(folder, pickle.dumps(Canary(canary)))
    return "is a pickle, which would run code; whyrec loads safetensors only, whatever the name"


def huge_header(folder, canary):
    forge(folder, struct.pack("<Q", 2**62) + b'{"a":1}')
    return f"its header would take {2**62} bytes of 15"


def wrong_shape(folder, canary):
    forge(folder, tensors_with(folder, _W=np.ones((14, 13))))
    return r"array '_W' is (14, 13); the manifest says (14, 14)"


def not_finite(folder, canary):
    bad = np.ones((14, 14))
    bad[3, 4:6] = np.nan, np.inf
    forge(folder, tensors_with(folder, _W=bad))
    return "array '_W' holds 2 numbers that are not finite"


def truncated(folder, canary):
    path = arrays(folder)
    path.write_bytes(path.read_bytes()[:-100])
    return "cut short, or another file"


def wrong_hash(folder, canary):
    path = arrays(folder)
    raw = bytearray(path.read_bytes())
    raw[-20] ^= 1
    path.write_bytes(raw)
    return "was changed: its SHA-256 is"


SIX = [pickled, huge_header, wrong_shape, not_finite, truncated, wrong_hash]


@pytest.mark.parametrize("attack", SIX, ids=lambda a: a.__name__)
def test_six_of_six(tmp_path, saved, refused, attack):
    reason = attack(saved, tmp_path / "canary")
    assert reason in refused()
    assert not (tmp_path / "canary").exists()


# -- loading runs no code -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pickle", "joblib", "npz", "npy"])
@pytest.mark.parametrize("place", ["arrays", "manifest", "folder"])
def test_the_canary_lives(tmp_path, saved, refused, kind, place):
    canary = tmp_path / "canary"
    bomb = np.array([Canary(canary)], dtype=object)
    raw = io.BytesIO()
    if kind == "joblib":
        joblib = pytest.importorskip("joblib", reason="joblib comes with scikit-learn")
        joblib.dump(Canary(canary), raw)
    elif kind == "npz":
        np.savez(raw, W=bomb)
    elif kind == "npy":
        np.save(raw, bomb, allow_pickle=True)
    else:
        pickle.dump(Canary(canary), raw)
    if place == "arrays":
        forge(saved, raw.getvalue())
    elif place == "manifest":
        (saved / MANIFEST).write_bytes(raw.getvalue())
    else:
        saved = tmp_path / "model.safetensors"
        saved.write_bytes(raw.getvalue())
    assert "whatever the name" in (text := refused(saved)) or "never loads one" in text
    assert not canary.exists()


def test_the_canary_would_die(tmp_path):
    """That the test above can fail."""
    pickle.loads(pickle.dumps(Canary(tmp_path / "canary")))
    assert (tmp_path / "canary").exists()


def test_a_state_can_ask_only_for_the_dataclasses_of_the_model(saved, refused):
    for name in ("Dataset", "Popen", "os.system", "Canary", "Small", "Path"):

        def change(content, name=name):
            content["state"]["_kept"] = {"dataclass": name, "fields": {}}

        rewrite(saved, change)
        assert f"state '_kept' of small is not what it has: KeyError: '{name}'" in refused()


def test_a_huge_array_is_refused_before_it_is_allocated(data, saved, tmp_path):
    """The manifest and the header claim 8 TiB; a process of 2 GiB gives the reason instead of dying."""
    shape = [2**20, 2**20]
    header = json.dumps({"_W": {"dtype": "F64", "shape": shape, "data_offsets": [0, 2**43]}}).encode()
    forge(
        saved,
        struct.pack("<Q", len(header)) + header,
        tensors={"_W": {"dtype": "float64", "shape": shape}},
    )
    code = f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, (2 * 2**30, 2 * 2**30))
from pathlib import Path
from whyrec import DataError
from whyrec.saved_arrays import read_arrays
from whyrec.saved_manifest import read_manifest
entry = read_manifest({str(saved)!r}).arrays
try:
    read_arrays(Path({str(saved)!r}) / entry.file, entry)
except DataError as error:
    print("refused:", error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert "refused: " in done.stdout, done.stderr
    assert "is no safetensors file" in done.stdout


# -- the manifest and the file disagree ---------------------------------------------------------------


def test_another_dtype(saved, refused):
    forge(saved, tensors_with(saved, _W=np.ones((14, 14), np.float32)))
    assert "array '_W' is F32; the manifest says F64" in refused()


def test_an_array_more_or_less(saved, refused):
    forge(saved, tensors_with(saved, more=np.ones(2)))
    assert "the file and the manifest do not name the same arrays: more" in refused()


def test_garbage_of_the_right_size(saved, refused):
    path = arrays(saved)
    path.write_bytes(struct.pack("<Q", 20) + b"x" * (path.stat().st_size - 8))
    assert "its header is no JSON object" in refused()
    path.write_bytes(struct.pack("<Q", 20) + b"{" + b"x" * (path.stat().st_size - 9))
    assert "is no safetensors file" in refused()


def test_no_arrays_at_all(saved, refused):
    arrays(saved).unlink()
    assert "cannot be read: No such file" in refused()


@pytest.mark.parametrize(
    "name", ["../arrays-0123456789abcdef.safetensors", "/etc/passwd", "arrays-1.safetensors", "a\0b"]
)
def test_a_file_outside_the_folder(saved, refused, name):
    rewrite(saved, lambda content: content["arrays"].update(file=name))
    assert "is no manifest: arrays.file: String should match pattern" in refused()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_does_not_hang(saved, refused):
    path = arrays(saved)
    path.unlink()
    os.mkfifo(path)
    assert "is no ordinary file" in refused()
    (saved / MANIFEST).unlink()
    os.mkfifo(saved / MANIFEST)
    assert "is no ordinary file" in refused()


# -- the manifest alone -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "is no JSON text: Expecting value"),
        (b"\xff\xfe{\x00", "is no JSON text: 'utf-8' codec"),
        (b'{"schema": "whyrec.model/1", "schema": "whyrec.model/1"}', "a key stands twice in one object"),
        (b'{"schema": NaN}', "NaN is no number"),
        (b"[" * 200_000, "nested too deeply"),
        (b"[1]", "is of schema None; this whyrec reads 'whyrec.model/1'"),
        (b'{"schema": "whyrec.model/2"}', "is of schema 'whyrec.model/2'; this whyrec reads 'whyrec.model/1'"),
        (b'{"schema": "whyrec.model/1"}', "is no manifest: whyrec: Field required"),
    ],
)
def test_what_is_no_manifest(saved, refused, raw, message):
    (saved / MANIFEST).write_bytes(raw)
    assert message in refused()


def test_a_manifest_changed_by_hand(saved, refused):
    path = saved / MANIFEST
    path.write_text(path.read_text().replace('"size": 3', '"size": 4'))
    assert "manifest.json: was changed: its SHA-256 is" in refused()


def test_a_manifest_too_large(saved, refused, monkeypatch):
    import whyrec.saved_manifest

    monkeypatch.setattr(whyrec.saved_manifest, "MOST_MANIFEST", 100)
    assert "a manifest has at most 100" in refused()


def test_unknown_keys_and_wrong_types(saved, refused):
    rewrite(saved, lambda content: content.update(code="import os"))
    assert "is no manifest: code: Extra inputs are not permitted" in refused()
    rewrite(saved, lambda content: (content.pop("code"), content.update(seed="3")))
    assert "is no manifest: seed: Input should be a valid integer" in refused()
    rewrite(saved, lambda content: content.update(seed=-3))
    assert "is no manifest: seed" in refused()


def test_settings_are_checked_as_those_of_a_config(saved, refused):
    rewrite(saved, lambda content: content["settings"].update(size="big"))
    assert "size = 'big': should be a valid integer" in refused(error=ConfigError)
    rewrite(saved, lambda content: content.update(settings={"shell": "rm"}))
    assert "small has no setting 'shell'" in refused(error=ConfigError)


def test_state_of_another_shape(saved, refused):
    rewrite(saved, lambda content: content["state"].pop("_kept"))
    assert "small learns '_W', '_S', '_kept'; the file holds '_W', '_S'" in refused()
    for node in ({"array": "nowhere", "order": "C"}, {"what": 1}, [], {"list": 3}, {"dict": [[1]]}, {"model": "small"}):
        rewrite(saved, lambda content, node=node: content["state"].update(_kept=node))
        assert "state '_kept' of small is not what it has" in refused()


def test_a_sparse_matrix_that_points_outside(saved, refused):
    from safetensors.numpy import load_file

    indices = load_file(arrays(saved))["_S.indices"].copy()
    indices[0] = 10**6
    forge(saved, tensors_with(saved, **{"_S.indices": indices}))
    assert "state '_S' of small is not what it has: ValueError" in refused()
    rewrite(saved, lambda content: content["state"]["_S"].update(shape=[2**40, 14]))
    assert "state '_S' of small is not what it has: ValueError" in refused()


def nested(depth):
    node = 1
    for _ in range(depth):
        node = {"list": [node]}
    return node


@pytest.mark.parametrize("depth", [100, 200, 300, 450, 480])
def test_state_nested_too_deeply(data, saved, registry, depth):
    """Any depth is either loaded or refused; none ends in a traceback."""
    try:
        rewrite(saved, lambda content: content["state"].update(_kept=nested(depth)))
    except RecursionError:  # Python itself cannot write such a file
        pytest.skip(f"{depth} levels cannot be written")
    reason = "nested too deeply"
    try:
        load_model(saved, data, registry=registry)
    except DataError as error:
        reason = str(error)
    assert "RecursionError" in reason or "nested too deeply" in reason


def test_numbers_beyond_64_bits(saved, refused):
    rewrite(saved, lambda content: content["state"]["_S"].update(shape=[14, 10**400]))
    assert "state '_S' of small is not what it has: " in refused()
    rewrite(saved, lambda content: content["arrays"]["tensors"]["_W"].update(shape=[10**400, 14]))
    assert "the manifest says (1000" in refused()


def test_no_folder_no_manifest_no_model(tmp_path, refused):
    assert "there is no such folder" in refused(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "is no saved model: it holds no manifest.json" in refused(tmp_path / "empty")
    (tmp_path / "text.json").write_text("{}")
    assert "is a file; a saved model is a folder with manifest.json" in refused(tmp_path / "text.json")
