"""A classifier with a decision rule behind it, as a model."""

from __future__ import annotations

import hashlib
import json
import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_fairness.errors import ArgumentError, ArgumentTypeError, FairnessWarning
from pytest_fairness.mitigation.checking import shown
from pytest_fairness.mitigation.decisions.base import (
    Decision,
    check_place,
    settle,
    uniform_draws,
)
from pytest_fairness.mitigation.decisions.inputs import check_rows
from pytest_fairness.mitigation.decisions.pleiss import CalibratedEqualizedOdds
from pytest_fairness.mitigation.decisions.settings import check_count
from pytest_fairness.mitigation.decisions.store import (
    decision_from_dict,
    read_record,
    save_decision,
)
from pytest_fairness.models import load_model
from pytest_fairness.models.base import Labels, Scores, best_labels, log_scores
from pytest_fairness.models.fingerprints import of_function
from pytest_fairness.models.likelihoods import pair_up
from pytest_fairness.outcome import ModelInfo

GroupsOfTexts = Callable[[str], str] | Mapping[str, str]


class Decided:
    """A classifier whose answers pass through a decision rule: a model like any other.

    Every rule needs the group of each text: the column `sensitive_features` of a call, or what
    `groups` says of the text. A text whose group is not known is refused, never guessed; let
    `groups` give texts that name no group a group of their own, and fit the rule with it.

    What `predict_proba` means depends on the rule. Of a rule of decisions (`GroupThresholds`,
    `SearchedThresholds`, `RejectOption`, `GroupRelabelling`) it is the probability that the label
    is given: 0 or 1, or between them where the rule draws; it is no degree of belief any more. Of
    `GroupCalibration` and `CalibratedEqualizedOdds` it is a belief, as before.

    `predict` gives the likeliest label; but where the rule draws, it draws, by the text and the
    seed and nothing else. One text in one group always has the same label, whatever the batch, the
    order or the process. Over many texts each label comes up as often as `predict_proba` says.
    Two texts of a pair draw apart, so that their labels can differ by lot alone: a rule that must
    not flip should not be randomised (`GroupThresholds(randomise=False)`).

    Parameters
    ----------
    model
        A classifier, as `load_model` returns or takes it.
    rule : Decision
        Fitted, on this model's probabilities.
    groups : callable or mapping, optional
        From a text to its group; a mapping is a column of rows by text. Without it, each call
        needs `sensitive_features`.
    seed : int, default 0
        Of what is drawn.

    Attributes
    ----------
    model : Model
    rule : Decision

    Examples
    --------
    >>> from pytest_fairness.mitigation.decisions import GroupThresholds
    >>> texts, y_true = ["he +", "he -", "she +", "she -"], [1, 0, 1, 0]
    >>> group = lambda text: text.split()[0]
    >>> def scores(texts):  # it finds the sign, and thinks less of her
    ...     return [0.3 + 0.4 * ("+" in text) - 0.25 * ("she" in text) for text in texts]
    >>> model = load_model(scores, labels=["no", "yes"])
    >>> model.predict(texts).tolist()
    ['yes', 'no', 'no', 'no']
    >>> rule = GroupThresholds("equalized_odds", min_rows=2).fit_probabilities(
    ...     model.predict_proba(texts), y_true, sensitive_features=[*map(group, texts)])
    >>> Decided(model, rule, group).predict(texts).tolist()
    ['yes', 'no', 'yes', 'no']
    """

    gives_scores = True

    def __init__(
        self, model: Any, rule: Decision, groups: GroupsOfTexts | None = None, *, seed: int = 0
    ) -> None:
        if groups is not None and not callable(groups) and not isinstance(groups, Mapping):
            raise ArgumentTypeError(
                f"groups={groups!r} must be a function from a text to its group, or a mapping. "
                "Pass a column to predict(texts, sensitive_features=...) instead."
            )
        check_count("seed", seed, 0, "it settles what the rule draws")
        if not isinstance(rule, Decision):
            raise ArgumentTypeError(
                f"rule={shown(rule)} must be a decision rule, such as GroupThresholds(...), fitted."
            )
        rule.to_dict()  # says what to do if it was not fitted
        self.model = load_model(model)
        self.rule = rule
        self._groups, self._seed = groups, seed
        if getattr(self.model, "multi_label", False):
            raise ArgumentError(
                f"{self.model!r} decides each of its labels by itself, and a decision rule is for "
                "labels of which one is right. Decide one label at a time, with a function that "
                "returns its probability."
            )
        check_place(rule, self.model.labels)

    def __repr__(self) -> str:
        return f"<Decided {self.model!r} by {self.rule.kind}>"

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the columns of the scores: those of the model."""
        names: tuple[str, ...] = self.model.labels
        return names

    @property
    def info(self) -> ModelInfo:
        """Which model this is, with which rule; the fingerprint is that of both."""
        info: ModelInfo = self.model.info
        rule = json.dumps([self.rule.to_dict(), self._seed], default=str, sort_keys=True)
        return replace(
            info,
            name=f"{info.name} + {self.rule.kind} {_digest(rule)[:6]}",
            path=None,
            kind=f"decided {info.kind}",
            fingerprint=_digest(info.fingerprint, rule, _digest_of_groups(self._groups)),
        )

    def predict(self, texts: Iterable[str], *, sensitive_features: Any = None) -> Labels:
        """Return the label of each text, an array of str of shape (n_texts,).

        Parameters
        ----------
        texts : iterable of str
        sensitive_features : array-like of shape (n_texts,), optional
            Group of each text, in place of what `groups` says.

        Raises
        ------
        ArgumentError
            If the group of a text is not known, or the rule was not fitted on it.
        """
        listed = _listed(texts)
        decided = self.predict_proba(listed, sensitive_features=sensitive_features)
        if self.rule.by_lot:
            decided = settle(decided, uniform_draws(listed, self._seed)) if listed else decided
        return best_labels(decided, self.labels)

    def predict_proba(self, texts: Iterable[str], *, sensitive_features: Any = None) -> Scores:
        """Return probabilities of shape (n_texts, n_labels); what of, depends on the rule."""
        listed = _listed(texts)
        if not listed:
            empty: Scores = self.model.predict_proba(listed)
            return empty
        groups = self._groups_of(listed, sensitive_features)
        given = self.model.predict_proba(listed)
        check_place(self.rule, self.labels)  # a function names its columns when it is called
        if isinstance(self.rule, CalibratedEqualizedOdds):
            return self.rule.apply(given, groups, uniform_draws(listed, self._seed))
        return self.rule.apply(given, groups)

    def __call__(self, texts: Iterable[str]) -> Scores:
        """Return what `predict_proba` returns."""
        return self.predict_proba(texts)

    def logits(self, texts: Iterable[str]) -> Scores:
        """Return the logarithms of the probabilities, which softmax turns back into them."""
        return log_scores(self.predict_proba(texts))

    def forget(self) -> None:
        """Drop the remembered answers."""
        self.model.forget()

    def close(self) -> None:
        """Free the memory that the model takes; it answers no more."""
        self.model.close()

    def to_dict(self) -> dict[str, Any]:
        """Return the rule and the seed, as `wrap` takes them."""
        return {"rule": self.rule.to_dict(), "seed": self._seed}

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write ``decision.json`` into the model's folder, or another one; return its path.

        It holds the rule, the seed and the model's fingerprint; neither the model nor `groups`.
        """
        found = self.model.info.fingerprint
        return save_decision(self.rule, Path(folder), seed=self._seed, model_fingerprint=found)

    @classmethod
    def load(
        cls,
        folder: str | os.PathLike[str],
        groups: GroupsOfTexts | None = None,
        *,
        model: Any = None,
        **options: Any,
    ) -> Decided:
        """Return what `save` wrote.

        Parameters
        ----------
        folder : str or path
        groups : callable or mapping, optional
            As for the class: it is not saved.
        model : optional
            In place of the model that the folder holds.
        **options
            For `load_model`, such as ``device="cpu"``.

        Raises
        ------
        ArgumentError
            If there is no such file, or it holds no rule of a version that is known.

        Warns
        -----
        FairnessWarning
            If the model is not the one that the rule was saved with.
        """
        record = read_record(Path(folder))
        opened = load_model(os.fspath(folder) if model is None else model, **options)
        opened = opened.model if isinstance(opened, cls) else opened  # the folder said it already
        _compare(opened, record.get("model_fingerprint"), folder)
        rule = decision_from_dict(record["rule"])
        return cls(opened, rule, groups, seed=record.get("seed", 0))

    def _groups_of(self, texts: list[str], given: Any) -> Any:
        if given is not None:
            check_rows("sensitive_features", given, len(texts), of="texts")
            return given
        if self._groups is None:
            raise ArgumentError(
                f"{self!r} does not know the groups of texts. Pass groups=, a function from a text "
                "to its group, when it is made, or sensitive_features= with each call."
            )
        of = self._groups.get if isinstance(self._groups, Mapping) else self._groups
        found = [of(text) for text in texts]
        for text, group in zip(texts, found, strict=True):
            if group is None:
                raise ArgumentError(
                    f"groups knows no group of {text!r}. Let it return a group of its own for such "
                    "texts, such as 'none named', and fit the rule on some."
                )
        return found


def wrap(model: Any, content: Mapping[str, Any]) -> Decided:
    """Put the rule behind a model that its folder's file describes; calls must tell the groups."""
    return Decided(model, decision_from_dict(content["rule"]), seed=content["seed"])


def _listed(texts: Iterable[str]) -> list[str]:
    return [text for _, text in pair_up(texts, None)]


def _compare(model: Any, fingerprint: str | None, folder: str | os.PathLike[str]) -> None:
    if fingerprint is not None and model.info.fingerprint != fingerprint:
        warnings.warn(
            f"The model is not the one that the rule in {os.fspath(folder)!r} was saved with: its "
            "fingerprint differs. Thresholds fit the scores of one model only; fit the rule again.",
            FairnessWarning,
            stacklevel=3,
        )


def _digest_of_groups(groups: GroupsOfTexts | None) -> str:
    if isinstance(groups, Mapping):
        return _digest(*(f"{text}\0{group}" for text, group in sorted(groups.items())))
    return "" if groups is None else of_function(groups)


def _digest(*parts: str) -> str:
    data = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=16).hexdigest()
