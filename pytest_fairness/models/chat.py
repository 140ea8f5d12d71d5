"""Prompts in the form that a chat model was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.models.base import first_line


def frame(
    tokenizer: Any, prompts: Sequence[str], *, chat: bool | None, system: str | None, name: str
) -> tuple[list[str], bool]:
    """Put prompts into the tokenizer's chat template.

    Parameters
    ----------
    tokenizer
        Of transformers.
    prompts : sequence of str
        What the user says, one turn each.
    chat : bool, optional
        None frames where there is a template.
    system : str, optional
        A system prompt before each.
    name : str
        Of the model, for messages.

    Returns
    -------
    tuple of (list of str, bool)
        The texts, and whether they are framed: then they hold their special tokens already.

    Raises
    ------
    ModelError
        If a template is needed and missing, or if it refuses the system prompt.
    ArgumentError
        If there is a system prompt although `chat` is False.
    """
    has_template = bool(getattr(tokenizer, "chat_template", None))
    if chat is False and system is not None:
        raise ArgumentError(
            f"system={system!r} needs a chat template, but chat=False. Leave system out, and "
            "write what it says into the prompts, or leave chat out."
        )
    if not has_template and (chat or system is not None):
        raise ModelError(_no_template(name, chat))
    if chat is False or not has_template:
        return list(prompts), False
    return [_framed(tokenizer, prompt, system, name) for prompt in prompts], True


def messages_of(prompt: str, system: str | None) -> list[dict[str, str]]:
    """Return a conversation of one turn.

    Examples
    --------
    >>> messages_of("Hello", None)
    [{'role': 'user', 'content': 'Hello'}]
    """
    before = [] if system is None else [{"role": "system", "content": system}]
    return [*before, {"role": "user", "content": prompt}]


def _framed(tokenizer: Any, prompt: str, system: str | None, name: str) -> str:
    try:
        return str(
            tokenizer.apply_chat_template(
                messages_of(prompt, system), tokenize=False, add_generation_prompt=True
            )
        )
    except Exception as err:  # of jinja2, which is not ours to import
        if "TemplateError" not in [kind.__name__ for kind in type(err).__mro__]:
            raise
        raise ModelError(
            f"The chat template of {name} refuses this conversation: {first_line(err)}. "
            "Leave system= out and write what it says into the prompts, or pass chat=False."
        ) from err


def _no_template(name: str, chat: bool | None) -> str:
    asked = "chat=True" if chat else "system="
    return (
        f"{asked} needs a chat template, and the tokenizer of {name} has none. Leave chat and "
        "system out to continue the prompts as they are, or give the tokenizer the template "
        "that the model was trained with: tokenizer.chat_template = '...'."
    )
