"""How who asks for a repair gives it what it needs: the words of messages that say what to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Caller:
    """The words for what a repair is given, in the language of whoever gives it.

    Attributes
    ----------
    rows, label, group : str
        How rows are given, and the columns of their labels and groups.
    steps, margin, method, retention : str
        How another number of steps, a larger margin, of some ``{name}``, another method, and more
        weight on what a classifier said before are asked for. Empty where they cannot be.
    leaving_out : str
        How a test is left out, in brackets behind a space.
    """

    rows: str
    label: str
    group: str
    steps: str = ""
    margin: str = ""
    method: str = ""
    retention: str = ""
    leaving_out: str = ""

    def larger(self, name: str) -> str:
        """Return how a larger margin is asked for, by the name of its setting."""
        return self.margin.format(name=name, option=name.replace("_", "-"))


PYTHON = Caller(
    rows='data=read_rows(FILE, label="COLUMN")',
    label='read_rows(FILE, label="COLUMN")',
    group='read_rows(..., group="COLUMN")',
    steps="MitigationConfig(max_steps=...)",
    margin="{name}=",
    method="MitigationConfig(method=...)",
    retention='MitigationConfig(objectives={"consistency": 1, "retention": 10})',
)
COMMAND = Caller(
    rows="--train FILE --label COLUMN",
    label="--label COLUMN",
    group="--group COLUMN",
    steps="--max-steps",
    margin="--{option}",
    method="--method",
    retention="--objective consistency=1 --objective retention=10",
    leaving_out=" (-- --deselect TEST)",
)
PLUGIN = Caller(
    rows="--fairness-train FILE, with the columns text and label",
    label="the column label",
    group="by `pytest-fairness mitigate`, with --train FILE --group COLUMN",
    leaving_out=" (--deselect TEST)",
)
