"""Small servers on 127.0.0.1: one that answers by a function, one that spoils what passes."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Heard:
    """What a server was asked."""

    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    url: str = ""
    most_at_once: int = 0
    _now: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def enter(self, body: dict[str, Any], key: str | None) -> int:
        with self._lock:
            self.bodies.append(body)
            self.keys.append(key)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            return len(self.bodies) - 1

    def leave(self) -> None:
        with self._lock:
            self._now -= 1

    def __len__(self) -> int:
        return len(self.bodies)


@dataclass(frozen=True)
class Served:
    """An answer to send: a body as JSON or as bytes, its status and headers."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: bool = False


Answering = Callable[[str, dict[str, Any], int], Served]


@contextmanager
def serving(answer: Answering) -> Iterator[Heard]:
    """Serve ``answer(path, body, count)`` until the block ends."""
    heard = Heard()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["content-length"])
            body = json.loads(self.rfile.read(size))
            count = heard.enter(body, self.headers.get("authorization"))
            try:
                self._send(answer(self.path, body, count))
            finally:
                heard.leave()

        def _send(self, served: Served) -> None:
            time.sleep(served.delay)
            raw = (
                served.body if isinstance(served.body, bytes) else json.dumps(served.body).encode()
            )
            self.send_response(served.status)
            for name, value in served.headers.items():
                self.send_header(name, value)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            if served.cut:  # half of the body, then a reset
                self.wfile.write(raw[: len(raw) // 2])
                self.wfile.flush()
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
                self.close_connection = True
            else:
                self._write(raw)

        def _write(self, raw: bytes) -> None:
            try:
                self.wfile.write(raw)
            except OSError:  # who asked did not wait
                self.close_connection = True

        def log_message(self, *_arguments: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_arguments: Any) -> None:
            """Say nothing about connections that were cut on purpose."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    heard.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield heard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def forwarding(target: str, spoil: Callable[[int], Served | None]) -> Answering:
    """Pass requests on to a real server, but for those that `spoil` answers by their number.

    A spoiled answer with ``cut`` is a real one that breaks off.
    """

    def answer(path: str, body: dict[str, Any], count: int) -> Served:
        spoiled = spoil(count)
        if spoiled is not None and not spoiled.cut:
            return spoiled
        real = _post(target.removesuffix("/v1") + path, body)
        return Served(real, cut=spoiled is not None)

    return answer


def _post(url: str, body: dict[str, Any]) -> bytes:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return bytes(response.read())


def chat_body(text: str | None, ended: str = "stop", **message: Any) -> dict[str, Any]:
    """A chat answer as OpenAI writes it."""
    return {
        "choices": [
            {
                "index": 0,
                "finish_reason": ended,
                "message": {"role": "assistant", "content": text, **message},
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }


def echoing(path: str, body: dict[str, Any], count: int) -> Served:
    """Answer each prompt by itself in capitals."""
    return Served(chat_body(body["messages"][-1]["content"].upper()))


def sampling(path: str, body: dict[str, Any], count: int) -> Served:
    """Answer each prompt by itself and the seed."""
    return Served(chat_body(f"{body['messages'][-1]['content']} {body['seed']}"))
