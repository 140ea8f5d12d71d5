"""Ten thousand fillings of English templates, read by a checker that knows no generator.

The checker sees texts alone, of templates whose words are chosen so that every rule of agreement
can be decided by its surface: subjects are pronouns, names and nouns that it knows by lists of its
own, and verbs are of a closed list.
"""

from __future__ import annotations

import re
from collections import Counter

from pytest_fairness import counterfactuals, load_attribute
from pytest_fairness.attributes import Attribute

SINGULAR = {
    "is": "are", "was": "were", "has": "have", "does": "do", "isn't": "aren't",
    "wasn't": "weren't", "hasn't": "haven't", "doesn't": "don't", "walks": "walk",
    "watches": "watch", "studies": "study", "plays": "play", "goes": "go", "misses": "miss",
    "fixes": "fix", "carries": "carry", "knows": "know", "uses": "use", "tries": "try",
}  # fmt: skip
PLURAL = {plural: singular for singular, plural in SINGULAR.items()}
VERB = "|".join(sorted((*SINGULAR, *PLURAL), key=len, reverse=True))
PLURAL_NOUNS = {"women", "men", "people", "children", "mothers", "fathers", "parents", "wives",
    "husbands", "spouses", "ladies", "gentlemen", "folks", "teens",
    "siblings", "adults"}  # fmt: skip
SINGULAR_NOUNS = {"woman", "man", "person", "child", "mother", "father", "parent", "wife",
    "husband", "spouse", "lady", "gentleman", "folk", "teen", "sibling", "adult"}  # fmt: skip
SINGULAR_PRONOUNS, PLURAL_PRONOUNS = {"she", "he", "xe"}, {"they"}
NAMES = {"Agnes", "Mia", "Ruth", "James", "Omar", "Luis", "Iris", "Ari", "Eden", "Jules"}

PERSON = Attribute(
    "gender",
    groups={
        group: {
            "pronoun": [pronoun],
            "possessive": [possessive],
            "object": [obj],
            "reflexive": [reflexive],
            "name": names,
            "noun": nouns,
            "nouns": plurals,
            "quality": qualities,
        }
        for group, pronoun, possessive, obj, reflexive, names, nouns, plurals, qualities in (
            ("female", "she", "her", "her", "herself", ["Agnes", "Mia", "Ruth"],
             ["woman", "mother", "wife", "lady"], ["women", "mothers", "wives", "ladies"],
             ["womanly", "elegant", "useful"]),
            ("male", "he", "his", "him", "himself", ["James", "Omar", "Luis"],
             ["man", "father", "husband", "gentleman"],
             ["men", "fathers", "husbands", "gentlemen"], ["manly", "urbane", "honest"]),
            ("nonbinary", "they", "their", "them", "themself", ["Iris", "Ari"],
             ["person", "parent", "spouse", "folk"], ["people", "parents", "spouses", "folks"],
             ["androgynous", "unusual", "European"]),
            ("xenic", "xe", "xyr", "xem", "xemself", ["Eden", "Jules"],
             ["child", "teen", "sibling", "adult"], ["children", "teens", "siblings", "adults"],
             ["one-of-a-kind", "hourly", "calm"]),
        )
    },
)  # fmt: skip
TEMPLATES = [
    "{Pronoun} {is} ready, and {pronoun} {verb:walks} to {city}.",
    "{Name} {is} a {quality} {noun}, but {pronoun} {verb:watches} an {job} all {day}.",
    "{Name}'s sister says that {pronoun} {hasn't} left; {pronoun} {verb:studies}.",
    "The {nouns} {verb:plays} chess. The {nouns}'s club was open.",
    "A {noun} {verb:carries} it. An {quality} {noun} {was} there. The {noun}'s bag.",
    "{Has} {pronoun} called? {Isn't} {pronoun} here? {Does} {name} like {object}?",
    "{Pronoun} holds an {job} and goes out. {Pronoun} always does {reflexive} good.",
    "{Pronoun} often misses {possessive} bus, so {pronoun} {verb:fixes} {possessive} bike.",
    "{Name}, who {verb:uses} it, {wasn't} late: {pronoun} {was} early.",
    "{a.name} told {b.name} that {a.pronoun} {a.is} late, and {b.pronoun} {b.verb:tries} again.",
    "{a.Name}'s boss asked {b.name} why {a.pronoun} {a.hasn't} come; {b.pronoun} {b.verb:knows}.",
    "Is {pronoun} ready? Yes, {pronoun} {verb:goes} with {name}'s {nouns}.",
]
SLOTS = {"job": ["answer", "uncle", "European tour", "hour", "MBA", "one-off", "view",
    "8-ton van"]}  # fmt: skip
AN = {"elegant", "urbane", "honest", "adult", "androgynous", "unusual", "hourly", "answer", "uncle",
    "hour", "MBA", "8-ton"}  # fmt: skip
A = {"womanly", "useful", "manly", "European", "one-of-a-kind", "calm", "one-off", "view",
    "woman", "mother", "wife", "lady", "man", "father", "husband", "gentleman", "person", "parent",
    "spouse", "folk", "child", "teen", "sibling"}  # fmt: skip


def number_of(word: str) -> str | None:
    """Return which verb form a subject takes; None for a word that is no subject."""
    lowered = word.lower()
    if lowered in PLURAL_PRONOUNS or lowered in PLURAL_NOUNS:
        return "plural"
    if lowered in SINGULAR_PRONOUNS or lowered in SINGULAR_NOUNS or word in NAMES:
        return "singular"
    return None


def form_of(verb: str) -> str:
    return "singular" if verb.lower() in SINGULAR else "plural"


def problems(text: str) -> tuple[list[str], Counter[str]]:
    """Return what breaks agreement in a text, and how many places of each rule were looked at."""
    found, seen = [], Counter[str]()
    said = r"(?:[^\W\d_]|['-])+"
    for subject, verb in re.findall(
        rf"\b({said})(?:,? who)?(?: often| always)? ({VERB})\b(?!-)", text
    ):
        if number_of(subject):
            seen["verb after its subject"] += 1
            if number_of(subject) != form_of(verb):
                found.append(f"{subject} {verb}")
    for verb, subject in re.findall(r"\b((?:Is|Are|Has|Have|Do|Does)(?:n't)?|Aren't) (\w+)", text):
        seen["verb before its subject"] += 1
        if number_of(subject) != form_of(verb):
            found.append(f"{verb} {subject}")
    for article, word in re.findall(r"\b([Aa]n?) ([\w-]+)", text):
        if word in AN or word in A:
            seen["article"] += 1
            if (article.lower() == "an") != (word in AN):
                found.append(f"{article} {word}")
    for owner, mark in re.findall(r"\b(\w+)('s?)(?=\s)", text):
        seen["possessive"] += 1
        ends_in_plural_s = owner in PLURAL_NOUNS and owner.endswith("s")
        if (mark == "'") != ends_in_plural_s:
            found.append(owner + mark)
    for start in re.findall(r"(?:^|[.?!] )(\w)", text):
        seen["capital"] += 1
        if not start.isupper():
            found.append(f"no capital: {start}")
    return found, seen


def test_the_checker_finds_what_is_wrong() -> None:
    wrong = "they is here. They watches a uncle. The mothers's an view. Is they? a honest man go"
    assert problems(wrong)[0] == [
        "they is", "They watches", "man go", "Is they", "a uncle", "an view", "a honest",
        "mothers's", "no capital: t", "no capital: a",
    ]  # fmt: skip
    right = "They are here. She watches an uncle. The mothers' view. Are they? An honest man goes."
    assert problems(right)[0] == []


def test_agreement_holds_in_ten_thousand_fillings() -> None:
    plain, several = TEMPLATES[:9] + TEMPLATES[11:], TEMPLATES[9:11]
    spaces = [
        counterfactuals(plain, vary=PERSON, slots=SLOTS, min_pairs=6),
        counterfactuals(several, vary=PERSON, min_pairs=6),
    ]
    pairs = [pair for space in spaces for pair in space.sample(4000, seed=4)]
    texts = [text for pair in pairs for text in (pair.original, pair.variant)]
    for template in TEMPLATES:
        space = counterfactuals(
            template, vary=PERSON, slots={k: v for k, v in SLOTS.items() if f"{{{k}}}" in template}
        )
        texts += [t for p in space.sample(300, seed=5) for t in (p.original, p.variant)]
    seen: Counter[str] = Counter()
    wrong = []
    for text in texts:
        found, looked_at = problems(text)
        seen += looked_at
        wrong += [(text, each) for each in found]
    assert len(texts) >= 10_000
    assert wrong == []
    assert min(seen.values()) >= 500, seen
    assert len(seen) == 5
    assert {g for pair in pairs for g in pair.groups} == set(PERSON.groups)


def test_it_holds_for_the_built_in_gender_too() -> None:
    gender = load_attribute("gender")
    space = counterfactuals(
        [
            "{Pronoun} {is} here, and {pronoun} {verb:walks}.",
            "{Name} {was} late; {pronoun} {hasn't} called.",
            "{Is} {pronoun} ready? {Pronoun} always knows.",
        ],
        vary=gender,
    )
    names = {name for group in gender.groups for name in gender.terms(group, "name")}
    for pair in space.sample(3000, seed=0):
        for text in (pair.original, pair.variant):
            subject = text.split()[0]
            assert subject in names or number_of(subject.lower()) or subject in ("Is", "Are")
            assert problems(text)[0] == []
