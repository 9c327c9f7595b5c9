"""The bundled languages, and the reader of their sentences."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from whyrec_plugins.languages.chinese import Chinese
from whyrec_plugins.languages.english import English


@pytest.fixture(scope="session")
def parsed():
    """tests/plugins/languages/parsed.py."""
    spec = spec_from_file_location("parsed", Path(__file__).with_name("parsed.py"))
    module = module_from_spec(spec)
    sys.modules["parsed"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=[English, Chinese], ids=lambda cls: cls.name)
def language(request):
    return request.param()
