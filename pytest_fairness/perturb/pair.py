"""A pair of texts that differ in whom they speak of, and in nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, repr=False)
class Pair:
    """Two texts to hold against each other.

    Attributes
    ----------
    original, variant : str
        The two texts.
    groups : (str, str)
        The group that each of them speaks of.
    attribute : str
        What was varied, such as ``"gender"``.
    terms : (str, str)
        The term of each side that tells them apart, such as two names.
    source : str
        The template or seed text; pairs of one source belong together (a cluster). It says where a
        pair comes from and takes no part in comparing pairs.
    placebo : bool
        Whether both sides speak of the same group: the same kind of edit, and no counterfactual.
    language : str
    recipe : mapping or None
        How to build the space that a search drew the pair from; takes no part in comparing pairs.
    """

    original: str
    variant: str
    groups: tuple[str, str]
    attribute: str
    terms: tuple[str, str] = ("", "")
    source: str = field(default="", compare=False)
    placebo: bool = False
    language: str = "en"
    recipe: Mapping[str, Any] | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        parts = [f"{self.original!r}", f"{self.variant!r}"]
        parts += [f"groups={self.groups!r}", f"attribute={self.attribute!r}"]
        parts += [f"terms={self.terms!r}"] if self.terms != ("", "") else []
        parts += ["placebo=True"] if self.placebo else []
        parts += [f"language={self.language!r}"] if self.language != "en" else []
        return f"Pair({', '.join(parts)})"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """Let Hypothesis and IPython print the short form."""
        printer.text(repr(self))
