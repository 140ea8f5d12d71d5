"""Sends requests by the openai package, several at a time, and again where that may help."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from pytest_fairness.engine import Report
from pytest_fairness.errors import MissingPackageError, ModelError
from pytest_fairness.models.endpoint.replies import Reply, from_content, from_status, next_step
from pytest_fairness.models.endpoint.requests import CHAT, Request
from pytest_fairness.models.endpoint.retry import Backoff
from pytest_fairness.models.endpoint.secret import Secret
from pytest_fairness.models.endpoint.store import Store
from pytest_fairness.models.endpoint.usage import Counter

_MOST_WAIT = 600.0  # a server that asks for more has said that it will not answer today
_NO_KEY = "no-key"
_OWN = {"model", "messages", "prompt"}


class Client:
    """Answers requests from the cache, else from the server.

    Parameters
    ----------
    url, model : str
    secret : Secret
    store : Store
    counter : Counter
    backoff : Backoff
    timeout : float
        Seconds for one attempt.
    concurrency : int
        Requests at a time.
    replay : bool
        Whether the server is never asked.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        secret: Secret,
        store: Store,
        counter: Counter,
        backoff: Backoff,
        timeout: float,
        concurrency: int,
        replay: bool,
    ) -> None:
        self._url, self._model, self._secret = url, model, secret
        self._store, self._counter, self._backoff = store, counter, backoff
        self._timeout, self._concurrency, self._replay = timeout, concurrency, replay
        self._openai = None if replay else _open(url, secret, timeout)

    def ask(self, requests: Sequence[Request], report: Report) -> list[dict[str, Any]]:
        """Return one answer per request, in their order; equal requests are sent once.

        Raises
        ------
        ModelError
            At the first request that gets no answer; answers so far stay in the cache.
        """
        keys = [request.key(self._url) for request in requests]
        distinct = dict(zip(keys, requests, strict=True))
        known = {key: found for key in distinct if (found := self._store.find(key)) is not None}
        self._counter.add(cached=len(known))
        missing = {key: request for key, request in distinct.items() if key not in known}
        if missing and self._replay:
            raise ModelError(self._not_recorded(list(missing.values()), len(distinct)))
        report(len(known), len(distinct))
        if missing:
            known |= self._fetch_all(missing, report, len(known))
        return [known[key] for key in keys]

    def close(self) -> None:
        """Close connections and cache."""
        if self._openai is not None:
            self._openai.close()
        self._store.close()

    def _fetch_all(
        self, missing: dict[str, Request], report: Report, done: int
    ) -> dict[str, dict[str, Any]]:
        total, over = done + len(missing), threading.Event()
        with ThreadPoolExecutor(min(self._concurrency, len(missing))) as pool:
            waiting = {
                key: pool.submit(self._fetch, key, request, over)
                for key, request in missing.items()
            }
            try:
                return dict(_collected(waiting, lambda i: report(done + i, total)))
            finally:
                over.set()
                pool.shutdown(wait=False, cancel_futures=True)

    def _fetch(self, key: str, request: Request, over: threading.Event) -> dict[str, Any]:
        reply, sleep = Reply(), self._backoff.sleep or over.wait
        for attempt in range(self._backoff.retries + 1):
            self._counter.add(requests=1, retries=int(attempt > 0))
            reply = self._send(request)
            if reply.body is not None:
                self._counter.add_answer(reply.body)
                text = self._secret.hide(request.text(self._url))
                return self._store.keep(key, text, json.dumps(reply.body))
            last = attempt == self._backoff.retries or over.is_set()
            if last or not reply.again or (reply.wait or 0) > _MOST_WAIT:
                break
            sleep(self._backoff.wait(key, attempt, reply.wait))
        raise ModelError(self._explained(reply, request, attempt + 1))

    def _send(self, request: Request) -> Reply:
        """Send a request once. No exception leaves, and no key that the server repeats."""
        reply = self._sent(request)
        return replace(reply, problem=self._secret.hide(reply.problem))

    def _sent(self, request: Request) -> Reply:
        import openai

        client: Any = self._openai
        target = client.chat.completions if request.path == CHAT else client.completions
        named = {name: value for name, value in request.body.items() if name in _OWN}
        extra = {name: value for name, value in request.body.items() if name not in _OWN}
        try:
            raw = target.with_raw_response.create(**named, extra_body=extra)
            content = raw.http_response.content.decode("utf-8", "replace")
            return from_content(content, self._secret.hide_within)
        except openai.APIStatusError as err:
            body = self._secret.hide_within(err.body)  # before it is cut to be shown
            return from_status(err.status_code, body, err.response.headers)
        except openai.APITimeoutError:
            return Reply(problem=f"no answer within {self._timeout:g} s", again=True)
        except openai.APIConnectionError as err:
            return Reply(problem=f"the connection failed ({_root(err)})", again=True)
        except openai.OpenAIError as err:
            return Reply(problem=f"{type(err).__name__}: {err}")

    def _explained(self, reply: Reply, request: Request, attempts: int) -> str:
        times = "" if attempts == 1 else f" after {attempts} attempts"
        step = next_step(
            reply,
            model=self._model,
            variable=self._secret.variable,
            has_key=bool(self._secret),
        )
        return self._secret.hide(
            f"{self._url} gave no answer for model {self._model!r} to the prompt "
            f"{shown(self._secret.hide(request.prompt))}{times}: "
            f"{reply.problem.rstrip('.')}. {step}"
        )

    def _not_recorded(self, missing: list[Request], of: int) -> str:
        return self._secret.hide(
            f"mode='replay' has no answer to {len(missing)} of {of} requests in the cache "
            f"{str(self._store.path)!r}, first to sample {missing[0].sample} of the prompt "
            f"{shown(self._secret.hide(missing[0].prompt))}. Prompts, settings, model and URL must "
            "be those of the recording: record again with mode='use'."
        )


def shown(prompt: str, limit: int = 80) -> str:
    """Return a prompt as messages show it."""
    text = repr(prompt)
    return text if len(text) <= limit else text[: limit - 2] + "…" + text[-1]


def _collected(waiting: dict[str, Future[Any]], report: Callable[[int], None]) -> Any:
    for i, (key, future) in enumerate(waiting.items(), 1):
        yield key, future.result()
        report(i)


def _open(url: str, secret: Secret, timeout: float) -> Any:
    try:
        import openai
    except ImportError as err:
        raise MissingPackageError.for_feature("A model endpoint", "openai", "endpoint") from err
    key = secret.reveal() or _NO_KEY
    return openai.OpenAI(base_url=url, api_key=key, timeout=timeout, max_retries=0)


def _root(error: BaseException) -> str:
    """Return what lies at the bottom of a failed connection, such as "Connection refused"."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
    return " ".join(str(error).split()) or type(error).__name__
