"""How likely texts are to a language model, with what is needed to compare unequal lengths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pytest_fairness.engine import as_texts
from pytest_fairness.errors import ArgumentError, ModelError

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Normalise = Literal["byte", "token"] | None
_FORMS = {None: "total", "byte": "per_byte", "token": "per_token"}


@dataclass(frozen=True)
class LogLikelihoods:
    """Log-likelihoods of texts, in nats.

    Attributes
    ----------
    total : array of shape (n_texts,)
        The sum over the tokens that were scored; 0 of a text without tokens.
    tokens, bytes : arrays of int of shape (n_texts,)
        Tokens that were scored, and the UTF-8 bytes that they stand for; 0 where that is not known.

    Examples
    --------
    >>> import numpy as np
    >>> found = LogLikelihoods(np.array([-6.0]), np.array([3]), np.array([12]))
    >>> found.per_token, found.per_byte
    (array([-2.]), array([-0.5]))
    """

    total: Numbers
    tokens: Counts
    bytes: Counts

    def __len__(self) -> int:
        return len(self.total)

    @property
    def per_token(self) -> Numbers:
        """Mean over the scored tokens; NaN where there is none."""
        return _per(self.total, self.tokens)

    @property
    def per_byte(self) -> Numbers:
        """Sum over the number of bytes, which does not depend on the tokenizer; NaN of 0 bytes."""
        return _per(self.total, self.bytes)

    def form(self, normalise: Normalise) -> Numbers:
        """Return the sums, or those over the number of bytes or tokens.

        Raises
        ------
        ArgumentError
            If `normalise` is another word.
        """
        if normalise not in _FORMS:
            raise ArgumentError(f"normalise={normalise!r} must be 'byte', 'token' or None.")
        numbers: Numbers = getattr(self, _FORMS[normalise])
        return numbers


def _per(total: Numbers, count: Counts) -> Numbers:
    result = np.full(len(total), np.nan)
    np.divide(total, count, out=result, where=count > 0)
    return result


def sums_of(values: Numbers, owners: Sequence[int], n: int) -> Numbers:
    """Return the sum of the values of each of n owners.

    Examples
    --------
    >>> sums_of(np.array([1.0, 2.0, 4.0]), [0, 2, 2], 3)
    array([1., 0., 6.])
    """
    found: Numbers = np.bincount(np.asarray(owners, dtype=np.int64), values, n).astype(np.float64)
    return found


def pair_up(texts: Iterable[str], contexts: Iterable[str] | None) -> list[tuple[str, str]]:
    """Return ``(context, text)`` for each text, the context empty where none is given.

    Raises
    ------
    ArgumentError
        If there is not one context per text.
    """
    listed = as_texts(texts)
    before = [""] * len(listed) if contexts is None else as_texts(contexts)
    if len(before) != len(listed):
        raise ArgumentError(
            f"contexts has {len(before)} entries but texts has {len(listed)}. Give one context "
            "per text, an empty string where a text has none."
        )
    return list(zip(before, listed, strict=True))


def check_likelihoods(totals: Numbers, texts: Sequence[str], name: str) -> None:
    """Refuse likelihoods that are no numbers.

    Raises
    ------
    ModelError
        Naming how many texts have them, and the first such text.
    """
    bad = np.flatnonzero(~np.isfinite(totals))
    if len(bad):
        raise ModelError(
            f"{name} gave NaN or infinite log-likelihoods to {len(bad)} of {len(texts)} texts, "
            f"first to {texts[bad[0]]!r}. Such answers cannot be compared; a weight may be NaN, or "
            "the dtype too narrow (try dtype='float32')."
        )


def check_fit(lengths: Sequence[int], limit: int | None, texts: Sequence[str], name: str) -> None:
    """Refuse texts that the model cannot read whole.

    Raises
    ------
    ArgumentError
        Naming how many there are, and the first.
    """
    long = [i for i, length in enumerate(lengths) if limit and length > limit]
    if long:
        first = long[0]
        shown = texts[first] if len(texts[first]) <= 60 else texts[first][:59] + "…"
        raise ArgumentError(
            f"{len(long)} of {len(texts)} texts are longer than the {limit} tokens that {name} "
            f"reads, first {shown!r} with {lengths[first]}. The likelihood of a part of a text is "
            "not that of the text: shorten or split these texts, or leave them out."
        )
