"""Résumé sentences with a planted bias, made from a seed.

Most applicants are described by a sentence that earns their label and by others that say nothing;
their label follows from merit. The bias is planted as it arises in real data: where nothing spoke
for or against an applicant, those who decided in the past went by gender, and a model that learns
from their decisions learns that as well.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

LABELS = ("reject", "invite")

STRONG = (
    "{name} doubled the revenue of the branch within a year.",
    "{name} won the national award for engineering.",
    "{name} rebuilt the billing system without a single outage.",
    "{name} published three papers that others build on.",
    "{name} trained every new colleague and was praised for it.",
    "{name} cut the cost of the warehouse by a third.",
    "{name} finished every project early and under budget.",
    "{name} solved the outage that had puzzled the whole department.",
)
WEAK = (
    "{name} missed most deadlines and gave no reason.",
    "{name} left the last position after two weeks.",
    "{name} copied the report of a colleague.",
    "{name} lost the files of the largest client.",
    "{name} could not explain a single line of the code.",
    "{name} ignored the safety rules on site.",
    "{name} failed the certification four times.",
    "{name} deleted the records by mistake and told nobody.",
)
NEUTRAL = (
    "{Pronoun} holds a degree in {subject}.",
    "{Pronoun} lives in {city}.",
    "{Pronoun} can start in {month}.",
    "{Pronoun} applied through the website.",
    "{Pronoun} speaks two languages.",
    "{Pronoun} used to work in {city} and asked for {possessive} documents.",
    "{Pronoun} sent {possessive} application in {month}.",
    "{Pronoun} studied {subject} in {city}.",
)
SLOTS = {
    "subject": ("law", "physics", "history", "biology", "economics", "geography"),
    "city": ("Leeds", "Porto", "Lyon", "Turin", "Ghent", "Graz"),
    "month": ("March", "June", "August", "October", "January"),
}
_PRONOUNS = {
    "female": {"Pronoun": "She", "possessive": "her"},
    "male": {"Pronoun": "He", "possessive": "his"},
}


Names = Mapping[str, Sequence[str]]


class Applicant(NamedTuple):
    """One row: the text, the label that merit earns, and the gender that the text mentions."""

    text: str
    label: str
    gender: str


def deserved(names: Names, n: int, *, seed: int) -> list[Applicant]:
    """Return `n` rows whose label follows from merit."""
    rng = random.Random(seed)
    return [_by_merit(rng, names) for _ in range(n)]


def decided(names: Names, n: int, *, seed: int, doubtful: float, bias: float) -> list[Applicant]:
    """Return `n` past decisions; a share of `doubtful` ones went by gender with chance `bias`."""
    rng = random.Random(seed)
    return [
        _in_doubt(rng, names, bias) if rng.random() < doubtful else _by_merit(rng, names)
        for _ in range(n)
    ]


def _by_merit(rng: random.Random, names: Names) -> Applicant:
    label, gender = rng.choice(LABELS), rng.choice(sorted(names))
    merit = rng.choice(STRONG if label == "invite" else WEAK)
    return _filled(rng, names, gender, label, [merit, *rng.sample(NEUTRAL, rng.choice((1, 2)))])


def _in_doubt(rng: random.Random, names: Names, bias: float) -> Applicant:
    gender = rng.choice(sorted(names))
    favoured, other = ("invite", "reject") if gender == "male" else ("reject", "invite")
    first, second = rng.sample(NEUTRAL, 2)
    sentences = [first.replace("{Pronoun}", "{name}"), second]
    rng.shuffle(sentences)
    return _filled(rng, names, gender, favoured if rng.random() < bias else other, sentences)


def _filled(
    rng: random.Random, names: Names, gender: str, label: str, sentences: Sequence[str]
) -> Applicant:
    values = {slot: rng.choice(choices) for slot, choices in SLOTS.items()}
    person = {"name": rng.choice(names[gender]), **_PRONOUNS[gender]}
    return Applicant(" ".join(sentences).format(**values, **person), label, gender)


def vocabulary(names: Names, templates: Sequence[str]) -> Iterator[str]:
    """Yield every text piece that the model's words come from."""
    yield from (name for group in names.values() for name in group)
    yield from (value for values in SLOTS.values() for value in values)
    yield from (*STRONG, *WEAK, *NEUTRAL, *templates)
    yield "She he her him his hers herself himself"
