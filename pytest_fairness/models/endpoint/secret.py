"""A key that is read from the environment, and shown nowhere."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pytest_fairness.errors import ArgumentError

_SHORTEST = 8  # "EMPTY" and "none" are no secrets, and may be part of any answer
_HIDDEN = "[key]"
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")  # capitals, so that no key passes for a name


@dataclass(frozen=True)
class Secret:
    """The key of a server.

    Attributes
    ----------
    variable : str or None
        The environment variable that holds it.

    Examples
    --------
    >>> import os
    >>> os.environ["MY_KEY"] = "sk-0123456789"
    >>> secret = Secret("MY_KEY")
    >>> secret, secret.hide("wrong key: sk-0123456789")
    (Secret(variable='MY_KEY'), 'wrong key: [key]')
    """

    variable: str | None = None
    _key: str | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.variable is not None and not _VARIABLE.fullmatch(self.variable):
            raise ArgumentError(
                "api_key_env must be the name of an environment variable in capitals, such as "
                "'OPENAI_API_KEY', and what was given is no such name. Never give the key itself."
            )
        key = os.environ.get(self.variable or "", "").strip() or None
        object.__setattr__(self, "_key", key)

    def __reduce__(self) -> tuple[type[Secret], tuple[str | None]]:
        return type(self), (self.variable,)

    def __bool__(self) -> bool:
        return self._key is not None

    def reveal(self) -> str | None:
        """Return the key, for the request alone."""
        return self._key

    def hide(self, text: str) -> str:
        """Return a text without the key."""
        if self._key is None or len(self._key) < _SHORTEST:
            return text
        return text.replace(self._key, _HIDDEN)

    def hide_within(self, body: Any) -> Any:
        """Return parsed JSON without the key in any of its strings, however it was escaped."""
        if isinstance(body, str):
            return self.hide(body)
        if isinstance(body, Mapping):
            return {self.hide(name): self.hide_within(value) for name, value in body.items()}
        if isinstance(body, list):
            return [self.hide_within(value) for value in body]
        return body
