"""The page's words: in both languages the same, all that the page says are there, and none that it never says."""

import re
from importlib.resources import files

import pytest

from whyrec.feedback.said import ANSWERS
from whyrec_cli.web.words import WORDS

WEB = files("whyrec_cli.web")
SCRIPTS = {one.name: one.read_text("utf-8") for one in (WEB / "static").iterdir() if one.name.endswith(".js")}
PAGE = (WEB / "templates" / "page.html").read_text("utf-8")
NAMED = ("by.", "behavior.", "value.", "target.", "metric.", "role.", "error.", "cell.", "players.")
"""Words for names that the data, the plugins or the server bring."""


def said():
    """Keys that the page names as they stand."""
    script = "".join(SCRIPTS.values())
    found = set(re.findall(r'\bt\(\s*"([\w.]+)"', script)) | set(re.findall(r'words\["([^"]+)"\]', PAGE))
    for both in re.findall(r'\bt\([^()"]+\? ("[\w.]+" : "[\w.]+")', script):
        found |= set(re.findall(r'"([\w.]+)"', both))
    return found


def made():
    """Keys that the page puts together: of tabs, answers, effects."""
    found = {f"tab.{name}" for name in ("explore", "comparison", "data", "feedback")}
    found |= {"better.higher", "better.lower", "better.none", "preview.leaves", "preview.comes"}
    for about, answers in ANSWERS.items():
        for answer in answers:
            found |= {f"said.{about}.{answer}", f"means.{about}.{answer}"}
            if about != "user":
                found |= {f"answer.{about}.{answer}", f"answer.{about}.{answer}.label"}
    return found


def test_all_that_the_page_says_is_there():
    assert len(said()) > 100
    assert (said() | made()) - set(WORDS["en"]) == set()


def test_no_words_that_are_never_said():
    extra = {key.removesuffix(".one") for key in WORDS["en"]} - said() - made()
    assert {key for key in extra if not key.startswith(NAMED)} == set()


@pytest.mark.parametrize("language", sorted(WORDS))
def test_each_language_has_all_words_with_the_same_gaps(language):
    english, other = WORDS["en"], WORDS[language]
    assert set(other) == set(english)
    for key, text in other.items():
        assert text.strip(), key
        gaps = set(re.findall(r"\{(\w+)\}", text))
        assert gaps - set(re.findall(r"\{(\w+)\}", english[key])) <= {"n"}, key
        assert set(re.findall(r"\{(\w+)\}", english[key])) <= gaps, key


def test_chinese_is_chinese():
    latin = {
        key
        for key, text in WORDS["zh"].items()
        if re.fullmatch(r"[\x00-\x7f]*", text) and re.search("[a-z]{3}", re.sub(r"\{\w+\}", "", text))
    }
    assert latin == set()


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_text_never_becomes_part_of_the_page(name):
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser", SCRIPTS[name]
    )
    assert not re.search(r"https?://|//[a-z]+\.", SCRIPTS[name])


def test_no_style_and_no_script_stand_in_the_page():
    assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", PAGE)
    assert re.findall(r"<script[^>]*>(.*?)</script>", PAGE, re.S) == [""]
