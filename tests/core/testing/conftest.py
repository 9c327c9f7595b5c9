"""What all tests of the kit's own checks share: a mutant is a plugin with one fault, and one check must name it."""

import re

import pytest


@pytest.fixture
def caught(monkeypatch, tmp_path):
    """A check of a contract fails for a mutant, with the reason (a pattern)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WHYREC_KIT_TEST", raising=False)

    def look(contract, check, reason):
        found = contract.run_one(f"test_{check}")
        assert found.state == "failed"
        assert re.search(reason, found.reason), found.reason

    return look
