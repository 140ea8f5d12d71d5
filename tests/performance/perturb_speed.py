"""How fast swaps and fillings are: ``python -m tests.performance.perturb_speed``.

Seconds are of processor time on one core, the best of three runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from pytest_fairness import counterfactuals
from pytest_fairness.perturb import swap_text

SENTENCES = (
    "I really dislike {} who talk too loudly.",
    "You are just a {} to me.",
    "She told him that {} are welcome here.",
    "Nobody should say such things about {}.",
    "Her neighbour thinks his {} moved away.",
)
WORDS = ("women", "men", "refugees", "girls", "teachers", "nurses", "mothers", "boys")


def rate(run: Callable[[], int]) -> float:
    """Return the items a second that `run`, which returns their number, gets through."""
    best = 0.0
    for _ in range(3):
        start = time.process_time()
        number = run()
        best = max(best, number / (time.process_time() - start))
    return best


def swaps() -> int:
    """Swap short sentences, most with a mention."""
    texts = [frame.format(word) for frame in SENTENCES for word in WORDS] * 50
    for text in texts:
        swap_text(text)
    return len(texts)


def fillings() -> int:
    """Fill a template with the pairs of a space, one by one."""
    space = counterfactuals(
        "{name} is a nurse in {city}; {pronoun} likes {possessive} work.", vary="gender"
    )
    number = min(20_000, len(space))
    for index in range(number):
        space[index]
    return number


def main() -> None:
    """Print both rates."""
    swap_text("warm")
    print(f"free-text swaps a second    {rate(swaps):>10,.0f}")
    print(f"template fillings a second  {rate(fillings):>10,.0f}")


if __name__ == "__main__":
    main()
