"""The key of a server: sent with every request, and to be read nowhere else."""

from __future__ import annotations

import json
import logging
import pickle
from pathlib import Path

import pytest

from pytest_fairness import (
    FairnessFailure,
    WrittenChoices,
    assert_choice_invariance,
    assert_generation_parity,
    counterfactuals,
    write_report,
)
from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.models.endpoint import load_endpoint
from pytest_fairness.models.endpoint.secret import Secret
from tests.models.endpoint.conftest import KEY
from tests.models.endpoint.servers import Served, chat_body, serving

SPACE = counterfactuals("{name} is a {occupation}.", vary="gender")
PART = KEY[:10]  # that much of it says too much


def leaky(path, body, count):
    """A server that repeats the key wherever it can."""
    prompt = body["messages"][0]["content"]
    if prompt == "unauthorised":
        message = f"Incorrect API key provided: {KEY}. You can find your key elsewhere."
        return Served({"error": {"message": message, "code": "invalid_api_key"}}, 401)
    if prompt.endswith("broken"):
        return Served({"error": KEY}, 500)
    if prompt == "long":  # cut within the key where it is shown
        return Served({"error": {"message": "x" * 290 + KEY}}, 400)
    return Served(chat_body(f"your key is {KEY}"))


def contents(folder: Path) -> list[str]:
    """Return all files of a folder, byte for byte."""
    return [file.read_bytes().decode("latin-1") for file in folder.iterdir()]


def test_the_key_is_sent_and_shown_nowhere(load, tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    cache = tmp_path / "answers.sqlite"
    with serving(leaky) as server:
        endpoint = load(server.url, cache=cache, retries=1)
        said = [str(endpoint.generate(["hello", f"my key is {KEY}"]))]
        for prompt in ("unauthorised", "broken", "long"):
            with pytest.raises(ModelError) as caught:
                endpoint.generate([prompt])
            said += all_texts(caught.value)
        with pytest.raises(ModelError) as caught:  # cut within the key where a prompt is shown
            endpoint.generate(["x" * 60 + KEY + " broken"])
        said.append(str(caught.value))
        assert set(server.keys) == {f"Bearer {KEY}"}
    endpoint.close()
    said += [repr(endpoint), repr(endpoint.info), repr(endpoint.usage), caplog.text]
    said += [repr(vars(endpoint)), repr(vars(endpoint._client)), *capfd.readouterr()]
    assert not [text for text in said if PART in text]
    assert "Incorrect API key provided: [key]" in "".join(said)
    assert "OPENAI_API_KEY is set, but its key is refused" in "".join(said)
    files = contents(tmp_path)
    assert files
    assert not [content for content in files if PART in content]


def all_texts(error: BaseException | None) -> list[str]:
    """Return all that a traceback could show of an error and of those behind it."""
    said = []
    while error is not None:
        said += [str(error), repr(error), repr(error.args)]
        frame = error.__traceback__
        while frame is not None:
            if "pytest_fairness" in frame.tb_frame.f_code.co_filename and (
                "tests" not in frame.tb_frame.f_code.co_filename
            ):
                said.append(repr(frame.tb_frame.f_locals))
            frame = frame.tb_next
        error = error.__cause__ or error.__context__
    return said


def test_a_key_is_not_pickled_and_not_given_by_mistake():
    assert KEY.encode() not in pickle.dumps(Secret("OPENAI_API_KEY"))
    for key in (KEY, "hf_" + "aBcD" * 8):
        with pytest.raises(ArgumentError) as caught:
            load_endpoint("http://127.0.0.1:9/v1", "m", api_key_env=key)
        assert key not in str(caught.value)
    with pytest.raises(ArgumentError) as caught:
        load_endpoint(f"http://user:{KEY}@127.0.0.1:9/v1", "m")
    assert KEY not in str(caught.value)


def escaped(text: str) -> bytes:
    """Write a chat answer with every letter as its number, as JSON allows."""
    numbers = "".join(f"\\u{ord(letter):04x}" for letter in text)
    return json.dumps(chat_body("#")).replace("#", numbers).encode()


FAULTS = {
    1: Served({"error": {"message": f"slow down, {KEY}"}}, 429),
    2: Served({"error": f"{KEY} broke it"}, 500),
    4: Served(chat_body(KEY), cut=True),
    5: Served(f'{{"{KEY}": '.encode()),
    7: Served({"error": {"message": KEY}}),
}


def test_no_key_reaches_an_outcome_or_a_report_through_faults(load, tmp_path, caplog, capfd):
    """The server writes the key into every answer, and escapes it so that no plain search helps."""
    caplog.set_level(logging.DEBUG)

    def answer(_path, body, count):
        return FAULTS.get(count) or Served(escaped(f"A. {KEY} {body['messages'][0]['content']}"))

    with serving(answer) as server:
        endpoint = load(server.url, cache=tmp_path / "answers.sqlite")
        outcomes = []
        for check in (
            lambda: assert_generation_parity(
                endpoint, SPACE, lambda texts: list(map(len, texts)), max_difference=0, n=12, seed=0
            ),
            lambda: assert_choice_invariance(
                WrittenChoices(endpoint), ["Who?\n{options}"] * 3, [["a", "b"]] * 3, max_flip_rate=0
            ),
        ):
            with pytest.raises(FairnessFailure) as caught:
                check()
            outcomes.append(caught.value.outcome)
            said = all_texts(caught.value)
        assert endpoint.usage.retries == len(FAULTS)
    endpoint.close()
    shown = [text for outcome in outcomes for e in outcome.examples for text in e.texts]
    assert any("A. [key] " in text for text in shown)  # or the test would prove nothing
    for name in ("report.html", "report.json"):
        write_report(tmp_path / name, outcomes)
    said += [repr(outcomes), caplog.text, *capfd.readouterr(), *contents(tmp_path)]
    assert not [text for text in said if PART in text]


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_refused_ends_a_check_with_the_variable_to_set(load, status):
    refused = Served({"error": {"message": f"Incorrect API key provided: {KEY}."}}, status)
    with serving(lambda *_: refused) as server, pytest.raises(ModelError) as caught:
        assert_generation_parity(load(server.url), SPACE, len, max_difference=0)
    assert "OPENAI_API_KEY is set, but its key is refused. Put a valid key" in str(caught.value)
    assert not [text for text in all_texts(caught.value) if PART in text]
