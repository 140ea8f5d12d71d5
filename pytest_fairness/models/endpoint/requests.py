"""What is asked of a server, and the hash by which its answer is remembered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_fairness.models.chat import messages_of

CHAT = "/chat/completions"
COMPLETIONS = "/completions"


@dataclass(frozen=True)
class Request:
    """One question to a server.

    Attributes
    ----------
    path : str
        Below the server's URL.
    body : mapping
        What is sent as JSON.
    prompt : str
        For messages.
    sample : int
        Which of the answers to this prompt it asks for.
    """

    path: str
    body: Mapping[str, Any]
    prompt: str
    sample: int = 0

    def text(self, url: str) -> str:
        """Return all that the answer depends on as JSON, always in the same form."""
        whole = {"url": url, "path": self.path, "sample": self.sample, "body": self.body}
        return json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def key(self, url: str) -> str:
        """Return the hash of `text`."""
        return hashlib.sha256(self.text(url).encode()).hexdigest()


@dataclass(frozen=True)
class Settings:
    """What all requests of one call share.

    Attributes
    ----------
    model : str
    max_new_tokens : int
    temperature, top_p : float
    seed : int
    stop : tuple of str
    chat : bool
    system : str or None
    limit_field : str
        What the server calls the limit of tokens.
    extra : mapping
        Further fields of the request; None leaves one of the others out.
    """

    model: str
    max_new_tokens: int
    temperature: float
    top_p: float
    seed: int
    stop: tuple[str, ...]
    chat: bool
    system: str | None
    limit_field: str
    extra: Mapping[str, Any]

    def request(self, prompt: str, sample: int, stream: int | None = None) -> Request:
        """Return the request for one sample of a prompt."""
        body: dict[str, Any] = {
            "model": self.model,
            self.limit_field: self.max_new_tokens,
            "temperature": self.temperature,
            "seed": seed_of(self.seed, sample, stream),
        }
        if self.top_p != 1:
            body["top_p"] = self.top_p
        if self.stop:
            body["stop"] = list(self.stop)
        if self.chat:
            body["messages"] = messages_of(prompt, self.system)
        else:
            body["prompt"] = prompt
        path = CHAT if self.chat else COMPLETIONS
        return Request(path, _joined(body, self.extra), prompt, sample)


def seed_of(seed: int, sample: int, stream: int | None = None) -> int:
    """Return the seed to send for sample j: the same for every prompt of a stream.

    Examples
    --------
    >>> seed_of(0, 1) == seed_of(0, 1), seed_of(0, 1) == seed_of(1, 0)
    (True, False)
    """
    entropy = [seed, sample] if stream is None else [seed, sample, stream]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0] >> 1)


def echo_request(model: str, text: str, extra: Mapping[str, Any]) -> Request:
    """Ask for the log-probabilities of a text's own tokens."""
    body = {
        "model": model,
        "prompt": text,
        "echo": True,
        "logprobs": 1,
        "max_tokens": 1,
        "temperature": 0,
    }
    return Request(COMPLETIONS, _joined(body, extra), text)


def first_token_request(model: str, prompt: str, top: int, extra: Mapping[str, Any]) -> Request:
    """Ask for the log-probabilities of the most probable first tokens of an answer."""
    body = {
        "model": model,
        "messages": messages_of(prompt, None),
        "max_tokens": 1,
        "temperature": 0,
        "logprobs": True,
        "top_logprobs": top,
    }
    return Request(CHAT, _joined(body, extra), prompt)


def _joined(body: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**body, **extra}.items() if value is not None}
