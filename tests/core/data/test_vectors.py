"""Vectors that users bring: read from their files without running anything, refused with place and advice."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from whyrec.catalog import Index
from whyrec.data.vectors import Vectors
from whyrec.dataset import Dataset
from whyrec.errors import DataError

ROWS = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], np.float32)
ITEMS = Index(("b", "0012", "c"), "item")


def npy(folder: Path, array: object = ROWS, ids: str | None = "0012\nb\n") -> Path:
    path = folder / "poster.npy"
    np.save(path, array)
    if ids is not None:
        (folder / "poster.ids.txt").write_text(ids, encoding="utf-8")
    return path


def one_array(folder: Path) -> Path:
    path = folder / "poster.safetensors"
    save_file({"x": ROWS}, path, metadata={"ids": json.dumps(["0012", "b"])})
    return path


def one_array_ids_beside(folder: Path) -> Path:
    path = folder / "poster.safetensors"
    save_file({"x": ROWS}, path)
    (folder / "poster.ids.txt").write_text("\ufeff0012\nb", encoding="utf-8")
    return path


def one_array_an_item(folder: Path) -> Path:
    path = folder / "poster.safetensors"
    save_file({"b": ROWS[1], "0012": ROWS[0]}, path)
    return path


def saved(folder: Path) -> Path:
    path = folder / "poster.safetensors"
    Vectors(("0012", "b"), ROWS.astype(np.float64)).save(path)
    return path


@pytest.mark.parametrize("make", [npy, one_array, one_array_ids_beside, one_array_an_item, saved])
def test_every_form_reads_the_same(make, tmp_path: Path) -> None:
    vectors = Vectors.read(make(tmp_path))
    found, known = vectors.of(ITEMS)
    np.testing.assert_array_equal(known, [True, True, False])
    np.testing.assert_array_equal(found, ROWS[::-1])
    assert (found.dtype, vectors.size) == (np.float64, 3)


def test_ids_stay_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none of the 2 ids is an item of these data, such as '12'\n  .*such as 'b'"):
        Vectors.read(npy(tmp_path, ids="12\n13\n")).of(ITEMS)


def test_a_pickle_is_not_opened(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "exploded",))

    path = npy(tmp_path, np.array([Bomb()], object))
    with pytest.raises(DataError, match=r"poster\.npy: not an array of numbers\n  write it anew: numpy\.save"):
        Vectors.read(path)
    path.write_bytes(b"\x80\x04\x95rubbish")
    with pytest.raises(DataError, match=r"poster\.npy: not an array of numbers"):
        Vectors.read(path)
    assert not (tmp_path / "exploded").exists()


def test_a_header_that_promises_more_than_the_file_holds(tmp_path: Path) -> None:
    path = npy(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"(2, 3), }      ", b"(99999999, 3),}"))
    with pytest.raises(DataError, match=r"poster\.npy: damaged: "):
        Vectors.read(path)
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(DataError, match=r"poster\.npy: damaged: "):
        Vectors.read(path)
    path.write_bytes(b"")
    with pytest.raises(DataError, match=r"poster\.npy: damaged: "):
        Vectors.read(path)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.ones(2), r"vectors of type float64 and shape \(2,\)\n  one row of real numbers for each item"),
        (np.ones((2, 2, 2)), r"shape \(2, 2, 2\)"),
        (np.ones((2, 3), complex), "vectors of type complex128"),
        (np.array([["a"], ["b"]]), "vectors of type <U1"),
        (np.ones((2, 0)), r"vectors of shape \(2, 0\)\n  at least one of 1 to 65536 numbers"),
        (np.ones((2, 70_000), np.int8), r"vectors of shape \(2, 70000\)"),
        (np.ones((3, 2)), "2 ids for 3 vectors"),
    ],
)
def test_arrays_that_are_no_vectors(array: object, message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=rf"poster\.npy: .*{message}"):
        Vectors.read(npy(tmp_path, array))


def test_ids_that_are_missing_doubled_or_blank(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"poster\.npy: nothing says .*there is no poster\.ids\.txt\n  write poster\.ids"
    ):
        Vectors.read(npy(tmp_path, ids=None))
    with pytest.raises(DataError, match=r"poster\.npy: item id 'b' stands twice\n  an item has one vector"):
        Vectors.read(npy(tmp_path, ids="b\nb\n"))
    with pytest.raises(DataError, match=r"poster\.ids\.txt:2: a line without an id"):
        Vectors.read(npy(tmp_path, ids="b\n\nc\n"))
    path = npy(tmp_path)
    path.with_suffix(".ids.txt").write_bytes(b"b\n\xff\n")
    with pytest.raises(DataError, match=r"poster\.ids\.txt: not UTF-8 at byte 2"):
        Vectors.read(path)


def test_a_number_that_is_not_finite_names_its_item_and_others_do_not_matter(tmp_path: Path) -> None:
    rows = ROWS.copy()
    rows[1, 2] = np.inf
    path = npy(tmp_path, rows)
    with pytest.raises(
        DataError, match=r"the vector of item 'b' holds inf \(number 3 of 3\)\n  leave such an item out"
    ):
        Vectors.read(path).of(ITEMS)
    assert Vectors.read(path).of(Index(("0012",), "item"))[0].shape == (1, 3)


def test_safetensors_of_other_forms(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    save_file({"a": ROWS, "b": ROWS}, path)
    with pytest.raises(DataError, match=r"x\.safetensors: 2 arrays of shapes \(2, 3\)\n  give one array"):
        Vectors.read(path)
    save_file({"a": ROWS[0], "b": ROWS[1, :2]}, path)
    with pytest.raises(DataError, match=r"2 arrays of shapes \(2,\), \(3,\)"):
        Vectors.read(path)
    save_file({"a": ROWS}, path, metadata={"ids": '{"a": 1}'})
    with pytest.raises(DataError, match="its metadata 'ids' is not a JSON list"):
        Vectors.read(path)
    save_file({}, path)
    with pytest.raises(DataError, match="0 arrays of shapes none"):
        Vectors.read(path)
    for raw in (b"", b"\x00" * 40, b"\xff" * 40):
        path.write_bytes(raw)
        with pytest.raises(DataError, match=r"x\.safetensors: not a readable safetensors file"):
            Vectors.read(path)


def test_what_is_not_there_or_of_another_kind(tmp_path: Path) -> None:
    npy(tmp_path)
    with pytest.raises(DataError, match=r"posters\.npy: no such file\n  did you mean 'poster\.npy'"):
        Vectors.read(tmp_path / "posters.npy")
    with pytest.raises(DataError, match=r"a\.npz is no file of vectors\n  give an \.npy file"):
        Vectors.read(tmp_path / "a.npz")
    with pytest.raises(DataError, match=r"x\.npy: vectors are saved as safetensors\n  call it x\.safetensors"):
        Vectors(("a",), np.eye(1)).save(tmp_path / "x.npy")


def test_a_dataset_with_vectors_and_no_items_table(tmp_path: Path) -> None:
    events = {"user_id": ["u", "v"], "item_id": ["b", "c"]}
    data = Dataset.from_frame(events, dense={"poster": npy(tmp_path)})
    features = data.catalog.features
    assert features is not None
    assert features.matrix.shape == (2, 3)
    assert data.report.warnings == ("items: 1 item(s) have no vector 'poster', such as 'c': they count as average",)
    other = Dataset.from_frame(events, dense={"poster": Vectors(("b", "c"), ROWS[:, ::-1])})
    assert other.fingerprint != data.fingerprint
