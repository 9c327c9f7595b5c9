"""The bundled plugins come through the same door as anybody's, all of them whole."""

import subprocess
import sys

from whyrec import Registry

EXPECTED = {
    "recommender": {"popular", "content", "item-knn", "ease", "als", "hybrid", "interest", "deep-embedding", "oracle"}
    | {"edlae", "sparse-ease"}
    | {"vae", "two-tower"}
    | {"sasrec", "gru", "caser", "cfgan"},
    "explainer": {
        "weights",
        "shapley",
        "owen",
        "lime",
        "shap",
        "shapiq",
        "random",
        "leave-one-out",
        "counterfactual",
        "greedy-rank",
        "search",
        "interactions",
        "gradient-input",
        "integrated-gradients",
        "smooth-path",
        "attention",
        "cosine",
        "jaccard",
    },
    "metric": {
        "ndcg",
        "recall",
        "hit-rate",
        "coverage",
        "support",
        "completeness",
        "lxr11",
        "ke",
        "cf10",
        "necessity",
        "shapley-error",
        "stability",
        "input-stability",
        "randomization",
        "agreement",
        "gini",
        "explained",
        "adherence",
        "planted",
    },
    "dataset": {"events", "movielens", "storefront", "planted"},
    "embedding": {"tfidf-svd", "minilm"},
    "language": {"en", "zh"},
}


def test_every_bundled_plugin_is_found_and_none_is_broken():
    found = Registry.discover()
    assert [b for b in found.broken if b.distribution == "whyrec"] == []
    for kind, names in EXPECTED.items():
        assert {n for n in found.names(kind) if found.find(kind, n).distribution == "whyrec"} == names


def test_listing_them_loads_no_heavy_package():
    heavy = ("tensorflow", "keras", "shap", "lime", "polars", "sklearn", "scipy.linalg")
    code = (
        f"import sys; from whyrec import Registry; Registry.discover(); print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"
