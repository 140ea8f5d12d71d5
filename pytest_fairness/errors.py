"""The tree of errors.

::

    FairnessError
    ├── ArgumentError          (ValueError)      a value that cannot be used
    ├── ArgumentTypeError      (TypeError)       a value of the wrong kind
    ├── ModelError             (RuntimeError)    a model that cannot be loaded, or answers wrongly
    ├── MissingPackageError    (ImportError)     a feature whose package is not installed
    ├── MitigationError        (RuntimeError)    a repair that cannot start
    └── FairnessFailure        (AssertionError)  a check that did not pass; carries its outcome
    FairnessWarning            (UserWarning)     worth knowing, not worth stopping for
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_fairness.outcome import Outcome


class FairnessError(Exception):
    """Base of every error that this package raises on purpose."""


class ArgumentError(FairnessError, ValueError):
    """A value lies outside what is accepted; the message names it and the next step."""


class ArgumentTypeError(FairnessError, TypeError):
    """A value is of the wrong kind; the message names it and the next step."""


class ModelError(FairnessError, RuntimeError):
    """A model cannot be loaded, or returned something that cannot be judged."""


class MissingPackageError(FairnessError, ImportError):
    """A feature needs a package that is not installed; the message has the install line."""

    @classmethod
    def for_feature(cls, feature: str, package: str, extra: str) -> MissingPackageError:
        """Name the feature, the package and the install line in one sentence."""
        return cls(
            f"{feature} needs {package}, which is not installed. "
            f"Install it with: pip install 'pytest-fairness[{extra}]'."
        )


class MitigationError(FairnessError, RuntimeError):
    """A repair cannot start, or has nothing to work on."""


class FairnessFailure(FairnessError, AssertionError):
    """A fairness check did not pass.

    Attributes
    ----------
    outcome : Outcome
        The whole record of the check: evidence, verdict, tolerance, worst examples.
    """

    def __init__(self, message: str, outcome: Outcome) -> None:
        super().__init__(message)
        self.outcome = outcome

    def __reduce__(self) -> tuple[type[FairnessFailure], tuple[str, Outcome]]:
        return type(self), (str(self), self.outcome)


class FairnessWarning(UserWarning):
    """Something a reader of the verdict should know, such as texts cut at the model's limit."""
