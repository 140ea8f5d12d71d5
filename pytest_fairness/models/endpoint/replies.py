"""What came back from a server: an answer, a reason to ask again, or a reason to stop."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pytest_fairness.models.endpoint.retry import asked_wait

_TRANSIENT = (408, 409, 425, 429)
_LONGEST = 300  # characters of a server's message that are shown


@dataclass(frozen=True)
class Reply:
    """One attempt at a request.

    Attributes
    ----------
    body : dict or None
        The answer, where there is one.
    problem : str
        Why there is none.
    again : bool
        Whether a later attempt may do better.
    wait : float or None
        Seconds that the server asks to wait.
    status : int or None
        HTTP status, where the server answered at all.
    """

    body: dict[str, Any] | None = None
    problem: str = ""
    again: bool = False
    wait: float | None = None
    status: int | None = None


def from_content(content: str, clean: Callable[[Any], Any] = lambda body: body) -> Reply:
    """Read the body of an answer with status 200, cleaned of what nobody may see.

    Examples
    --------
    >>> from_content('{"choices": [').problem
    'the answer is not valid JSON'
    >>> from_content('{"choices": [{"text": "Paris"}]}').body
    {'choices': [{'text': 'Paris'}]}
    """
    try:
        body = clean(json.loads(content))
    except ValueError:
        return Reply(problem="the answer is not valid JSON", again=True, status=200)
    problem = _flaw(body)
    if problem:
        return Reply(problem=problem, again=True, status=200)
    return Reply(body=body, status=200)


def from_status(status: int, body: Any, headers: Mapping[str, str]) -> Reply:
    """Read an answer that reports an error."""
    message = _message(body)
    used_up = status == 429 and "insufficient_quota" in json.dumps(body, default=str)
    return Reply(
        problem=f"HTTP {status}{': ' if message else ''}{message}",
        again=(status in _TRANSIENT or status >= 500) and not used_up,
        wait=asked_wait(headers),
        status=status,
    )


def next_step(reply: Reply, *, model: str, variable: str | None, has_key: bool) -> str:
    """Return what a user should do about a reply that ended a request."""
    if reply.status in (401, 403):
        if variable is None:
            return "Name the environment variable that holds its key with api_key_env=."
        holds = "is set, but its key is refused" if has_key else "is not set"
        return f"The environment variable {variable} {holds}. Put a valid key into it."
    if "chat template" in reply.problem.lower():
        return (
            "A model that was not trained for chats continues prompts as they are with chat=False; "
            "one that was is served with its template."
        )
    if reply.status is not None and 400 <= reply.status < 500 and not reply.again:
        return (
            f"Check that the server serves a model of the name {model!r}, that its URL ends right "
            "(most end in /v1), and that it takes such requests: one that wants "
            "'max_completion_tokens' is given limit_field='max_completion_tokens', and further "
            "fields go into extra=."
        )
    if reply.status is None:
        return (
            "Check that the server runs and that its URL is right; a slow one is given more time "
            "by timeout=. To run without it, record a cache and pass mode='replay'."
        )
    return (
        "Try again later, or with fewer requests at a time (concurrency=) or more patience "
        "(max_retries=). Answers so far are in the cache."
    )


def _flaw(body: Any) -> str:
    """Return what is wrong with the shape of an answer, an empty string where nothing is."""
    if not isinstance(body, dict):
        return f"the answer is a {type(body).__name__}, not a JSON object"
    choices = body.get("choices")
    if body.get("error") and not choices:
        return f"the server reports an error: {_message(body)}"
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return "the answer has no choices"
    if not isinstance(choices[0].get("message"), dict) and "text" not in choices[0]:
        return "the answer's choice has neither a message nor a text"
    return ""


def _message(body: Any) -> str:
    """Return the sentence in an error's body, wherever this server puts it."""
    found = body
    for name in ("error", "message", "detail"):
        if isinstance(found, Mapping) and name in found:
            found = found[name]
    text = found if isinstance(found, str) else json.dumps(found, default=str) if found else ""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
