"""Tiny language models and tokenizers of several kinds, and slow references of what they say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SENTENCES = (
    "the nurse led a team of nine nurses in the old hospital",
    "the engineers were reading long reports on bridges and dams",
    "she is a kind doctor, and he is her patient",
    "two people in a small town opened a bakery beside the school",
    "他是一名护士。她在医院工作。",
)
_PIECES = """
the a nurs ##e ##es ##ing lead led team of engineer ##s she he is her his doctor patient kind read
##able un ##kind in , . old 护 士 他 她 是
"""
_WORDS = """
▁ ▁the ▁a ▁nurs e es ing ▁led ▁team ▁of ▁engineer s ▁she ▁he ▁is ▁her ▁doctor ▁kind ▁in ▁old , .
"""


def _fast(backend: Any, **special: str) -> Any:
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=64, **special)


def wordpiece() -> Any:
    """BERT's kind: lower-cased, ``##`` inside words, [CLS] and [SEP] around a text."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = {piece: i for i, piece in enumerate([*special, *_PIECES.split()])}
    backend = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer()
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    backend.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    names = ("pad_token", "unk_token", "cls_token", "sep_token", "mask_token")
    return _fast(backend, **dict(zip(names, special, strict=True)))


def byte_level(*, bos: str | None = "<s>", adds: bool = False, **special: str) -> Any:
    """GPT-2's kind: pieces of bytes, a space being part of the word that follows; no padding.

    With `adds`, the tokenizer puts BOS before each text by itself, as that of Llama does.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=430,
        special_tokens=["<s>", "</s>", "<mask>", "<pad>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(SENTENCES, trainer)
    if adds:
        backend.post_processor = processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", 0)]
        )
    return _fast(backend, **({"bos_token": bos} if bos else {}), eos_token="</s>", **special)


def framed_byte_level() -> Any:
    """RoBERTa's kind: byte-level pieces inside <s> and </s>."""
    from tokenizers import processors

    made = byte_level(mask_token="<mask>", pad_token="<pad>", cls_token="<s>", sep_token="</s>")
    made.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
    )
    return made


def sentencepiece(*, mask: bool = True) -> Any:
    """T5's kind: pieces with ``▁`` at the start of words, </s> after a text."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

    special = ["<pad>", "</s>", "<unk>", "<mask>"]
    letters = sorted(set("abcdefghijklmnopqrstuvwxyz"))
    pieces = [(name, 0.0) for name in special]
    pieces += [(word, -2.0 - 0.01 * i) for i, word in enumerate(_WORDS.split())]
    pieces += [(letter, -9.0) for letter in letters if letter not in _WORDS.split()]
    backend = Tokenizer(models.Unigram(pieces, unk_id=2))
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    backend.decoder = decoders.Metaspace()
    backend.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    names = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    return _fast(backend, **names, **({"mask_token": "<mask>"} if mask else {}))


def loud(module: Any) -> Any:
    """Return a module whose random weights are large enough for tokens to differ."""
    import torch

    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(3.0)
    return module.eval()


def tiny_masked(tokenizer: Any, seed: int = 0, **options: Any) -> Any:
    import torch
    from transformers import BertConfig, BertForMaskedLM

    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        **options,
    )
    return loud(BertForMaskedLM(config))


def tiny_llama(tokenizer: Any, seed: int = 0, **options: Any) -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        **options,
    )
    return loud(LlamaForCausalLM(config))


def tiny_gpt2_lm(tokenizer: Any, seed: int = 0) -> Any:
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(seed)
    config = GPT2Config(vocab_size=len(tokenizer), n_embd=32, n_layer=2, n_head=2, n_positions=64)
    return loud(GPT2LMHeadModel(config))


def tiny_t5(tokenizer: Any, seed: int = 0) -> Any:
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(seed)
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=32,
        d_kv=16,
        d_ff=64,
        num_layers=2,
        num_heads=2,
        decoder_start_token_id=tokenizer.pad_token_id,
    )
    return T5ForConditionalGeneration(config).eval()


def tiny_bart(tokenizer: Any, seed: int = 0) -> Any:
    import torch
    from transformers import BartConfig, BartForConditionalGeneration

    torch.manual_seed(seed)
    config = BartConfig(
        vocab_size=len(tokenizer),
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=64,
        pad_token_id=3,
        bos_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=1,
    )
    return BartForConditionalGeneration(config).eval()


def next_token(module: Any, ids: Sequence[int], target: int, **inputs: Any) -> float:
    """Log-probability of a token after others: one plain call, one token."""
    import torch

    with torch.inference_mode():
        logits = module(input_ids=torch.tensor([list(ids)]), **inputs).logits[0, -1]
    return float(torch.log_softmax(logits.double(), 0)[target])


def after(module: Any, before: Sequence[int], ids: Sequence[int]) -> float:
    """Log-probability of tokens after others, one token at a time."""
    return sum(next_token(module, [*before, *ids[:i]], t) for i, t in enumerate(ids))


def at_mask(module: Any, ids: Sequence[int], masked: Sequence[int], at: int, mask: int) -> float:
    """Log-probability of the token at a place where some tokens are masked: one plain call."""
    import torch

    seen = [mask if i in masked else t for i, t in enumerate(ids)]
    with torch.inference_mode():
        logits = module(input_ids=torch.tensor([seen])).logits[0, at]
    return float(torch.log_softmax(logits.double(), 0)[ids[at]])
