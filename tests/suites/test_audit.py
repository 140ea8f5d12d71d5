"""The audit: which gates it runs, what it prints, how it exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.suites.audit import VARIABLE, Audit, benchmarks_of, limit_of
from tests.models.endpoint.servers import Served, serving
from tests.models.languages import byte_level, tiny_llama

ENVIRONMENT = {**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONPATH": os.getcwd()}


def test_suites_are_names_of_benchmarks():
    assert benchmarks_of(["questions", "bbq", "winobias"]) == ("bbq", "cbbq", "winobias")
    assert (limit_of("crows_pairs"), limit_of("bbq")) == (10.0, 0.1)
    with pytest.raises(ArgumentError, match="--suite 'bqq' must be one of bbq"):
        benchmarks_of(["bqq"])


def test_an_audit_travels_by_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert Audit.from_environment() is None
    monkeypatch.setenv(VARIABLE, json.dumps({"benchmarks": ["bbq"], "data": str(tmp_path)}))
    audit = Audit.from_environment()
    assert audit.benchmarks == ("bbq",)
    assert audit.folder("bbq") == tmp_path
    (tmp_path / "bbq").mkdir()
    assert audit.folder("bbq") == tmp_path / "bbq"


def save_tiny_causal(folder):
    tokenizer = byte_level()
    module = tiny_llama(tokenizer)
    module.config.max_position_embeddings = tokenizer.model_max_length = 2048
    module.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def audit(*arguments, cwd, **environment):
    return subprocess.run(
        [sys.executable, "-m", "pytest_fairness.cli", "audit", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**ENVIRONMENT, **environment},
        check=False,
    )


def test_an_audit_judges_and_reports(tmp_path, shared_data):
    model = save_tiny_causal(tmp_path / "lm")
    report = tmp_path / "audit.json"
    done = audit(
        model,
        "--suite",
        "crows_pairs",
        "--suite",
        "bbq",
        "--data",
        shared_data,
        "--limit",
        40,
        "--report",
        report,
        cwd=tmp_path,
    )
    assert done.returncode == 1, done.stdout + done.stderr  # 40 items settle nothing
    assert "3 fairness checks" in done.stdout
    assert "crows_pairs metric_score" in done.stdout
    assert "bbq bias_ambiguous" in done.stdout
    outcomes = json.loads(report.read_text())["outcomes"]
    assert {o["metric"] for o in outcomes} == {"benchmark_deviation"}
    assert {o["evidence"]["n"] for o in outcomes} <= set(range(10, 41))
    commands = {o["command"] for o in outcomes}
    shown = f"pytest-fairness audit {model} --suite {{}} --data {shared_data.resolve()} --limit 40"
    assert commands == {shown.format("bbq"), shown.format("crows_pairs")}


def test_missing_files_are_named(tmp_path):
    model = save_tiny_causal(tmp_path / "lm")
    done = audit(model, "--suite", "stereoset", "--data", tmp_path, cwd=tmp_path)
    assert done.returncode == 1
    assert "has no dev.json" in done.stdout
    wrong = audit(model, "--suite", "stereo", "--data", tmp_path, cwd=tmp_path)
    assert wrong.returncode == 2
    gone = audit(model, "--suite", "bbq", "--data", tmp_path / "gone", cwd=tmp_path)
    assert gone.returncode == 2
    assert "gone' is no folder. Give the one that holds" in gone.stderr
    assert "--suite 'stereo' must be one of" in wrong.stderr


def test_an_audit_of_a_server_that_refuses_the_key_says_what_to_do(tmp_path, shared_data):
    key, report = "sk-fake-0123456789abcdef", tmp_path / "audit.json"
    refused = Served({"error": {"message": f"Incorrect API key provided: {key}."}}, 401)
    asked = ("--suite", "bbq", "--data", shared_data, "--limit", 4, "--written-choices")
    with serving(lambda *_: refused) as server:
        address = f"{server.url}#some/model"
        done = audit(address, *asked, "--report", report, cwd=tmp_path, OPENAI_API_KEY=key)
        assert len(server) <= 8  # once a question, and at most once a gate
    assert done.returncode == 1
    assert "OPENAI_API_KEY is set, but its key is refused. Put a valid key into it" in done.stdout
    assert "client.py" not in done.stdout  # where this package noticed helps nobody
    written = report.read_text() if report.exists() else ""
    assert key[:10] not in done.stdout + done.stderr + written
