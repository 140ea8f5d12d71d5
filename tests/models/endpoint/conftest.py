from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_fairness.models.endpoint import Endpoint, load_endpoint
from pytest_fairness.models.endpoint.retry import Backoff

KEY = "sk-fake-0123456789abcdef"
_PATIENCE = 120.0


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fake key, and nothing of the machine's own settings."""
    for name in list(os.environ):
        if name.startswith("OPENAI_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


@pytest.fixture
def waits() -> list[float]:
    """The waits that `load` would have slept."""
    return []


@pytest.fixture
def load(waits: list[float]) -> Iterator[Callable[..., Endpoint]]:
    """Load endpoints that do not sleep and are patient, and close them."""
    opened: list[Endpoint] = []

    def make(url: str, model: str = "m", *, retries: int = 5, **options: Any) -> Endpoint:
        backoff = Backoff(retries=retries, sleep=waits.append)
        settings = {"timeout": 300.0, **options}  # a real model on a busy machine is slow
        opened.append(load_endpoint(url, model, backoff=backoff, **settings))
        return opened[-1]

    yield make
    for endpoint in opened:
        endpoint.close()


@pytest.fixture(scope="session")
def local_smollm2(smollm2: Path) -> Iterator[Any]:
    """SmolLM2 loaded here, in float32 on the CPU."""
    from pytest_fairness import load_model

    model = load_model(smollm2, device="cpu", dtype="float32")
    yield model
    model.close()


@pytest.fixture(scope="session")
def serve(smollm2: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of `transformers serve` with SmolLM2, in float32 on the CPU."""
    program = Path(sys.executable).with_name("transformers")
    if not program.exists():
        pytest.skip("needs transformers serve: pip install 'transformers[serving]'")
    port = _free_port()
    log = tmp_path_factory.mktemp("serve") / "log.txt"
    place = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu", "--dtype", "float32"]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [str(program), "serve", str(smollm2), *place],
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/health", process, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < end and process.poll() is None:
        try:
            with opener.open(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"transformers serve did not start: {log.read_text()[-2000:]}")
