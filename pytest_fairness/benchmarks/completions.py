"""HONEST and BOLD: what a model writes on after an opening that speaks of somebody."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pytest_fairness.benchmarks.base import Benchmark, Number, Scores
from pytest_fairness.benchmarks.files import csv_rows, find, find_all, json_of
from pytest_fairness.benchmarks.numbers import (
    floats,
    gap_number,
    mean,
    mean_number,
    parts_of,
    spread_number,
)
from pytest_fairness.errors import ArgumentError
from pytest_fairness.metrics.hurtful import HurtfulWords, honest_score
from pytest_fairness.models.kinds import write_apart

_HONEST = "https://github.com/MilaNLProc/honest (resources/binary/LANGUAGE_template.tsv)"
_HURTLEX = "https://github.com/valeriobasile/hurtlex (lexica/EN/1.2/hurtlex_EN.tsv)"
_BOLD = "https://github.com/amazon-science/bold (prompts/DOMAIN_prompt.json)"
_FILLS, _SAMPLES = 20, 5
GAP = "[M]"


class Opening(NamedTuple):
    """A sentence with a gap at ``[M]``, of whom it speaks, and what tells whether a fill hurts."""

    text: str
    frame: str
    group: str
    kind: str
    hurts: Callable[[str], bool] | None


def read_honest(folder: Path) -> list[Opening]:
    """Read the published templates, and a HurtLex file where one lies beside them."""
    (path, *_) = find(folder, "*_template.tsv", _HONEST)
    columns = ("template_masked", "raw", "category", "type")
    hurts = _lexicon(folder)
    return [
        Opening(row["template_masked"], row["raw"], row["category"], row["type"], hurts)
        for row in csv_rows(path, columns, "\t")
    ]


def _lexicon(folder: Path) -> HurtfulWords | None:
    """Return the conservative entries, as published scores count them."""
    found = find_all(folder, "hurtlex_*.tsv")
    if not found:
        return None
    rows = csv_rows(found[0], ("lemma", "level"), "\t")
    return HurtfulWords(row["lemma"] for row in rows if row["level"] == "conservative")


def ask_honest(
    model: Any,
    items: Sequence[Opening],
    seed: int,
    *,
    top_k: int = _FILLS,
    samples: int = _SAMPLES,
    **options: Any,
) -> list[list[str]]:
    """Return the 20 likeliest words of a masked model, or 5 samples of a model that writes.

    Openings of one frame, whoever they speak of, meet the same chance.
    """
    if hasattr(model, "fill"):
        found = model.fill([item.text.replace(GAP, "[MASK]") for item in items], top_k=top_k)
        return [[word for word, _ in words] for words in found]
    prompts = [item.text.partition(GAP)[0].rstrip() for item in items]
    frames = {frame: i for i, frame in enumerate(dict.fromkeys(item.frame for item in items))}
    streams = [frames[item.frame] for item in items]
    options = {"max_new_tokens": 10, "chat": False} | options
    texts = write_apart(model, prompts, streams, n=samples, seed=seed, **options)
    return [[text.strip().partition("\n")[0] for text in row] for row in texts]


def score_honest(items: Sequence[Opening], answers: Sequence[Any]) -> Scores:
    """Return the share of completions that hurt, over all, by group and by type of template."""
    rows = [_hurtful(i, item, answer) for i, (item, answer) in enumerate(_pairs(items, answers))]
    parts = parts_of(items, lambda item: item.group, lambda item: item.kind)
    numbers = [_honest(c, [items[i] for i in p], [rows[i] for i in p]) for c, p in parts.items()]
    return Scores("honest", (*numbers, *_between_groups(items, rows)))


def _pairs(items: Sequence[Any], answers: Sequence[Any]) -> Iterator[tuple[Any, list[Any]]]:
    for item, answer in zip(items, answers, strict=True):
        yield item, [answer] if isinstance(answer, (str, float, int)) else list(answer)


def _hurtful(place: int, item: Opening, completions: Sequence[Any]) -> list[float]:
    texts = [c for c in completions if isinstance(c, str)]
    if not texts:
        return floats(completions)
    if item.hurts is None or len(texts) < len(completions):
        raise ArgumentError(
            f"answers[{place}] holds texts, and nothing tells whether they hurt. Place "
            f"hurtlex_EN.tsv beside the templates, as {_HURTLEX} publishes it, or give scorer=, "
            "such as a classifier of toxicity."
        )
    return [float(item.hurts(text)) for text in texts]


def _honest(category: str, items: Sequence[Opening], rows: Sequence[Sequence[float]]) -> Number:
    number = mean_number(
        "honest",
        [mean(row) for row in rows if row],
        fair=0.0,
        category=category,
        clusters=[item.frame for item, row in zip(items, rows, strict=True) if row],
        span=(0.0, 1.0),
        missing="There are no completions.",
    )
    honest_score([row for row in rows if row])  # refuses unequal numbers of completions
    return number


def _between_groups(items: Sequence[Opening], rows: Sequence[Sequence[float]]) -> list[Number]:
    shares: dict[str, list[float]] = {}
    frames: dict[str, list[str]] = {}
    for item, row in zip(items, rows, strict=True):
        if row:
            shares.setdefault(item.group, []).append(mean(row))
            frames.setdefault(item.group, []).append(item.frame)
    if len(shares) != 2:
        sides = list(shares.items())
        return [spread_number("honest_gap", sides, clusters=frames, span=(0.0, 1.0))]
    one, other = sorted(shares)
    return [
        gap_number("honest_gap", shares[one], shares[other], clusters=(frames[one], frames[other]))
    ]


class Prompt(NamedTuple):
    """The opening of a sentence of an encyclopaedia about one person or thing of a group."""

    domain: str
    group: str
    name: str
    text: str


def read_bold(folder: Path) -> list[Prompt]:
    """Read the published prompts of all domains that are there."""
    return [prompt for path in find(folder, "*_prompt.json", _BOLD) for prompt in _prompts(path)]


def _prompts(path: Path) -> Iterator[Prompt]:
    domain = path.name.removesuffix("_prompt.json")
    data = json_of(path)
    if not isinstance(data, dict) or not all(isinstance(v, dict) for v in data.values()):
        raise ArgumentError(
            f"{path} must map groups to names and names to prompts, as {_BOLD} publishes it."
        )
    for group, names in data.items():
        for name, texts in names.items():
            yield from (Prompt(domain, group, name, text) for text in texts)


def ask_bold(model: Any, items: Sequence[Prompt], seed: int) -> list[list[str]]:
    """Return one continuation of each prompt, with the same noise for all."""
    prompts = [item.text.rstrip() for item in items]
    texts: list[list[str]] = model.generate(prompts, n=1, seed=seed, max_new_tokens=30, chat=False)
    return texts


def score_bold(items: Sequence[Prompt], answers: Sequence[Any]) -> Scores:
    """Return the mean score of what was written of each group, and the gaps in each domain.

    What is scored is what the model wrote, without the prompt.
    """
    means = []
    for place, (_, answer) in enumerate(_pairs(items, answers)):
        if any(isinstance(value, str) for value in answer):
            raise ArgumentError(
                f"answers[{place}] holds texts. Give scorer=, from texts to numbers, such as the "
                "score of a classifier of toxicity or sentiment."
            )
        means.append(mean(floats(answer)))
    domains = parts_of(items, lambda item: item.domain)
    gaps = [_gap(d, places, items, means) for d, places in domains.items() if d != "all"]
    largest = max(gaps, key=lambda gap: (gap.value == gap.value, gap.value), default=None)
    overall = [] if largest is None else [_largest(largest, len(items))]
    groups = parts_of(items, lambda item: f"{item.domain}/{item.group}")
    numbers = [
        mean_number(
            "mean_score",
            [means[i] for i in places],
            category=category,
            clusters=[items[i].name for i in places],
        )
        for category, places in groups.items()
    ]
    return Scores("bold", (*overall, *gaps, *numbers))


def _largest(gap: Number, n: int) -> Number:
    return Number("largest_gap", abs(gap.value), 0.0, n, note=f"Of the domain {gap.category}.")


def _gap(
    domain: str, places: Sequence[int], items: Sequence[Prompt], means: Sequence[float]
) -> Number:
    sides: dict[str, list[int]] = {}
    for i in places:
        sides.setdefault(items[i].group, []).append(i)
    if len(sides) != 2:
        shares = [(group, [means[i] for i in part]) for group, part in sides.items()]
        names = {group: [items[i].name for i in part] for group, part in sides.items()}
        return spread_number("gap", shares, category=domain, clusters=names)
    one, other = (sides[group] for group in sorted(sides))
    return gap_number(
        "gap",
        [means[i] for i in one],
        [means[i] for i in other],
        category=domain,
        clusters=([items[i].name for i in one], [items[i].name for i in other]),
    )


HONEST = Benchmark(
    name="honest",
    title="HONEST",
    paper="Nozza, Bianchi and Hovy (2021), NAACL",
    language="en",
    licence="MIT; HurtLex has one of its own",
    address=f"{_HONEST}; {_HURTLEX}",
    files=("*_template.tsv", "hurtlex_*.tsv"),
    needs="fill|generate",
    read=read_honest,
    ask=ask_honest,
    score=score_honest,
    warning="A word of a lexicon may be harmless where it stands, and a sentence may hurt without "
    "one. Of models that write, a few samples are looked at in place of the likeliest words.",
    block=lambda item: item.frame,
    scored=True,
    blank=lambda _: [0.0],
)
BOLD = Benchmark(
    name="bold",
    title="BOLD, the Bias in Open-Ended Language Generation Dataset",
    paper="Dhamala et al. (2021), FAccT",
    language="en",
    licence="CC BY-SA 4.0",
    address=_BOLD,
    files=("*_prompt.json",),
    needs="generate",
    read=read_bold,
    ask=ask_bold,
    score=score_bold,
    warning="Prompts of different groups are different sentences, so that a gap may come from what "
    "they speak of. The scorer may be biased itself: test it first.",
    scored=True,
    blank=lambda _: [0.0],
)
