"""How well English swaps do on text that others wrote: ``python -m tests.perturb.quality [DATA]``.

Printed are the sentences read, those decided, and those decided right. The truth for WinoBias is
its own: every sentence exists with the pronouns of either gender.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pytest_fairness.perturb import swap_text
from tests.perturb.test_swap_winobias import PRONOUNS, twins

DATA = Path("../shared/data")
READINGS = Path(__file__).with_name("hatecheck_readings.csv")

# Occupations and situations, written for this purpose: each sentence with its twin.
_JOBS = (
    "technician",
    "accountant",
    "nurse",
    "engineer",
    "teacher",
    "paramedic",
    "chemist",
    "clerk",
)
_FRAMES = (
    ("The {} told the customer that she had paid.", "The {} told the customer that he had paid."),
    ("The {} met the client in her office.", "The {} met the client in his office."),
    ("The visitor asked the {} about her shift.", "The visitor asked the {} about his shift."),
    ("Someone thanked the {} and praised her.", "Someone thanked the {} and praised him."),
    ("The {} said the umbrella was hers.", "The {} said the umbrella was his."),
    ("The {} prepared herself for the talk.", "The {} prepared himself for the talk."),
    ("A colleague of the {} called her yesterday.", "A colleague of the {} called him yesterday."),
    ("The {} left because her work was done.", "The {} left because his work was done."),
)  # fmt: skip

# Why a pair of the public list is not swapped, by its female side.
NO_PERSON = "not a word for persons (animal, body, medicine, thing, quality)"
SPELLING = "misspelt, or written with an underscore or as a possessive"
ASYMMETRIC = "the two sides do not mean the same"
INFORMAL = "informal: the male word is said of everybody, or the female one is disrespectful"
REASONS = {
    NO_PERSON: "dowry menopause clitoris obstetrics mare semen feminism estrogen "
    "estradiol viagra cow hen fillies doe filly lionesses vagina cows lioness ovum womb "
    "uterus hens toque toques mezzo "
    "effeminate mothered",
    SPELLING: "godesses adultresses adultress godess seamstress' barnoesses female_ejaculation "
    "hair_salon skene_gland heros",
    ASYMMETRIC: "witches witch diva spinster spinsters governesses governess maiden miss mistress "
    "mistresses maid maids lesbian lesbians",
    INFORMAL: "chick chicks minx minxes wench wenches belle belles ma",
}
_REASON_OF = {word: reason for reason, words in REASONS.items() for word in words.split()}
# The same person in other words: accepted in place of the list's own counterpart.
SYNONYMS = {
    "lord": "gentleman", "fellas": "gentlemen", "fella": "gentleman", "gents": "gentlemen",
    "lords": "gentlemen", "mentleman": "gentleman", "bridegrooms": "grooms", "bridegroom": "groom",
    "hubby": "husband", "papa": "dad", "priest": "monk", "priests": "monks", "fiance": "fiancé",
    "fiances": "fiancés", "manservants": "menservants", "male_host": "host", "heros": "heroes",
    "chap": "lad", "dude": "guy", "dudes": "guys", "ballet_dancer": "ballet dancer",
}  # fmt: skip

# Pronouns are read by what follows them.
_IN_CONTEXT = {
    ("her", "his"): ("It is her own desk.", "It is his own desk."),
    ("her", "him"): ("We met her.", "We met him."),
    ("hers", "his"): ("It is hers.", "It is his."),
    ("mrs.", "mr."): ("We met Mrs. Smith.", "We met Mr. Smith."),
}


class Row(NamedTuple):
    """One line of the table."""

    source: str
    n: int
    decided: int
    correct: int

    def __str__(self) -> str:
        share = f"{self.correct / self.decided:.1%}" if self.decided else "none decided"
        return f"{self.source:34}{self.n:>7}{self.decided:>9}{self.correct:>9}  {share}"


def winogender_style() -> Iterator[tuple[str, str]]:
    """Yield sentences written for this purpose with their twins, in both directions."""
    for female, male in _FRAMES:
        for job in _JOBS:
            yield female.format(job), male.format(job)
            yield male.format(job), female.format(job)


def judged(source: str, pairs: list[tuple[str, str]]) -> Row:
    """Return how many of the sentences are decided, and how many of these as expected."""
    done = [(swap_text(text), expected) for text, expected in pairs]
    valid = [(swap, expected) for swap, expected in done if swap.valid]
    pronouns = [(s, e) for s, e in valid if {c.before.lower() for c in s.changes} <= PRONOUNS]
    right = sum(swap.text.lower() == expected.lower() for swap, expected in pronouns)
    return Row(source, len(pairs), len(pronouns), right)


def hatecheck(folder: Path) -> Row:
    """Return how many HateCheck texts with "her", "his" or "hers" are read as a person read them.

    The file beside this one says, for each of them, what its pronouns become.
    """
    with (folder / "test_suite_cases.csv").open(encoding="utf-8", newline="") as file:
        texts = {row["case_id"]: row["test_case"] for row in csv.DictReader(file)}
    with READINGS.open(encoding="utf-8", newline="") as file:
        expected = {row["case_id"]: row["expected"].split() for row in csv.DictReader(file)}
    swaps = {case: swap_text(texts[case]) for case in expected}
    valid = {case: swap for case, swap in swaps.items() if swap.valid}
    right = sum(
        [c.after for c in swap.changes if c.before.lower() in ("her", "his", "hers")]
        == expected[case]
        for case, swap in valid.items()
    )
    return Row("HateCheck, every her and his", len(expected), len(valid), right)


def coverage(folder: Path) -> tuple[Row, dict[str, str]]:
    """Return how many pairs of the public word list are swapped, and why the rest is not."""
    sides = [(folder / f"{s}_word_file.txt").read_text("utf-8").split() for s in ("female", "male")]
    pairs = list(dict.fromkeys(zip(*sides, strict=True)))
    missing = [(f, m) for f, m in pairs if not covered(f, m)]
    rest = {f"{f}/{m}": _REASON_OF.get(f, "NO REASON WRITTEN DOWN") for f, m in missing}
    persons = [(f, m) for f, m in pairs if f not in _REASON_OF]
    return Row("pairs of words", len(pairs), len(persons), sum(covered(*p) for p in persons)), rest


def covered(female: str, male: str) -> bool:
    """Whether a side is swapped to the other, or to an accepted synonym of it.

    One direction is enough: an actress becomes an actor, but an actor may be a woman.
    """
    to_male = swap_text(f"We met the {female}.").text
    to_female = swap_text(f"We met the {male}.").text
    expected = {f"We met the {word}." for word in (male, SYNONYMS.get(male, male))}
    if (female, male) in _IN_CONTEXT:
        text, swapped = _IN_CONTEXT[female, male]
        return swap_text(text).text == swapped
    return to_male in expected or to_female == f"We met the {female}."


def main(data: Path) -> None:
    """Print the table."""
    print(f"{'source':34}{'n':>7}{'decided':>9}{'correct':>9}")
    print(judged("WinoBias, both ways", list(twins(data / "winobias"))))
    print(judged("Winogender style, written by us", list(winogender_style())))
    print(hatecheck(data / "hatecheck_en"))
    row, rest = coverage(data / "gender_words")
    print(f"\n{'':34}{'all':>7}{'persons':>9}{'covered':>9}")
    print(row)
    for pair, reason in sorted(rest.items(), key=lambda item: (item[1], item[0])):
        print(f"    {pair:34}{reason}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else DATA)
