"""Résumé sentences with a planted bias, made from a seed.

Every applicant is described by one sentence that earns the label and one that says nothing. The
label follows from merit alone. The bias is planted as it arises in real data: of the applicants
who were invited most are men, of those rejected most are women, so that a model which learns from
these rows finds gender useful wherever merit leaves room for doubt.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
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


class Applicant(NamedTuple):
    """One row: the text, the label that merit earns, and the gender that the text mentions."""

    text: str
    label: str
    gender: str


def applicants(
    names: dict[str, Sequence[str]], n: int, *, seed: int, skew: float
) -> list[Applicant]:
    """Return `n` rows; of each label, a share of `skew` has the gender that the bias expects."""
    rng = random.Random(seed)
    return [_applicant(rng, names, skew) for _ in range(n)]


def _applicant(rng: random.Random, names: dict[str, Sequence[str]], skew: float) -> Applicant:
    label = rng.choice(LABELS)
    expected, other = ("male", "female") if label == "invite" else ("female", "male")
    gender = expected if rng.random() < skew else other
    merit = rng.choice(STRONG if label == "invite" else WEAK)
    sentences = [merit, *rng.sample(NEUTRAL, rng.choice((1, 2)))]
    values = {slot: rng.choice(choices) for slot, choices in SLOTS.items()}
    person = {"name": rng.choice(names[gender]), **_PRONOUNS[gender]}
    return Applicant(" ".join(sentences).format(**values, **person), label, gender)


def vocabulary(names: dict[str, Sequence[str]], templates: Sequence[str]) -> Iterator[str]:
    """Yield every text piece that the model's words come from."""
    yield from (name for group in names.values() for name in group)
    yield from (value for values in SLOTS.values() for value in values)
    yield from (*STRONG, *WEAK, *NEUTRAL, *templates)
    yield "She he her him his hers herself himself"
