"""Saving, as it is written: no loader that runs code, a page with every error, pickles told from headers."""

import re
from pathlib import Path

# A comparison hands its scene over to workers of its own, in a folder that nobody else may open: no file of a user's.
HANDED_OVER = {"core/whyrec/comparison/worker.py", "core/whyrec/comparison/cast.py"}


def test_no_source_names_a_loader_that_runs_code():
    root = Path(__file__).parents[2]
    words = (
        "pickle.load",
        "joblib.load",
        "allow_pickle=True",
        "torch.load",
        "safe_mode=False",
        "dill.",
        "marshal.load",
    )
    for path in (p for room in ("core", "plugins", "cli") for p in (root / room).rglob("*.py")):
        found = [w for w in words if w in path.read_text(encoding="utf-8")]
        assert found == [] or path.relative_to(root).as_posix() in HANDED_OVER, (path, found)


def test_every_code_is_on_the_page():
    root = Path(__file__).parents[2]
    used = {c for p in (root / "core" / "whyrec").glob("saved*.py") for c in re.findall(r"WR-F\d{3}", p.read_text())}
    page = (root / "docs" / "guide" / "saved-models.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(WR-F\d{3})` \|", page, flags=re.M)) == used


def test_a_header_length_may_begin_like_a_pickle() -> None:
    """One header in thirty-two has 0x80 as the low byte of its length: it is told from a pickle by the brace behind."""
    from whyrec.saved_arrays import foreign

    assert foreign((0x180).to_bytes(8, "little") + b"{") is None
    assert "pickle" in str(foreign(b"\x80\x04\x95\x00\x00\x00\x00\x00\x00"))
