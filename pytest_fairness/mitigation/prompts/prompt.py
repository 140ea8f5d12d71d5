"""What is put before every prompt: an instruction, and examples of how to answer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.checking import check_instance, listed_entries

_BREAK = "\n\n"


@dataclass(frozen=True)
class Demonstration:
    """A prompt with the answer that it should get.

    Attributes
    ----------
    text : str
        As it would be asked: of a zero-shot classifier the text alone, which its template frames.
    answer : str
        The label, the option or the reply. A space is put before it where neither side has one
        and the answer does not start with a Chinese character.
    group : str or None
        The group that the text speaks of; used to balance, and never shown to the model.

    Examples
    --------
    >>> Demonstration("She repaired the engine. Skilled?", "yes", group="women").shown
    'She repaired the engine. Skilled? yes'
    """

    text: str
    answer: str
    group: str | None = None

    def __post_init__(self) -> None:
        for name, value in (("text", self.text), ("answer", self.answer)):
            if not isinstance(value, str):
                raise ArgumentTypeError(f"{name}={value!r} of a demonstration must be a string.")
            if not value.strip():
                raise ArgumentError(
                    f"{name}={value!r} of a demonstration is blank: the model could learn nothing "
                    "from it. Write it out, or leave the demonstration out."
                )

        if self.group is not None:
            check_instance("group", self.group, str, "a text, or None where it is not known")

    @property
    def shown(self) -> str:
        """Text and answer as the model reads them."""
        touches = self.text[-1].isspace() or self.answer[0].isspace() or _is_han(self.answer[0])
        return f"{self.text}{'' if touches else ' '}{self.answer}"


@dataclass(frozen=True)
class Prompt:
    r"""An instruction and demonstrations, both of which may be missing.

    Examples
    --------
    >>> prompt = Prompt("Be fair.", (Demonstration("Is water wet?", "yes"),))
    >>> prompt.before()
    'Be fair.\n\nIs water wet? yes\n\n'
    >>> Prompt().before()
    ''
    """

    instruction: str = ""
    demonstrations: tuple[Demonstration, ...] = ()

    def __post_init__(self) -> None:
        wanted = "a text, such as one of fair_instructions().values()"
        check_instance("instruction", self.instruction, str, wanted)
        listed = tuple(
            map(_as_demonstration, listed_entries("demonstrations", self.demonstrations))
        )
        object.__setattr__(self, "demonstrations", listed)

    @classmethod
    def of(cls, instruction: str | None, demonstrations: Iterable[Any]) -> Prompt:
        """Return a prompt of an instruction and of demonstrations, pairs of (text, answer) or more.

        Raises
        ------
        ArgumentError, ArgumentTypeError
            If one of them is of the wrong kind.
        """
        if instruction is not None and not isinstance(instruction, str):
            raise ArgumentTypeError(
                f"instruction={instruction!r} must be a string, such as one of "
                "fair_instructions().values()."
            )
        return cls((instruction or "").strip(), cast("tuple[Demonstration, ...]", demonstrations))

    @property
    def is_empty(self) -> bool:
        """Whether nothing is put before a prompt."""
        return not (self.instruction or self.demonstrations)

    @property
    def fingerprint(self) -> str:
        """A hash of all of it."""
        whole = json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False)
        return hashlib.blake2b(whole.encode(), digest_size=16).hexdigest()

    def examples(self) -> str:
        """Return the demonstrations as text, each with a blank line after it."""
        return "".join(each.shown + _BREAK for each in self.demonstrations)

    def before(self) -> str:
        """Return all that is put before a prompt, as text."""
        return (self.instruction and self.instruction + _BREAK) + self.examples()

    def framed(self, frame: Callable[[str], str]) -> Prompt:
        """Return the same prompt with the texts of its demonstrations framed."""
        shown = tuple(replace(each, text=frame(each.text)) for each in self.demonstrations)
        return Prompt(self.instruction, shown)

    def to_dict(self) -> dict[str, Any]:
        """Return the prompt as plain data for JSON."""
        return {
            "instruction": self.instruction,
            "demonstrations": [
                {"text": each.text, "answer": each.answer, "group": each.group}
                for each in self.demonstrations
            ],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Prompt:
        """Return the prompt that `to_dict` wrote."""
        shown = (Demonstration(**each) for each in data["demonstrations"])
        return cls.of(data["instruction"], shown)


def _as_demonstration(value: Any) -> Demonstration:
    if isinstance(value, Demonstration):
        return value
    if isinstance(value, (tuple, list)) and len(value) in (2, 3):
        return Demonstration(*value)
    raise ArgumentTypeError(
        f"{value!r} is no demonstration. Give Demonstration(text, answer, group=...), or a tuple "
        "of text and answer."
    )


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff"
