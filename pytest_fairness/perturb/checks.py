"""What a reader of templates should know: sentences about those that may not mean what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pytest_fairness.attributes import Combination, Varied
from pytest_fairness.errors import ArgumentError
from pytest_fairness.perturb.agreement import plural_groups
from pytest_fairness.perturb.chinese_names import NOTE, tagger
from pytest_fairness.perturb.combined import read_text
from pytest_fairness.perturb.template import Template


def notes_of(templates: Sequence[Template], attribute: Varied) -> tuple[str, ...]:
    """Return what should be known of templates, each sentence naming its template."""
    return (*_with_fixed_words(templates, attribute), *_undecided(templates, attribute))


def notes_of_texts(attribute: Varied) -> tuple[str, ...]:
    """Return what should be known of the swaps of whole texts."""
    parts = attribute.parts if isinstance(attribute, Combination) else (attribute,)
    unseen = (
        any(part.language == "zh" and part.rule("leave_out") for part in parts) and tagger() is None
    )
    return (NOTE,) if unseen else ()


def check_sizes(pairs: Mapping[str, int], minimum: int | None) -> None:
    """Raise if a template has fewer valid pairs than asked for.

    Parameters
    ----------
    pairs : mapping of str to int
        Number of valid pairs by template.
    minimum : int, optional

    Raises
    ------
    ArgumentError
        If one is too small; the message names the smallest.
    """
    if minimum is None or not pairs:
        return
    smallest = min(pairs, key=lambda text: pairs[text])
    if pairs[smallest] < minimum:
        few = sum(count < minimum for count in pairs.values())
        raise ArgumentError(
            f"Template {smallest!r} has {pairs[smallest]} valid pair(s), fewer than "
            f"min_pairs={minimum!r}; {few} of {len(pairs)} templates have too few. Add a slot with "
            "more values, such as {name} or {city}, or leave it out."
        )


def _with_fixed_words(templates: Sequence[Template], attribute: Varied) -> list[str]:
    """Say which templates name a group in their fixed words, and so may contradict themselves."""
    notes = []
    for template in templates:
        fixed = read_text(template.literal.replace("\0", " _ "), attribute).words
        if fixed:
            notes.append(
                f"Template {template.text!r} says {fixed[0]!r} whatever fills its slots; use a "
                "slot if that is the same person."
            )
    return notes


def _undecided(templates: Sequence[Template], attribute: Varied) -> list[str]:
    """Say which templates leave out groups with "they", and how to take them in."""
    groups = plural_groups(attribute)
    left_out = ", ".join(group for group in attribute.groups if group in groups)
    return [
        f"Template {template.text!r} leaves out {left_out}: {template.undecided[0]!r} may be a "
        "verb of the pronoun. If it is, write it as {verb:walks} or {is}; if not, put it "
        "elsewhere."
        for template in templates
        if template.undecided and groups
    ]
