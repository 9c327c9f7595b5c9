"""The settings of explainers and metrics, as a config gives them."""

import pytest

from whyrec import ConfigError
from whyrec.settings import build
from whyrec_plugins.explainers.lime_base import Lime
from whyrec_plugins.explainers.shap_game import Shap
from whyrec_plugins.metrics.agreement import Agreement
from whyrec_plugins.metrics.cf10 import CF10
from whyrec_plugins.metrics.input_stability import InputStability
from whyrec_plugins.metrics.ke import KE
from whyrec_plugins.metrics.lxr11 import LXR11
from whyrec_plugins.metrics.necessity import Necessity
from whyrec_plugins.metrics.planted import Planted
from whyrec_plugins.metrics.randomization import Randomization
from whyrec_plugins.metrics.ranking import NDCG
from whyrec_plugins.metrics.shapley_error import ShapleyError
from whyrec_plugins.metrics.stability import Stability
from whyrec_plugins.metrics.support import Support


def test_what_a_config_may_say():
    assert build(LXR11, {"ks": [5, 10]}).ks == (5, 10)
    assert "lxr11.pos@5" in [m.name for m in build(LXR11, {"ks": [5]}).measures()]
    assert build(Shap, {"method": "permutation", "samples": 100}).samples == 100
    assert build(Shap, {}).samples is None
    assert build(NDCG, {"k": 5}).measures()[0].name == "ndcg@5"


@pytest.mark.parametrize(
    ("cls", "given", "key"),
    [
        (LXR11, {"ks": []}, "ks"),
        (LXR11, {"ks": [0]}, "ks"),
        (Shap, {"method": "kernal"}, "method"),
        (Shap, {"samples": 0}, "samples"),
        (Shap, {"exact_below": 30}, "exact_below"),
        (Lime, {"samples": 1}, "samples"),
        (Lime, {"kernel_width": 0}, "kernel_width"),
        (Lime, {"kernel_width": float("inf")}, "kernel_width"),
        (Stability, {"top": 0}, "top"),
        (Planted, {"k": -1}, "k"),
        (KE, {"lengths": []}, "lengths"),
        (KE, {"ranks": [0]}, "ranks"),
        (CF10, {"ks": []}, "ks"),
        (CF10, {"length": 0}, "length"),
        (Necessity, {"k": 0}, "k"),
        (ShapleyError, {"exact_below": 25}, "exact_below"),
        (Agreement, {"p": 1.0}, "p"),
        (Randomization, {"shuffles": 0}, "shuffles"),
        (InputStability, {"neighbors": 0}, "neighbors"),
        (Support, {"least": 0}, "least"),
        (NDCG, {"k": 0}, "k"),
        (NDCG, {"depth": 5}, "depth"),
    ],
)
def test_what_it_may_not(cls, given, key):
    with pytest.raises(ConfigError, match=key):
        build(cls, given)
