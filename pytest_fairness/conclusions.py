"""What can be said of all outcomes of a session together, and of no single one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from pytest_fairness.outcome import GroupRate, Outcome, Verdict

BASE_RATE = "base rate"
_ERROR_RATES = ("equalized_odds", "average_", "false_positive_rate", "false_negative_rate")
_CALIBRATION = ("ece", "calibration", "mean_residual")


def conclusions(outcomes: Iterable[Outcome], *, alpha: float, sharing: str) -> tuple[str, ...]:
    """Return sentences on a session's outcomes: what its verdicts add up to, what cannot hold.

    Parameters
    ----------
    outcomes : iterable of Outcome
    alpha : float
        Chance of a false failure that the session accepts.
    sharing : {"session", "check"}
        Whether the checks share it.
    """
    listed = list(outcomes)
    chance = f"{shared_alpha(listed, alpha, sharing)}{_full_counts(listed)}"
    found = (chance, impossibility(listed))
    return tuple(sentence for sentence in found if sentence)


def shared_alpha(outcomes: Sequence[Outcome], alpha: float, sharing: str) -> str:
    """Say how likely a false failure is in the whole session, and how that was arranged."""
    checks = [o for o in outcomes if _is_inference(o)]
    if not checks:
        return ""
    own = [o for o in checks if o.share == 1.0]
    shared = [o for o in checks if o.share < 1.0]
    if sharing == "check" or not shared:
        return _unshared(own or checks, len(checks))
    total = min(1.0, alpha + sum(o.alpha for o in own))
    if len(checks) == 1:
        chance = f"{100 * alpha:.3g} %"
        return f"The chance that the population check failed falsely is at most {chance}."
    parts = [
        f"The chance that any of the {len(checks):,} population checks failed falsely is at most "
        f"{100 * total:.3g} %: the session's tests share alpha {alpha:g} (Bonferroni)"
    ]
    if own:
        parts.append(f"; {_count(len(own), 'check')} with an alpha of {_its(own)} own added to it")
    return "".join(parts) + "." + _holm(shared, alpha)


def expected_failures(outcomes: Iterable[Outcome], sound: Collection[str]) -> tuple[str, ...]:
    """Say which failed checks stand in tests that did not fail, whose names are `sound`."""
    failed = [o.test for o in outcomes if o.verdict is Verdict.FAIL and o.test in sound]
    if not failed:
        return ()
    tests = list(dict.fromkeys(map(str, failed)))
    more = f" and {len(tests) - 3:,} more" if len(tests) > 3 else ""
    stand = "stands in a test" if len(failed) == 1 else "stand in tests"
    return (
        f"{_count(len(failed), 'failed check')} {stand} that did not fail, so the failure was "
        f"expected there: {', '.join(tests[:3])}{more}.",
    )


def _full_counts(outcomes: Sequence[Outcome]) -> str:
    """Say how many checks counted everything that they speak of, beside those that did not."""
    full = [o for o in outcomes if o.tolerance.name != "tolerance" and not _is_inference(o)]
    if not full or not any(map(_is_inference, outcomes)):
        return ""
    verb = "is a full count" if len(full) == 1 else "are full counts"
    return f" {_count(len(full), 'more check')} {verb}, which chance cannot make fail falsely."


def _is_inference(outcome: Outcome) -> bool:
    """Whether a verdict could be false by chance: single pairs and full counts could not."""
    evidence = outcome.evidence
    return outcome.tolerance.name != "tolerance" and evidence.n != evidence.population


def _unshared(own: Sequence[Outcome], n: int) -> str:
    if n == 1:
        return ""
    total = min(1.0, sum(o.alpha for o in own))
    return (
        f"The chance that any of the {n:,} population checks failed falsely is at most "
        f"{100 * total:.3g} %: each spends its own alpha."
    )


def _holm(shared: Sequence[Outcome], alpha: float) -> str:
    """Say which more checks Holm's steps down would fail, once all p-values are known."""
    from pytest_fairness.evidence import adjust_p_values

    known = [o for o in shared if o.evidence.p_value is not None]
    if not known:
        return ""
    adjusted = adjust_p_values([o.evidence.p_value for o in known], method="holm")
    more = [
        o
        for o, p in zip(known, adjusted, strict=True)
        if p <= alpha and o.verdict is Verdict.INCONCLUSIVE
    ]
    if not more:
        return ""
    names = ", ".join(f"{o.metric} of {o.test or 'a check'}" for o in more)
    return f" Holm's steps over all of them, which need every p-value, would also fail {names}."


def impossibility(outcomes: Sequence[Outcome]) -> str:
    """Say that calibration within groups and equal error rates exclude each other, where they do.

    With different base rates no imperfect classifier has both (Kleinberg, Mullainathan and
    Raghavan 2016; Chouldechova 2017).
    """
    calibration = _base_rates(outcomes, _CALIBRATION)
    error_rates = _base_rates(outcomes, _ERROR_RATES)
    for rates in calibration:
        if rates in error_rates and _differ(rates):
            return (
                "Both calibration within groups and equal error rates are asserted, and base rates "
                f"differ between groups ({_listed(rates)}): only a perfect model can have both "
                "(Kleinberg et al. 2016; Chouldechova 2017). Decide which one matters here."
            )
    return ""


def _base_rates(
    outcomes: Sequence[Outcome], metrics: tuple[str, ...]
) -> list[tuple[GroupRate, ...]]:
    """Return the base rates of the data on which any of the metrics was asserted."""
    found = (
        tuple(sorted((r for r in o.evidence.groups if r.quantity == BASE_RATE), key=_name))
        for o in outcomes
        if o.metric.startswith(metrics)
    )
    return [rates for rates in found if rates]


def _name(rate: GroupRate) -> str:
    return rate.group


def _differ(rates: Sequence[GroupRate]) -> bool:
    """Whether base rates differ by more than chance would have them."""
    from pytest_fairness.evidence import gap_interval

    counts = {r.group: (round(r.value * r.n), r.n) for r in rates if r.value is not None and r.n}
    return len(counts) > 1 and gap_interval({BASE_RATE: counts}).low > 0


def _listed(rates: Sequence[GroupRate], most: int = 4) -> str:
    known = sorted((r for r in rates if r.value is not None), key=lambda r: r.value or 0.0)
    shown = known if len(known) <= most else [*known[: most // 2], *known[-(most // 2) :]]
    return ", ".join(f"{r.group} {100 * (r.value or 0.0):.3g} %" for r in shown)


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _its(checks: Sequence[Outcome]) -> str:
    return "its" if len(checks) == 1 else "their"
