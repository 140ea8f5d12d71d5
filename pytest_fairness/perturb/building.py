"""Checking what a space is built from, and building it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_fairness.attributes import (
    Attribute,
    Combination,
    Varied,
    available_attributes,
    load_attribute,
    load_slots,
)
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.perturb.checks import notes_of, notes_of_texts
from pytest_fairness.perturb.families import TemplateFamily
from pytest_fairness.perturb.swap import as_attribute
from pytest_fairness.perturb.template import Template, parse
from pytest_fairness.perturb.texts import TextFamily

SlotValues = Mapping[str, Sequence[str]]


def as_lines(value: str | Iterable[str] | None, name: str) -> list[str]:
    """Return the lines of an argument, each once, in order."""
    if value is None:
        return []
    if not isinstance(value, Iterable):
        raise ArgumentTypeError(f"{name}={value!r} must be a string or a list of strings.")
    lines = [value] if isinstance(value, str) else list(value)
    for line in lines:
        if not isinstance(line, str):
            raise ArgumentTypeError(f"{name} holds {line!r}; expected strings.")
    if not lines:
        raise ArgumentError(f"{name}=[] is empty. Give at least one.")
    return list(dict.fromkeys(lines))


def checked_slots(slots: SlotValues, attribute: Varied) -> dict[str, tuple[str, ...]]:
    """Return the author's slot values, each once, or say what is wrong with them."""
    if not isinstance(slots, Mapping):
        raise ArgumentTypeError(f"slots={slots!r} must map slot names to lists of values.")
    return {name: _checked_values(name, values, attribute) for name, values in slots.items()}


def _checked_values(name: str, values: Sequence[str], attribute: Varied) -> tuple[str, ...]:
    if name in attribute.kinds:
        raise ArgumentError(
            f"slots[{name!r}] is a slot of {attribute.name!r}, filled by its terms. Choose another "
            f"name, or give your own terms as vary=Attribute({attribute.name!r}, groups={{...}})."
        )
    if isinstance(values, str) or not all(isinstance(v, (str, int)) for v in values):
        raise ArgumentTypeError(f"slots[{name!r}]={values!r} must be a list of strings.")
    if not values:
        raise ArgumentError(f"slots[{name!r}] is empty. Give at least one value.")
    return tuple(dict.fromkeys(str(value) for value in values))


def template_family(
    lines: Sequence[str],
    attribute: Varied,
    own: Mapping[str, tuple[str, ...]],
    vary_person: str | None = None,
) -> TemplateFamily:
    """Build the pairs of templates, with built-in slots and the author's own."""
    neutral = {**load_slots(attribute.language), **own}
    neutral = {name: values for name, values in neutral.items() if name not in attribute.kinds}
    shared = attribute.shared_kinds if isinstance(attribute, Combination) else ()
    known = [*attribute.kinds, *neutral, *shared]
    templates = tuple(
        parse(line, known, attribute.language, attribute=attribute, vary_person=vary_person)
        for line in lines
    )
    used = {slot for template in templates for slot in template.slots}
    _check_unused(own, used)
    for template in templates:
        _check_varies(template, attribute)
    slots = {name: values for name, values in neutral.items() if name in used}
    family = TemplateFamily(templates, slots, attribute, notes=notes_of(templates, attribute))
    if not len(family):
        raise ArgumentError(
            f"No pair of these templates is valid: {_counted(family.excluded)}. Their own words "
            f"exclude the terms of all but one group of {attribute.name!r}; reword them."
        )
    return family


def _check_unused(own: Mapping[str, Any], used: set[str]) -> None:
    unused = [name for name in own if name not in used]
    if unused:
        raise ArgumentError(
            f"slots[{unused[0]!r}] is used by no template. Write {{{unused[0]}}} in one, or leave "
            f"it out. The templates use {', '.join(f'{{{name}}}' for name in sorted(used))}."
        )


def _check_varies(template: Template, attribute: Varied) -> None:
    if not isinstance(attribute, Combination):
        return _check_part(template, attribute)
    shared = set(template.slots) & set(attribute.shared_kinds)
    if shared:
        slot = min(shared)
        owners = " and ".join(repr(part.name) for part in attribute.parts if slot in part.kinds)
        raise ArgumentError(
            f"{{{slot}}} in {template.text!r} is a slot of both {owners}, and one word cannot say "
            "both. Use another slot for one of them."
        )
    for part in attribute.parts:
        _check_part(template, part)


def _check_part(template: Template, attribute: Attribute) -> None:
    if set(template.slots) & set(attribute.kinds):
        return
    listed = ", ".join(f"{{{kind}}}" for kind in attribute.kinds)
    others = [n for n in available_attributes().get(attribute.language, ()) if n in template.slots]
    hint = f" To vary {others[0]!r}, give vary={others[0]!r}." if others else ""
    raise ArgumentError(
        f"Template {template.text!r} has no slot of {attribute.name!r}, so both texts of a pair "
        f"would be equal. Use one of {listed}.{hint}"
    )


def text_family(
    texts: Sequence[str], attribute: Varied, slots: Mapping[str, tuple[str, ...]]
) -> TextFamily:
    """Build the pairs of whole texts."""
    if slots:
        raise ArgumentError(
            f"slots={list(slots)} belongs to templates, but texts=[...] was given. Leave it out."
        )
    family = TextFamily(tuple(texts), attribute, notes=notes_of_texts(attribute))
    if not len(family):
        raise ArgumentError(
            f"No text has a valid counterfactual for {attribute.name!r} in "
            f"{attribute.language!r}: {_counted(family.excluded)}. Give texts that mention it, or "
            "check the language."
        )
    return family


def _counted(excluded: Mapping[str, int]) -> str:
    shown = sorted(excluded.items(), key=lambda item: -item[1])[:3]
    return "; ".join(f"{count} x {reason}" for reason, count in shown)


def recipe_of(
    lines: Sequence[str],
    texts: Sequence[str],
    attribute: Varied,
    slots: Mapping[str, tuple[str, ...]],
) -> dict[str, Any]:
    """Return what is needed to build a space again, as builtin types."""
    return {
        "templates": list(lines),
        "texts": list(texts),
        "vary": attribute.name if _is_built_in(attribute) else attribute.to_dict(),
        "language": attribute.language,
        "slots": {name: list(values) for name, values in slots.items()},
        "part": "all",
        "part_seed": 0,
        "placebo": False,
    }


def varied(recipe: Any, language: str) -> Varied:
    """Return what the ``vary`` of a recipe describes."""
    if isinstance(recipe, str):
        return as_attribute(recipe, language)
    return (Combination if "parts" in recipe else Attribute).from_dict(recipe)


def _is_built_in(attribute: Varied) -> bool:
    if isinstance(attribute, Combination):
        return all(map(_is_built_in, attribute.parts))
    names = available_attributes().get(attribute.language, ())
    return (
        attribute.name in names and load_attribute(attribute.name, attribute.language) == attribute
    )
