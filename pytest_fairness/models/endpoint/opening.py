"""From a server's URL and a model's name to an endpoint."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

from pytest_fairness.engine import Report
from pytest_fairness.errors import ArgumentError
from pytest_fairness.models.addresses import check_url
from pytest_fairness.models.endpoint.client import Client
from pytest_fairness.models.endpoint.endpoint import Endpoint
from pytest_fairness.models.endpoint.retry import Backoff
from pytest_fairness.models.endpoint.secret import Secret
from pytest_fairness.models.endpoint.store import Store
from pytest_fairness.models.endpoint.usage import Counter

Mode = Literal["use", "replay"]


def load_endpoint(
    base_url: str,
    model: str,
    *,
    api_key_env: str | None = "OPENAI_API_KEY",
    cache: str | os.PathLike[str] | None = None,
    mode: Mode = "use",
    concurrency: int = 8,
    timeout: float = 60.0,
    max_retries: int = 5,
    prices: tuple[float, float] | None = None,
    limit_field: str = "max_tokens",
    extra: Mapping[str, Any] | None = None,
    keep_filtered: bool = False,
    seed: int = 0,
    progress: bool | Report | None = None,
    backoff: Backoff | None = None,
) -> Endpoint:
    """Name a model behind an OpenAI-compatible server; nothing is asked yet.

    Parameters
    ----------
    base_url : str
        Such as ``"http://127.0.0.1:8000/v1"``: vLLM, llama.cpp, TGI, ``transformers serve``, or a
        hosted service.
    model : str
        As the server calls it.
    api_key_env : str, optional
        The environment variable that holds the key. None sends no key.
    cache : str or path, optional
        A file of SQLite that remembers answers, for several processes; by default answers are
        remembered until the endpoint is closed.
    mode : {"use", "replay"}
        ``"use"`` asks the server for what the cache lacks; ``"replay"`` never asks it, and needs
        neither server, key nor the openai package.
    concurrency : int
        Requests at a time.
    timeout : float
        Seconds for one attempt.
    max_retries : int
        How often a request is sent again after status 429 or 5xx, a timeout, a cut connection or
        an answer that is no JSON. Waits double, and follow ``Retry-After``.
    prices : (float, float), optional
        Of a million tokens read and of a million written, for `Endpoint.usage`.
    limit_field : {"max_tokens", "max_completion_tokens"}
        What the server calls the limit of new tokens.
    extra : mapping, optional
        Further fields of every request; None leaves out one that the server refuses, as in
        ``{"temperature": None}``.
    keep_filtered : bool
        Whether answers that a content filter stopped are kept as they are; they are counted.
    seed : int
        Of the jitter of waits.
    progress : bool or callable, optional
    backoff : Backoff, optional
        In place of `max_retries` and `seed`.

    Raises
    ------
    ArgumentError
        If an argument is off.
    MissingPackageError
        If the openai package is missing.
    ModelError
        If the cache cannot be used.

    Examples
    --------
    >>> load_endpoint("http://127.0.0.1:8000/v1", "meta/llama", api_key_env=None)
    <Endpoint 'meta/llama' at http://127.0.0.1:8000/v1>
    """
    url = check_url(base_url)
    _check_options(model, mode, cache, concurrency, timeout, max_retries, limit_field)
    counter = Counter(prices)
    client = Client(
        url,
        model,
        secret=Secret(api_key_env),
        store=Store(cache, read_only=mode == "replay"),
        counter=counter,
        backoff=backoff or Backoff(retries=max_retries, seed=seed),
        timeout=timeout,
        concurrency=concurrency,
        replay=mode == "replay",
    )
    return Endpoint(
        url,
        model,
        client,
        counter,
        limit_field=limit_field,
        extra=extra,
        keep_filtered=keep_filtered,
        progress=progress,
    )


def _check_options(
    model: str,
    mode: str,
    cache: Any,
    concurrency: int,
    timeout: float,
    max_retries: int,
    limit_field: str,
) -> None:
    if not isinstance(model, str) or not model.strip():
        raise ArgumentError(f"model={model!r} must be the name of a model of the server.")
    if mode not in ("use", "replay"):
        raise ArgumentError(f"mode={mode!r} must be 'use' or 'replay'.")
    if mode == "replay" and cache is None:
        raise ArgumentError("mode='replay' needs cache=: the file that holds the recorded answers.")
    if not concurrency >= 1:
        raise ArgumentError(f"concurrency={concurrency!r} must be 1 or more requests at a time.")
    if not timeout > 0:
        raise ArgumentError(f"timeout={timeout!r} must be a number of seconds above 0.")
    if not max_retries >= 0:
        raise ArgumentError(f"max_retries={max_retries!r} must be 0 or more.")
    if limit_field not in ("max_tokens", "max_completion_tokens"):
        raise ArgumentError(
            f"limit_field={limit_field!r} must be 'max_tokens' or 'max_completion_tokens'."
        )
