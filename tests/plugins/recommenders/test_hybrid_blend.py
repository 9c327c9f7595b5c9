"""Hybrid by blend: sums of parts, worked out beside the model, and what is wrong with bad parts."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from whyrec import (
    AdditiveInFeatures,
    AdditiveInHistory,
    ConfigError,
    LinearInHistory,
    Registry,
    ScoresFeatures,
    UnknownNameError,
    UnsupportedError,
    hookimpl,
)
from whyrec_plugins.recommenders.als import ALS
from whyrec_plugins.recommenders.content import Content
from whyrec_plugins.recommenders.ease import EASE
from whyrec_plugins.recommenders.hybrid import Hybrid
from whyrec_plugins.recommenders.popular import Popular

ITEMS = np.array([3, 11])


@pytest.fixture(autouse=True)
def registry(monkeypatch, toys):
    own = Registry()
    classes = (EASE, Content, Popular, ALS, Hybrid, toys.Pooled, toys.ByFeatures)
    own.add(SimpleNamespace(whyrec_recommenders=hookimpl(lambda: classes, specname="whyrec_recommenders")), name="own")
    monkeypatch.setattr(Registry, "discover", classmethod(lambda cls: own))


@pytest.fixture
def data(toys):
    return toys.world(n_users=12)


def blend(*parts):
    return Hybrid(method="blend", parts=list(parts))


def standard(model, data):
    """The mean and deviation of a model's scores over the training histories."""
    scores = model.score(data.histories)
    return scores.mean(), scores.std()


def test_scores_are_the_weighted_sum_of_standardized_parts(data):
    ease, content = EASE(l2=3.0).fit(data), Content().fit(data)
    (m1, s1), (m2, s2) = standard(ease, data), standard(content, data)
    rows = data.histories.take(np.array([5, 0, 2]))
    expected = 0.7 * (ease.score(rows) - m1) / s1 - 0.3 * (content.score(rows) - m2) / s2
    model = blend({"use": "ease", "l2": 3.0, "weight": 0.7}, {"use": "content", "weight": -0.3}).fit(data)
    np.testing.assert_allclose(model.score(rows), expected, atol=1e-12)


def test_the_constants_come_from_training_not_from_what_is_scored(data):
    model = blend({"use": "ease"}, {"use": "popular"}).fit(data)
    few, all_of_them = data.histories.take(np.array([3])), data.histories
    np.testing.assert_allclose(model.score(few)[0], model.score(all_of_them)[3], atol=1e-12)


def test_a_part_whose_scores_never_differ_adds_nothing_and_divides_by_nothing(data):
    nobody = data.with_histories(data.histories.keep(np.zeros(data.histories.n_events, bool)))
    scores = blend({"use": "popular"}, {"use": "ease"}).fit(nobody).score(data.histories)
    np.testing.assert_allclose(scores, 0.0, atol=1e-12)


def test_contributions_combine_those_of_linear_and_additive_parts(data):
    als, content = ALS(factors=3), Content().fit(data)
    model = blend({"use": "als", "factors": 3, "weight": 2.0}, {"use": "content"}).fit(data)
    part = model._inner._made[0].model  # its seed was drawn by the blend
    (m1, s1), (m2, s2) = standard(part, data), standard(content, data)
    assert part.settings() == als.settings()
    contributions, base = model.history_contributions(data.histories, ITEMS)
    interest = data.histories.interest
    W, _ = content.history_weights(ITEMS)
    own = part.history_contributions(data.histories, ITEMS)[0]
    expected = 2 * own / s1 + interest.data[:, None] * W[interest.indices] / s2
    np.testing.assert_allclose(contributions, expected, atol=1e-12)
    np.testing.assert_allclose(base, np.full((12, 2), -2 * m1 / s1 - m2 / s2), atol=1e-12)


@pytest.mark.parametrize(
    ("parts", "able"),
    [
        (["ease", "popular"], {LinearInHistory, AdditiveInHistory}),
        (["ease", "als"], {AdditiveInHistory}),
        (["ease", "toy-pooled"], set()),
        (["content", "toy-pooled"], {ScoresFeatures, AdditiveInFeatures}),
        (["toy-by-features", "ease"], {ScoresFeatures, AdditiveInFeatures}),
        (["content", "ease"], {LinearInHistory, AdditiveInHistory, ScoresFeatures, AdditiveInFeatures}),
    ],
)
def test_it_can_what_its_parts_allow_already_before_a_fit(parts, able):
    model = blend(*({"use": name} for name in parts))
    asked = (LinearInHistory, AdditiveInHistory, ScoresFeatures, AdditiveInFeatures)
    assert {c for c in asked if model.can(c)} == able


def test_what_a_part_cannot_do_is_refused_with_the_parts_named(data):
    model = blend({"use": "ease"}, {"use": "toy-pooled"}).fit(data)
    with pytest.raises(
        UnsupportedError, match=r"blend of part 1 \(ease\), part 2 \(toy-pooled\) is not LinearInHistory"
    ):
        model.history_weights(ITEMS)
    with pytest.raises(UnsupportedError, match="is not AdditiveInHistory"):
        model.history_contributions(data.histories, ITEMS)
    with pytest.raises(UnsupportedError, match="is not ScoresFeatures"):
        model.score_features(data.histories, data.catalog.features.matrix)
    with pytest.raises(UnsupportedError, match="is not AdditiveInFeatures"):
        model.feature_contributions(data.histories, ITEMS)


def test_a_part_that_reads_no_features_gives_unknown_items_its_mean(data):
    model = blend({"use": "content", "weight": 0.4}, {"use": "ease"}).fit(data)
    content = Content().fit(data)
    mean, deviation = standard(content, data)
    described = data.catalog.features.matrix[ITEMS]
    strangers = model.score_features(data.histories, described)
    expected = 0.4 * (content.score_features(data.histories, described) - mean) / deviation
    np.testing.assert_allclose(strangers, expected, atol=1e-12)
    known = model.score_features(data.histories, described, ITEMS)
    np.testing.assert_allclose(known, model.score(data.histories, ITEMS), atol=1e-12)


def test_the_parts_that_read_no_features_stand_in_the_base(data):
    model = blend({"use": "content", "weight": 0.4}, {"use": "ease"}).fit(data)
    content = Content().fit(data)
    values, base = model.feature_contributions(data.histories, ITEMS)
    own = content.feature_contributions(data.histories, ITEMS)[0]
    np.testing.assert_allclose(values, 0.4 * own / standard(content, data)[1], atol=1e-12)
    np.testing.assert_allclose(base + values.sum(axis=2), model.score(data.histories, ITEMS), atol=1e-12)


def test_a_blend_in_a_blend(data):
    inner = {"use": "hybrid", "method": "blend", "parts": [{"use": "ease"}, {"use": "popular"}]}
    model = blend(inner, {"use": "content"}).fit(data)
    W, b = model.history_weights(ITEMS)
    np.testing.assert_allclose(model.score(data.histories, ITEMS), data.histories.interest @ W + b, atol=1e-12)


@pytest.mark.parametrize("parts", [None, []])
def test_a_blend_of_nothing_is_refused(data, parts):
    with pytest.raises(ConfigError, match="a blend needs parts, and none are named"):
        Hybrid(method="blend", parts=parts).fit(data)


def test_a_misspelt_part_is_named_with_the_near_name(data):
    with pytest.raises(UnknownNameError, match=r"part 2 \(eese\): unknown recommender 'eese'") as caught:
        blend({"use": "ease"}, {"use": "eese"}).fit(data)
    assert "did you mean 'ease'?" in str(caught.value)


def test_a_misspelt_or_wrong_setting_of_a_part_is_named(data):
    with pytest.raises(ConfigError, match=r"part 1 \(ease\): ease has no setting 'l3'"):
        blend({"use": "ease", "l3": 5}).fit(data)
    with pytest.raises(ConfigError, match=r"part 1 \(ease\): l2 = -5: .*should be greater than 0"):
        blend({"use": "ease", "l2": -5}).fit(data)


@pytest.mark.parametrize("weight", ["much", None, True, float("nan"), float("inf")])
def test_a_weight_is_a_finite_number(data, weight):
    with pytest.raises(ConfigError, match=r"part 1 \(ease\) of the blend: weight = .* is not a finite number"):
        blend({"use": "ease", "weight": weight}).fit(data)


def test_a_part_without_a_name(data):
    with pytest.raises(ConfigError, match=r"part 1 of the blend names no recommender: use = None"):
        blend({"l2": 5.0}).fit(data)


def test_a_part_that_misses_its_needs_is_named(data):
    bare = replace(data, catalog=replace(data.catalog, features=None))
    with pytest.raises(UnsupportedError, match=r"part 2 \(content\): content needs item features"):
        blend({"use": "ease"}, {"use": "content"}).fit(bare)


def test_settings_are_kept_as_given(data):
    parts = [{"use": "ease", "weight": 0.7, "l2": 3.0}]
    model = Hybrid(method="blend", parts=parts)
    model.fit(data)
    assert model.settings()["parts"] == [{"use": "ease", "weight": 0.7, "l2": 3.0}]
