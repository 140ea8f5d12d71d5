"""Where a server is and which of its models is meant."""

from __future__ import annotations

from urllib.parse import urlsplit

from pytest_fairness.errors import ArgumentError

_SCHEMES = ("http", "https")
_EXAMPLE = "http://127.0.0.1:8000/v1#MODEL"


def is_address(name: str) -> bool:
    """Whether a model's name is the address of a server.

    Examples
    --------
    >>> is_address("http://127.0.0.1:8000/v1#MODEL"), is_address("models/toxicity")
    (True, False)
    """
    return name.startswith(tuple(f"{scheme}://" for scheme in _SCHEMES))


def split_address(address: str) -> tuple[str, str]:
    """Return the URL of the server and the name of the model.

    Raises
    ------
    ArgumentError
        If no model is named after ``#``.

    Examples
    --------
    >>> split_address("http://127.0.0.1:8000/v1#meta/llama")
    ('http://127.0.0.1:8000/v1', 'meta/llama')
    """
    url, _, model = address.partition("#")
    if not model:
        checked = check_url(url)
        raise ArgumentError(
            f"model={checked!r} names a server and none of its models. Write the model after #, as "
            f"in {_EXAMPLE}."
        )
    return check_url(url), model


def check_url(url: str) -> str:
    """Return a server's URL without a slash at its end.

    Raises
    ------
    ArgumentError
        If it is no URL, or if it carries a password or a query: keys do not belong there.
    """
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.query:  # its text may be a secret, so the message has none
        raise ArgumentError(
            "The URL of an endpoint holds a user, a password or a query. Give the plain URL, and "
            "put the key into an environment variable that api_key_env= names."
        )
    if parts.scheme not in _SCHEMES or not parts.hostname:
        raise ArgumentError(
            f"base_url={url!r} is no http or https URL. Give one such as {_EXAMPLE.split('#')[0]}."
        )
    return url.rstrip("/")
