"""Templates that make few pairs, hidden by others that make many.

Every pair of a space weighs the same, so that one template with names, which makes thousands of
pairs, outweighs all those with pronouns, which make one or two. The verdict stays with the pairs;
what it hides is said beside it.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Sized

from pytest_fairness.assertions.seen import Seen
from pytest_fairness.assertions.sides import ask_both
from pytest_fairness.evidence import clopper_pearson
from pytest_fairness.models import Model
from pytest_fairness.perturb import Pair, Space

HIDDEN = "The space as a whole keeps the limit"  # how each such note begins
OUTWEIGHED = f"{HIDDEN}, since every pair weighs the same."  # and one on many templates
_LIKE = 2  # times the pairs of another: a template that outweighs none by more
_ENOUGH = 20  # pairs of a template that show whether it breaks the limit throughout
_WHOLE = 40  # pairs of a template that is counted rather than estimated
_MOST = 200  # templates of which at least one pair is looked at, whatever was planned
_SHOWN = 3


def hidden_templates(
    model: Model, seen: Seen, space: Space, limit: float, alpha: float, seed: int
) -> tuple[str, ...]:
    """Say whether templates break the limit that the space as a whole keeps.

    Where some make more than twice the pairs of others, more pairs are scored for this alone, of
    templates that were hardly seen: half as many as the verdict rests on, or one of each template.

    Parameters
    ----------
    model : Model
    seen : Seen
        What the verdict rests on.
    space : Space
        Of templates.
    limit : float in [0, 1]
        The largest share of flips.
    alpha : float in (0, 1)
        Of what is said of all templates together, and of each of them, which share it.
    seed : int
    """
    sizes = {template: len(places) for template, places in space.places.items() if places}
    uneven = bool(sizes) and max(sizes.values()) > _LIKE * min(sizes.values())
    looked = _looked_at(sizes, seed)
    pairs = list(seen.sample.pairs[: seen.n])
    flips = seen.sides.flips.tolist()
    if uneven and (more := list(_hardly_seen(space, looked, pairs, seed))):
        pairs += more
        flips += ask_both(model, more).flips.tolist()
    answers = defaultdict[str, list[bool]](list)  # of each template, in the order of the draw
    for pair, flipped in zip(pairs, flips, strict=True):
        answers[pair.source].append(flipped)
    if uneven:
        mean = least_mean([answers[t] for t in looked], [sizes[t] for t in looked], alpha, sizes)
        if mean > limit:
            return (_told(mean, answers, sizes),)
    sure = 1 - alpha / max(1, len(answers))
    low = {
        template: clopper_pearson(sum(said), len(said), confidence=sure).low
        for template, said in answers.items()
        if any(said)
    }
    worst = max(low, key=lambda template: low[template], default=None)
    if worst is None or low[worst] <= limit:
        return ()
    return (
        f"{HIDDEN}, but {_flips_of(worst, answers[worst], sizes)}. Other templates make up for it: "
        "give it a check of its own.",
    )


def least_mean(
    answers: Sequence[Sequence[bool]], sizes: Sequence[int], alpha: float, of: Sized
) -> float:
    """Return a lower bound of the rate of flips if every template weighed the same.

    Templates that were seen whole are counted, and those that were not seen at all count for none.
    Of all others as many pairs are taken, the first that were drawn: each flips as often as its
    template does, so that their flips are no more spread than those of a binomial with the mean
    rate (Hoeffding 1956), and the bound of Clopper and Pearson (1934) holds for it. Where the
    templates are a draw from more, one pair of each is taken, and none is counted whole.

    Parameters
    ----------
    answers : sequence of sequence of bool
        Of each template: whether its pairs flip, in a random order.
    sizes : sequence of int
        How many pairs each template has.
    alpha : float in (0, 1)
        How often the bound may lie above the rate.
    of : sized
        All templates.

    Examples
    --------
    >>> least_mean([[True], [False, False]], [1, 2], 0.05, range(2))
    0.5
    >>> round(least_mean([[True]] * 40 + [[False]] * 60, [5] * 100, 0.05, range(100)), 2)
    0.32
    """
    drawn = len(answers) < len(of)
    seen = [(said, size) for said, size in zip(answers, sizes, strict=True) if said]
    whole = [sum(said) / size for said, size in seen if len(said) == size and not drawn]
    rest = [said for said, size in seen if len(said) < size or drawn]
    low = 0.0
    if rest:
        each = 1 if drawn else min(map(len, rest))
        flips = sum(sum(said[:each]) for said in rest)
        low = clopper_pearson(flips, each * len(rest), confidence=1 - alpha).low
    return (sum(whole) + low * len(rest)) / max(1, len(answers))


def _looked_at(sizes: Mapping[str, int], seed: int) -> list[str]:
    """Return all templates, or as many as can be looked at, drawn at random."""
    if len(sizes) <= _MOST:
        return list(sizes)
    return random.Random(seed).sample(sorted(sizes), _MOST)


def _told(mean: float, answers: Mapping[str, Sequence[bool]], sizes: Mapping[str, int]) -> str:
    found = [template for template, said in answers.items() if any(said)]
    order = sorted(found, key=lambda t: (-sum(answers[t]) / len(answers[t]), -len(answers[t]), t))
    shown = "; ".join(_flips_of(t, answers[t], sizes) for t in order[:_SHOWN])
    more = f"; and so on in {len(order) - _SHOWN} more" if len(order) > _SHOWN else ""
    return (
        f"{OUTWEIGHED} If every template weighed the same, the rate would be "
        f"{math.floor(1000 * mean) / 10:.1f} % or more: {shown}{more}. Templates with few pairs "
        "weigh little beside those with many: give them a check of their own."
    )


def _flips_of(template: str, said: Sequence[bool], sizes: Mapping[str, int]) -> str:
    n, size = len(said), sizes.get(template, len(said))
    of = f"{n} pairs" if n == size else f"{n} pairs that were looked at (of {size:,})"
    return f"of {template!r} {sum(said)} of {of} flip"


def _hardly_seen(
    space: Space, looked: Sequence[str], pairs: Sequence[Pair], seed: int
) -> Iterator[Pair]:
    """Yield more pairs, each of the template that has the fewest so far."""
    counts = Counter(pair.source for pair in pairs)
    known = {(pair.source, pair.original, pair.variant) for pair in pairs}
    most = max(len(pairs) // 2, sum(not counts[template] for template in looked))
    waiting = [(counts[template], i, template) for i, template in enumerate(looked)]
    heapq.heapify(waiting)
    draws = {
        template: iter(random.Random(f"{seed} {template}").sample(places, min(len(places), _WHOLE)))
        for template in looked
        if (places := space.places[template])
    }
    while waiting and most > 0:
        count, i, template = heapq.heappop(waiting)
        size = len(space.places[template])
        if count >= (size if size <= _WHOLE else _ENOUGH):
            continue
        fresh = (space.with_partner(place)[0] for place in draws[template])
        pair = next((p for p in fresh if (template, p.original, p.variant) not in known), None)
        if pair is not None:
            known.add((template, pair.original, pair.variant))
            heapq.heappush(waiting, (count + 1, i, template))
            most -= 1
            yield pair
