"""Templates that make few pairs, hidden by others that make many.

Every pair of a space weighs the same, so that one template with names, which makes thousands of
pairs, outweighs all those with pronouns, which make one or two. The verdict stays with the pairs;
what it hides is said beside it.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping

from pytest_fairness.assertions.seen import Seen
from pytest_fairness.assertions.sides import ask_both
from pytest_fairness.evidence import clopper_pearson
from pytest_fairness.models import Model
from pytest_fairness.perturb import Pair, Space

HIDDEN = "The space as a whole keeps the limit"  # how each such note begins
OUTWEIGHED = f"{HIDDEN}, since every pair weighs the same."  # and one on many templates
_ENOUGH = 20  # pairs of a template that show whether it breaks the limit throughout
_MOST = 200  # templates of which at least one pair is looked at, whatever was planned
_SHOWN = 3


def hidden_templates(
    model: Model, seen: Seen, space: Space, limit: float, alpha: float, seed: int
) -> tuple[str, ...]:
    """Say whether templates break the limit that the space as a whole keeps.

    Some more pairs are scored for this alone, of templates that were hardly seen: an eighth of what
    was planned, or one of each template.

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
        Shared by the templates, where some of one's pairs stand for all.
    seed : int
    """
    pairs = list(seen.sample.pairs[: seen.n])
    flipped = seen.sides.flips.tolist()
    most = max(len(seen.sample.pairs) // 8, min(len(space.places), _MOST))
    if more := list(_hardly_seen(space, pairs, most, seed)):
        pairs += more
        flipped += ask_both(model, more).flips.tolist()
    counts = Counter(pair.source for pair in pairs)
    flips = Counter(p.source for p, f in zip(pairs, flipped, strict=True) if f)
    sure = 1 - alpha / len(counts)
    low = {t: clopper_pearson(k, counts[t], confidence=sure).low for t, k in flips.items()}
    # where all pairs of a template were seen, its rate is no estimate
    least = {
        t: k / counts[t] if counts[t] == len(space.places[t]) else low[t] for t, k in flips.items()
    }
    if (mean := sum(least.values()) / len(space.places)) > limit:
        return (_told(mean, flips, counts, least),)
    worst = max(low, key=lambda template: low[template], default=None)
    if worst is None or low[worst] <= limit:
        return ()
    return (
        f"{HIDDEN}, but of {worst!r} {flips[worst]} of {counts[worst]} pairs flip. Other templates "
        "make up for it: give it a check of its own.",
    )


def _told(
    mean: float, flips: Mapping[str, int], counts: Mapping[str, int], least: Mapping[str, float]
) -> str:
    order = sorted(least, key=lambda template: (-least[template], template))
    shown = "; ".join(f"of {t!r} {flips[t]} of {counts[t]} flip" for t in order[:_SHOWN])
    more = f"; and {len(order) - _SHOWN} templates more" if len(order) > _SHOWN else ""
    return (
        f"{OUTWEIGHED} If every template weighed the same, the rate would be "
        f"{100 * mean:.1f} % or more: {shown}{more}. Templates with few pairs weigh little beside "
        "those with many: give them a check of their own, with min_pairs= pairs or more."
    )


def _hardly_seen(space: Space, pairs: list[Pair], most: int, seed: int) -> Iterator[Pair]:
    """Yield up to `most` pairs of templates with few among `pairs`, in turn."""
    counts = Counter(pair.source for pair in pairs)
    known = {(pair.original, pair.variant) for pair in pairs}
    waiting = [
        (template, iter(random.Random(seed).sample(places, min(len(places), 2 * _ENOUGH))))
        for template, places in space.places.items()
        if places
    ]
    waiting.sort(key=lambda one: counts[one[0]])
    while waiting and most > 0:
        again = []
        for template, places in waiting:
            size = len(space.places[template])
            if counts[template] >= (size if size <= 2 * _ENOUGH else _ENOUGH) or most <= 0:
                continue
            fresh = (space.with_partner(place)[0] for place in places)
            pair = next((p for p in fresh if (p.original, p.variant) not in known), None)
            if pair is not None:
                known.add((pair.original, pair.variant))
                counts[template] += 1
                most -= 1
                again.append((template, places))
                yield pair
        waiting = again
