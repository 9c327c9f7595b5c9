"""Evidence as the comparison makes it."""

import pytest

from whyrec import Evidence


@pytest.fixture(scope="session")
def evidence():
    def make(model, games, explanations, repeats=()):
        of = [g for g in games for _ in g.items]
        column = [k for g in games for k in range(len(g.items))]
        place = []
        for i, game in enumerate(of):
            place.append(place[-1] + 1 if i and of[i - 1].row == game.row else 0)
        return Evidence(model.data, of, column, explanations, repeats, place)

    return make
