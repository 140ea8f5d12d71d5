"""Tiny models that write, and what transformers itself writes with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from pytest_fairness.models.generation import generate
from pytest_fairness.models.held import Held
from tests.models.builders import SPECIAL, WORDS, word_tokenizer

SIZE = len(SPECIAL) + len(set(WORDS))
END = 3  # [SEP]


@dataclass
class Holder:
    """What `generate` needs to know of a model."""

    module: Any
    tokenizer: Any
    limit: int | None = 64
    budget: int = 2048
    padding: bool = True
    _progress: bool = False
    engine: Any = field(init=False)

    def __post_init__(self) -> None:
        self._held = Held(self.module, name="tiny", kind="writer")
        self.engine = SimpleNamespace(budget=self.budget, padding=self.padding, max_rows=None)

    @property
    def info(self) -> Any:
        return self._held.info()

    def generate(self, prompts: list[str], **settings: Any) -> list[list[str]]:
        return generate(self, prompts, **settings)


def writing_tokenizer(**options: Any) -> Any:
    """Whole words; a text ends with [SEP], as in many tokenizers of encoders."""
    return word_tokenizer(eos_token="[SEP]", bos_token="[CLS]", **options)


def tiny_llama(seed: int = 0, **options: Any) -> Any:
    """A decoder with rotary positions whose random weights are loud enough to choose words."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=SIZE,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=64,
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=END,
        **options,
    )
    return _louder(LlamaForCausalLM(config).eval())


def tiny_gpt2_writer() -> Any:
    """A decoder with learned positions."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(1)
    config = GPT2Config(
        vocab_size=SIZE,
        n_embd=32,
        n_layer=2,
        n_head=2,
        n_positions=64,
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=END,
    )
    return _louder(GPT2LMHeadModel(config).eval())


def tiny_bart(**options: Any) -> Any:
    """An encoder and a decoder with learned positions."""
    import torch
    from transformers import BartConfig, BartForConditionalGeneration

    torch.manual_seed(2)
    config = BartConfig(
        vocab_size=SIZE,
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=64,
        pad_token_id=0,
        bos_token_id=2,
        eos_token_id=END,
        decoder_start_token_id=2,
        forced_eos_token_id=None,
        **options,
    )
    module = _louder(BartForConditionalGeneration(config).eval())
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if "encoder_attn" in name and parameter.dim() > 1:
                parameter.mul_(6.0)  # what is written depends on what was read
    return module


def tiny_t5() -> Any:
    """An encoder and a decoder with relative positions."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(3)
    config = T5Config(
        vocab_size=SIZE,
        d_model=32,
        d_kv=16,
        d_ff=64,
        num_layers=2,
        num_heads=2,
        pad_token_id=0,
        eos_token_id=END,
        decoder_start_token_id=0,
    )
    return _louder(T5ForConditionalGeneration(config).eval())


def real_writer(folder: Path) -> Holder:
    """A causal model from its folder, in float32 on the CPU."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from pytest_fairness.models.quiet import quiet_transformers

    with quiet_transformers():
        module = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        return Holder(module, AutoTokenizer.from_pretrained(folder), limit=8192)


def by_transformers(module: Any, tokenizer: Any, text: str, tokens: int) -> str:
    """Return what transformers writes greedily after one text, without padding."""
    import torch

    encoded = tokenizer(text, return_tensors="pt")["input_ids"]
    encodes = module.config.is_encoder_decoder
    ids = encoded if encodes or encoded[0, -1] != END else encoded[:, :-1]
    with torch.inference_mode():
        written = module.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            num_beams=1,
            max_new_tokens=tokens,
        )[0]
    new = written if encodes else written[ids.shape[1] :]
    return str(tokenizer.decode(new, skip_special_tokens=True))


def _louder(module: Any) -> Any:
    import torch

    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() > 1:
                parameter.mul_(4.0)
    return module
