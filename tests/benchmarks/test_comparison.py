"""What the benchmark of comparisons does with its times."""

import pytest


@pytest.fixture(autouse=True)
def beside(monkeypatch, request):
    """The benchmarks import each other by name."""
    monkeypatch.syspath_prepend(str(request.path.parent))


def test_runs_are_made_in_turn_and_who_goes_first_changes() -> None:
    import comparison

    order = []

    def run(name):
        order.append(name)
        return comparison.Took(0.0, float(len(order)))

    found = comparison.in_turn(3, lambda: run("a"), lambda: run("b"))
    assert order == ["a", "b", "b", "a", "a", "b"]
    assert [[t.cells for t in took] for took in found] == [[1.0, 4.0, 5.0], [2.0, 3.0, 6.0]]


def test_a_spread_is_the_median_with_the_least_and_the_most() -> None:
    import comparison

    assert comparison.spread([3.0, 1.0, 2.0], ".1f") == "2.0 (1.0 to 3.0)"
    assert comparison.spread([1.0, -2.0], "+.0f") == "-0 (-2 to +1)"


def test_the_page_has_its_block() -> None:
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    assert page.count("<!-- bench: comparison -->") == page.count("<!-- done: comparison -->") == 1
