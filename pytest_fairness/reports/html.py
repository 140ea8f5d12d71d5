"""Outcomes as one page that needs nothing but itself: no network, no script to be read."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timezone
from importlib import resources
from pathlib import Path
from typing import Any

from pytest_fairness.errors import MissingPackageError
from pytest_fairness.outcome import Outcome
from pytest_fairness.reports.account import Account
from pytest_fairness.reports.columns import visible
from pytest_fairness.reports.files import check_place, write_whole
from pytest_fairness.reports.json_report import settings_dict, tool_version
from pytest_fairness.reports.view import page_of

TITLE = "Fairness report"
_UNIT = re.compile(r"(?<=\d) (?=%|pp\b)")


def write_html(
    path: str | os.PathLike[str],
    outcomes: Iterable[Outcome],
    *,
    before: Iterable[Outcome] | None = None,
    settings: Any = None,
    notes: Sequence[str] = (),
    account: Account | None = None,
    title: str = TITLE,
    written: datetime | None = None,
) -> Path:
    """Write `outcomes` to one HTML file that opens anywhere, offline.

    Parameters
    ----------
    path : path
        The file; its folder must exist.
    outcomes : iterable of Outcome
    before : iterable of Outcome, optional
        Outcomes of the same checks before a repair: both are then shown in one picture.
    settings : mapping or dataclass, optional
        Settings of the run, printed at the end.
    notes : sequence of str, optional
        What is to be said of all outcomes together, printed at the top.
    account : Account, optional
        How a repair ended: the page begins with that, and not with how many checks pass.
    title : str
    written : datetime, optional
        What the page says about when it was written; now by default.

    Raises
    ------
    MissingPackageError
        If Jinja2 is not installed.
    ArgumentError
        If the folder does not exist.
    """
    check_place(path)
    page = render_html(
        outcomes,
        before=before,
        settings=settings,
        notes=notes,
        account=account,
        title=title,
        written=written,
    )
    return write_whole(path, page.encode("utf-8"))


def render_html(
    outcomes: Iterable[Outcome],
    *,
    before: Iterable[Outcome] | None = None,
    settings: Any = None,
    notes: Sequence[str] = (),
    account: Account | None = None,
    title: str = TITLE,
    written: datetime | None = None,
) -> str:
    """Return the page that `write_html` writes."""
    template = _environment().get_template("report.html.j2")
    page = page_of(
        list(outcomes),
        title=title,
        settings=settings_dict(settings),
        notes=notes,
        account=account,
        before=None if before is None else list(before),
        version=tool_version(),
        written=written or datetime.now(timezone.utc),
    )
    return str(template.render(page=page, **_assets()))


def _environment() -> Any:
    try:
        import jinja2
    except ImportError as err:
        raise MissingPackageError.for_feature("An HTML report", "jinja2", "report") from err
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_template),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["units"] = _bind_units
    return environment


def _template(name: str) -> str:
    return resources.files(__package__).joinpath("templates", name).read_text(encoding="utf-8")


def _shown(value: Any) -> Any:
    """Show characters that would act, such as direction overrides, instead of letting them."""
    if type(value) is str:  # not Markup, which is our own
        return visible(value, keep="\n\t")
    return value


def _bind_units(text: str) -> str:
    """Keep a number and its unit on one line."""
    return _UNIT.sub("\u00a0", text)


def _assets() -> dict[str, Any]:
    """Return style and script with the hashes by which the page's policy lets only these two in."""
    from markupsafe import Markup

    style, script = _template("report.css"), _template("report.js")
    return {
        "style": Markup(style),
        "script": Markup(script),
        "style_hash": _hash(style),
        "script_hash": _hash(script),
    }


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode()
