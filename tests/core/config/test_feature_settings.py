"""Vectors and embeddings named in a config are checked where they stand, before anything is read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import pytest
from pydantic import Field

from whyrec import ConfigError, DataSource, EmbedSettings, Registry, TextEmbedding, UnknownNameError, hookimpl
from whyrec.config.load import load_config


class Source(DataSource):
    name = "source"

    def __init__(self, *, dense: Mapping[str, Path] = {}, embed: EmbedSettings = {}) -> None:  # noqa: B006  a Mapping
        self.dense = dense
        self.embed = embed

    def _load(self, seed):
        raise NotImplementedError  # only its settings are read


class Words(TextEmbedding):
    name = "words"

    def __init__(self, *, size: Annotated[int, Field(gt=0)] = 8) -> None:
        self.size = size

    def _embed(self, texts, rng):
        raise NotImplementedError  # only its settings are read


class Hooks:
    @hookimpl
    def whyrec_datasets(self):
        return [Source]

    @hookimpl
    def whyrec_embeddings(self):
        return [Words]


@pytest.fixture
def registry() -> Registry:
    found = Registry()
    found.add(Hooks(), name="mine")
    assert found.broken == []
    return found


def load(lines: str, registry: Registry):
    return load_config(text=f'[data]\nuse = "source"\n{lines}', source="c.toml", registry=registry)


def test_what_is_right_is_kept(registry, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.npy").write_bytes(b"")
    config = load(
        'dense = { poster = "p.npy" }\nembed = { plot = "words", title = { use = "words", size = 3 } }', registry
    )
    assert config.data.instance.dense == {"poster": tmp_path / "p.npy"}
    assert config.data.instance.embed == {"plot": "words", "title": {"use": "words", "size": 3}}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('dense = { poster = "no.npy" }', r"c\.toml:3:11: data\.dense\.poster: there is no file or folder '.*no\.npy'"),
        ("dense = { poster = 3 }", r"c\.toml:3:11: dense\.poster = 3: "),
        ('embed = { plot = "wrods" }', r"c\.toml:3:11: unknown embedding 'wrods'\n  did you mean 'words'\?"),
        ("embed = { plot = 5 }", r"c\.toml:3:11: embed\.plot = 5: "),
        ("embed = { plot = { size = 3 } }", r"c\.toml:3:11: embed\.plot has no use\n  write use = .*; known: words"),
        (
            'embed = { plot = { use = "words", sise = 3 } }',
            r"c\.toml:3:35: words has no setting 'sise'\n  did you mean 'size'\?",
        ),
        ('embed = { plot = { use = "words", size = 0 } }', r"c\.toml:3:35: size = 0: should be greater than 0"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(lines: str, message: str, registry, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ConfigError, UnknownNameError), match=message):
        load(lines, registry)
