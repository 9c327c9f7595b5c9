"""The page of sentences is what the languages say today."""

import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.slow
def test_the_page_is_what_the_languages_say() -> None:
    spec = spec_from_file_location("make_sentences", DOCS / "make_sentences.py")
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    page = (DOCS / "reference" / "sentences.md").read_text(encoding="utf-8")
    assert made.page() == page, "run: python docs/make_sentences.py"


def test_there_are_twenty_of_each() -> None:
    page = (DOCS / "reference" / "sentences.md").read_text(encoding="utf-8")
    chapters = re.split(r"^## ", page, flags=re.M)[1:]
    assert [c.split("`")[1] for c in chapters] == ["en", "zh"]
    for chapter in chapters:
        rows = re.findall(r"^\| \d+ \| .* \| (.*) \|$", chapter, flags=re.M)
        assert len(rows) == len(set(rows)) == 20
