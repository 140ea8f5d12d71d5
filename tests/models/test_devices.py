from __future__ import annotations

import pytest

from pytest_fairness.models.devices import (
    choose_batch_tokens,
    choose_device,
    choose_dtype,
    share_threads,
)


@pytest.fixture
def gpus(monkeypatch):
    """Let torch see a number of GPUs, and this process be a worker of pytest-xdist."""
    import torch

    def pretend(count: int, worker: str = "") -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
        monkeypatch.setenv("PYTEST_XDIST_WORKER", worker)

    return pretend


@pytest.mark.parametrize(
    ("count", "worker", "asked", "expected"),
    [
        (0, "", None, "cpu"),
        (1, "", None, "cuda:0"),
        (1, "gw3", None, "cuda:0"),
        (4, "", None, "cuda:0"),
        (4, "gw3", None, "cuda:3"),
        (4, "gw6", None, "cuda:2"),
        (4, "gw6", "cuda", "cuda:2"),
        (4, "gw6", "cuda:1", "cuda:1"),
        (4, "gw6", "cpu", "cpu"),
    ],
)
def test_devices(gpus, count, worker, asked, expected):
    gpus(count, worker)
    assert choose_device(asked) == expected


def test_mps_comes_before_the_cpu(gpus, monkeypatch):
    import torch

    gpus(0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device() == "mps"


def test_dtypes():
    import torch

    assert choose_dtype() is torch.float32
    assert choose_dtype("bfloat16") is torch.bfloat16
    assert choose_dtype(torch.float16) is torch.float16


def test_a_gpu_gets_larger_batches_unless_told():
    assert choose_batch_tokens(None, "cpu") == 2048
    assert choose_batch_tokens(None, "cuda:0") > 2048
    assert choose_batch_tokens(100, "cuda:0") == 100


@pytest.mark.parametrize(
    ("workers", "omp", "before", "after"),
    [("4", None, 8, 2), ("4", None, 1, 1), ("16", None, 8, 1), ("1", None, 8, 8), ("4", "6", 6, 6)],
)
def test_workers_share_the_cores(monkeypatch, workers, omp, before, after):
    import torch

    threads = [before]
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads[-1])
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    monkeypatch.setenv("PYTEST_XDIST_WORKER_COUNT", workers)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if omp:
        monkeypatch.setenv("OMP_NUM_THREADS", omp)
    for _ in range(2):
        share_threads()
    assert threads[-1] == after
