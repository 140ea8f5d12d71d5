"""Which weights of a classifier move: its own, those of its head, or a few that peft adds."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pytest_fairness.errors import ArgumentError, MissingPackageError, MitigationError
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.layers import HEADS, blocks_of, freeze, frozen_count, trainable
from pytest_fairness.models.tokens import Reader

if TYPE_CHECKING:
    from torch import Tensor, nn

PROMPTED = ("prefix", "prompt")  # vehicles whose vectors pass through all layers
_START = 0.02  # spread of prefixes at the start: attention hardly moves


def frozen_parts(model: nn.Module, config: MitigationConfig) -> list[nn.Module]:
    """Return what answers each text alike at every step, the lowest first.

    They are the frozen layers; of ``"head"`` everything below the head; and nothing where learnt
    vectors pass through all layers.

    Raises
    ------
    ArgumentError
        If `config` freezes more layers than there are.
    """
    blocks = blocks_of(model)
    if config.vehicle == "head":
        return [_base_of(model)]
    if config.vehicle in PROMPTED:
        return []
    return blocks[: frozen_count(blocks, config)]


def mount(model: Any, tokenizer: Any, frozen: Sequence[nn.Module], config: MitigationConfig) -> Any:
    """Return the model with only those weights learning that `config` lets move.

    Parameters
    ----------
    model : PreTrainedModel
        A sequence classifier.
    tokenizer : PreTrainedTokenizerBase
    frozen : sequence of nn.Module
        What `frozen_parts` returned.
    config : MitigationConfig

    Raises
    ------
    MissingPackageError
        If peft is needed and not installed.
    MitigationError
        If the vehicle does not fit the model.
    """
    if config.vehicle == "full":
        freeze(model, frozen)
    elif config.vehicle == "head":
        _base_of(model).requires_grad_(False)
    else:
        model = _add(model, _SETTINGS[config.vehicle](model, frozen, config), config)
    if config.vehicle in PROMPTED:
        _start_prompt(model, tokenizer, config)
        _check_read(model, tokenizer, config)
    return model


def leave_room(model: Any, tokenizer: Any, config: MitigationConfig) -> None:
    """Let the tokenizer cut texts so that learnt vectors before them still have positions."""
    limit = Reader(tokenizer, model).limit if config.vehicle in PROMPTED else None
    if limit is None:
        return
    if limit <= config.virtual_tokens:
        raise ArgumentError(
            f"virtual_tokens={config.virtual_tokens} must be less than {limit}, the positions that "
            "the model has for a text and what stands before it."
        )
    tokenizer.model_max_length = limit - config.virtual_tokens


def _base_of(model: nn.Module) -> nn.Module:
    base: nn.Module = getattr(model, "base_model", model)
    if base is model:
        raise MitigationError(
            f"{type(model).__name__} does not tell its head from the rest of the model, so that "
            'method="head" has no meaning. Use method="full" with freeze_layers=.'
        )
    return base


def _add(model: Any, settings: Any, config: MitigationConfig) -> Any:
    import torch
    from peft import get_peft_model

    torch.manual_seed(config.seed)  # what is added starts at random
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers in an older way
        return get_peft_model(model, settings)


def _peft(vehicle: str) -> Any:
    try:
        import peft
    except ImportError as err:
        feature = f'mitigate(method="{vehicle}")'
        raise MissingPackageError.for_feature(feature, "peft", "mitigation") from err
    return peft


def _lora(model: Any, frozen: Sequence[nn.Module], config: MitigationConfig) -> Any:
    """Low-rank adapters on every linear map outside the frozen layers (Hu et al. 2022)."""
    peft = _peft("lora")
    return peft.LoraConfig(
        task_type=peft.TaskType.SEQ_CLS,
        r=config.lora_r,
        lora_alpha=config.lora_alpha,
        lora_dropout=0.0,
        target_modules=list(_linear_maps(model, frozen)),
        fan_in_fan_out=_has_transposed(model),
    )


def _ia3(model: Any, frozen: Sequence[nn.Module], config: MitigationConfig) -> Any:
    """One learnt factor for each output of every linear map outside the frozen layers.

    Where a map narrows, as the second of a feed-forward layer does, the factors are those of its
    inputs (Liu et al. 2022).
    """
    peft = _peft("ia3")
    maps = _linear_maps(model, frozen)
    return peft.IA3Config(
        task_type=peft.TaskType.SEQ_CLS,
        target_modules=list(maps),
        feedforward_modules=[name for name, (n_in, n_out) in maps.items() if n_in > n_out],
        fan_in_fan_out=_has_transposed(model),
    )


def _prefix(model: Any, frozen: Sequence[nn.Module], config: MitigationConfig) -> Any:
    """Learnt keys and values before those of each text, in every layer (Li and Liang 2021)."""
    peft = _peft("prefix")
    return peft.PrefixTuningConfig(
        task_type=peft.TaskType.SEQ_CLS,
        num_virtual_tokens=config.virtual_tokens,
        **_sizes_of(model.config),
    )


def _prompt(model: Any, frozen: Sequence[nn.Module], config: MitigationConfig) -> Any:
    """Learnt embeddings before those of each text (Lester, Al-Rfou and Constant 2021)."""
    peft = _peft("prompt")
    if hasattr(model, "score"):
        raise MitigationError(
            f"{type(model).__name__} answers at the last token of a text, and finds it by token "
            'numbers, which a learnt prompt has none of. Use method="prefix".'
        )
    return peft.PromptTuningConfig(
        task_type=peft.TaskType.SEQ_CLS,
        num_virtual_tokens=config.virtual_tokens,
        **_sizes_of(model.config),
    )


def _sizes_of(config: Any) -> dict[str, int]:
    """Return what peft cannot find where a model calls its sizes by names of its own."""
    if not config.attribute_map:
        return {}
    return {
        "token_dim": config.hidden_size,
        "num_layers": config.num_hidden_layers,
        "num_attention_heads": config.num_attention_heads,
    }


_SETTINGS: dict[str, Callable[[Any, Sequence[Any], MitigationConfig], Any]] = {
    "lora": _lora,
    "ia3": _ia3,
    "prefix": _prefix,
    "prompt": _prompt,
}


def _linear_maps(model: nn.Module, frozen: Sequence[nn.Module]) -> dict[str, tuple[int, int]]:
    """Return the names of linear maps outside the frozen layers and the head, with their sizes."""
    from torch import nn
    from transformers.pytorch_utils import Conv1D

    excluded = {id(module) for block in frozen for module in block.modules()}
    found = {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, (nn.Linear, Conv1D))
        and id(module) not in excluded
        and not name.split(".")[0].endswith(HEADS)  # peft trains those whole
    }
    return {name: _sizes(module) for name, module in found.items()}


def _sizes(module: Any) -> tuple[int, int]:
    if hasattr(module, "in_features"):
        return module.in_features, module.out_features
    n_in, n_out = module.weight.shape  # GPT-2's maps are kept the other way round
    return n_in, n_out


def _has_transposed(model: nn.Module) -> bool:
    from transformers.pytorch_utils import Conv1D

    return any(isinstance(module, Conv1D) for module in model.modules())


def _start_prompt(model: Any, tokenizer: Any, config: MitigationConfig) -> None:
    """Begin near the model as it was.

    A prefix begins small. A prompt begins as the token that the head reads, so that the first
    position, where encoders are read, starts with what it should hold.
    """
    import torch

    vectors: Tensor = model.prompt_encoder["default"].embedding.weight
    read = tokenizer.cls_token_id if tokenizer.cls_token_id is not None else tokenizer.bos_token_id
    with torch.no_grad():
        vectors.normal_(0.0, _START)
        if config.vehicle == "prompt" and read is not None:
            vectors += model.get_base_model().get_input_embeddings().weight[read]


def _check_read(model: Any, tokenizer: Any, config: MitigationConfig) -> None:
    """Refuse a model that does not read the learnt vectors: it would stay as it is in silence."""
    import torch

    vectors = model.prompt_encoder["default"].embedding.weight
    inputs = tokenizer("a", return_tensors="pt").to(vectors.device)
    try:
        with torch.enable_grad():
            model(**inputs).logits.sum().backward()
        read = vectors.grad is not None and bool(vectors.grad.abs().sum() > 0)
    except (ValueError, TypeError, RuntimeError, AttributeError, IndexError) as err:
        raise MitigationError(_unread(model, config)) from err
    finally:
        model.zero_grad()
    if not read:
        raise MitigationError(_unread(model, config))


def _unread(model: Any, config: MitigationConfig) -> str:
    return (
        f"{type(model.get_base_model()).__name__} does not read what method={config.vehicle!r} "
        f"puts before a text ({len(trainable(model))} weights, none with an effect). "
        'Use method="lora".'
    )
