from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, FairnessWarning, ModelError
from pytest_fairness.mitigation.prompts import Prompted
from pytest_fairness.models import load_model
from pytest_fairness.models.kinds import as_generator, as_language_model
from pytest_fairness.models.loading import load_model as open_model
from pytest_fairness.models.zero_shot import zero_shot
from tests.models.builders import save
from tests.models.endpoint.servers import Served, serving
from tests.models.writers import tiny_llama, writing_tokenizer

TEMPLATE = (
    "{% for m in messages %}{{ m.role + ' ' + m.content + ' ' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'doctor' }}{% endif %}"
)
BEFORE = "be good\n\nshe led team\n\n"
DEMONSTRATIONS = [("she led", "team")]


@pytest.fixture(scope="module")
def tiny() -> Any:
    return load_model((tiny_llama(), writing_tokenizer()), task="text-generation")


@pytest.fixture(scope="module")
def chatting() -> Any:
    tokenizer = writing_tokenizer(chat_template=TEMPLATE)
    return load_model((tiny_llama(), tokenizer), task="text-generation")


def test_text_without_a_chat_is_put_before_what_is_written(tiny):
    asked = Prompted(tiny, "be good", DEMONSTRATIONS)
    settings = {"n": 2, "max_new_tokens": 6, "seed": 1}
    prompts = ["a nurse", "a man and a woman"]
    assert asked.generate(prompts, **settings) == tiny.generate(
        [BEFORE + text for text in prompts], **settings
    )
    assert asked.asked == 4


def test_an_instruction_is_the_system_message_of_a_chat(chatting):
    settings = {"temperature": 0, "max_new_tokens": 6}
    asked = Prompted(chatting, "be good", DEMONSTRATIONS)
    said = ["she led team\n\na nurse"]
    assert asked.generate(["a nurse"], **settings) == chatting.generate(
        said, system="be good", **settings
    )
    assert asked.generate(["a nurse"], system="and long", **settings) == chatting.generate(
        said, system="be good\n\nand long", **settings
    )
    assert asked.generate(["a nurse"], chat=False, **settings) == chatting.generate(
        [BEFORE + "a nurse"], chat=False, **settings
    )
    plain = Prompted(chatting, "be good", DEMONSTRATIONS, system=False)
    assert plain.generate(["a nurse"], **settings) == chatting.generate(
        [BEFORE + "a nurse"], **settings
    )


def test_likelihoods_and_choices_are_those_after_the_prompt(tiny):
    asked = Prompted(tiny, "be good", DEMONSTRATIONS)
    found = asked.log_likelihood([" team", " of care"], contexts=["a nurse", "he led"])
    expected = tiny.log_likelihood(
        [" team", " of care"], contexts=[BEFORE + "a nurse", BEFORE + "he led"]
    )
    np.testing.assert_allclose(found.total, expected.total, atol=1e-4)
    options = [" team", " nurse", " man"]
    prompts = ["a", "she led", "he"]
    full = [BEFORE + text for text in prompts]
    assert asked.choose(prompts, options).tolist() == tiny.choose(full, options).tolist()
    for ours, theirs in zip(
        asked.choice_scores(prompts, options), tiny.choice_scores(full, options), strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_the_likelihood_of_a_text_alone_is_conditional_on_the_prompt():
    """By the product rule: log p(before + text) less log p(before), 1 nat a character."""
    counting = as_language_model(lambda texts: [-float(len(text)) for text in texts])
    found = Prompted(counting, "Be fair.").log_likelihood(["four", "sixsix"])
    assert found.total.tolist() == [-4.0, -6.0]


def test_an_empty_prompt_changes_neither_answers_nor_fingerprint(tiny):
    asked = Prompted(tiny)
    assert asked.generate(["a nurse"], max_new_tokens=5) == tiny.generate(
        ["a nurse"], max_new_tokens=5
    )
    assert asked.info == tiny.info
    assert asked.prompt_tokens == 0


def test_the_fingerprint_is_that_of_model_and_prompt(tiny):
    other = load_model((tiny_llama(seed=5), writing_tokenizer()), task="text-generation")
    found = [
        tiny.info,
        Prompted(tiny, "be good").info,
        Prompted(tiny, "be great").info,
        Prompted(tiny, "be good", DEMONSTRATIONS).info,
        Prompted(tiny, "be good", system=False).info,
        Prompted(other, "be good").info,
    ]
    assert len({info.fingerprint for info in found}) == len(found)
    assert Prompted(tiny, "be good").info == found[1]
    assert found[1].name.startswith(f"{tiny.info.name} + prompt ")
    assert found[1].kind == "prompted causal language model"


def test_a_zero_shot_classifier_frames_demonstrations_by_its_template():
    heard: list[str] = []

    def likes(texts: list[str], contexts: list[str]) -> Any:
        heard.extend(contexts)
        return np.array([-float(len(text)) for text in texts])

    classifier = zero_shot(likes, ["good", "poor"], template="Text: {text}\nLabel:")
    asked = Prompted(classifier, "Be fair.", [("He sings.", "good"), ("It rains.", "poor")])
    assert asked.predict(["She sings."]).tolist() == ["good"]
    assert asked.predict_proba(["She sings."]).shape == (1, 2)
    before = "Be fair.\n\nText: He sings.\nLabel: good\n\nText: It rains.\nLabel: poor\n\n"
    assert set(heard) == {before + "Text: She sings.\nLabel:"}
    assert asked.labels == ("good", "poor")
    assert asked.asked == 2
    assert open_model(asked) is asked


def test_an_answer_that_is_no_label_is_refused():
    classifier = zero_shot(lambda texts: np.zeros(len(texts)), ["good", "poor"])
    with pytest.raises(ArgumentError, match=r"answer 'bad', which is none of the labels good, poo"):
        Prompted(classifier, "", [("It rains.", "bad")])


def test_functions_of_every_kind_hear_the_prompt():
    classify = Prompted(load_model(lambda texts: [0.9 if "fair" in t else 0.1 for t in texts]), "a")
    assert classify.predict(["b"]).tolist() == ["0"]
    classify = Prompted(classify.model, "Be fair.")
    assert classify.predict(["b"]).tolist() == ["1"]
    assert open_model(classify) is classify

    def shout(prompts: list[str], seed: int) -> list[str]:
        return [f"{prompt.upper()} {seed}" for prompt in prompts]

    spoken = Prompted(shout, "Be fair.")
    assert spoken(["b"], seed=3) == ["BE FAIR.\n\nB 3"]
    assert as_generator(spoken).generate(["b"], n=2, seed=1) == [
        ["BE FAIR.\n\nB 1", "BE FAIR.\n\nB 2"]
    ]
    assert spoken.asked == 3
    names = [as_generator(Prompted(shout, text)).info for text in ("", "a", "b")]
    assert len({info.fingerprint for info in names}) == 3
    assert "shout + prompt " in names[1].name


def test_models_that_are_not_spoken_to_are_refused(tiny, tiny_folder):
    with pytest.raises(ModelError, match=r"is not spoken to.*another method of mitigation"):
        Prompted(load_model(tiny_folder), "be good")
    with pytest.raises(ArgumentError, match=r"has a prompt already"):
        Prompted(Prompted(tiny, "be good"), "be great")


def test_an_endpoint_gets_the_instruction_as_system_message(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    answer = {"choices": [{"message": {"content": "A"}, "finish_reason": "stop"}]}
    from pytest_fairness.models.endpoint import load_endpoint

    with serving(lambda path, body, count: Served(answer)) as heard:
        endpoint = load_endpoint(heard.url, "m", api_key_env=None)
        asked = Prompted(endpoint, "Be fair.", [("Who cooked?", "nobody said")])
        assert asked.generate(["Who led?"]) == [["A"]]
        assert asked.choose(["Who led?"], ["him", "her"], by="answer").tolist() == [0]
        endpoint.close()
    written, chosen = (body["messages"] for body in heard.bodies)
    assert written == [
        {"role": "system", "content": "Be fair."},
        {"role": "user", "content": "Who cooked? nobody said\n\nWho led?"},
    ]
    assert chosen[0]["content"].startswith("Be fair.\n\nWho cooked? nobody said\n\nWho led?\n\nA.")
    assert asked.prompt_tokens is None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("llama") / "model", tiny_llama(), writing_tokenizer())


def test_a_prompt_is_saved_beside_a_relative_reference_and_loaded_again(folder, tmp_path):
    home = tmp_path / "together"
    home.mkdir()
    moved = home / "model"
    moved.symlink_to(folder)
    asked = Prompted(str(moved), "be good", DEMONSTRATIONS, system=False)
    path = asked.save(home / "prompted")
    assert json.loads(path.read_text("utf-8"))["model"] == "../model"
    home.rename(tmp_path / "elsewhere")
    again = Prompted.load(tmp_path / "elsewhere" / "prompted", device="cpu")
    assert again.info.fingerprint == asked.info.fingerprint
    assert again.generate(["a nurse"], max_new_tokens=4) == asked.generate(
        ["a nurse"], max_new_tokens=4
    )
    with pytest.raises(ArgumentError, match=r"prompt.json exists, and nothing is overwritten"):
        again.save(tmp_path / "elsewhere" / "prompted")


def test_a_zero_shot_classifier_is_loaded_with_labels_and_template(folder, tmp_path):
    classifier = zero_shot(str(folder), ["good", "bad"], template="{text} it is")
    asked = Prompted(classifier, "be good", [("he led", "bad")])
    asked.save(tmp_path)
    again = Prompted.load(tmp_path)
    assert again.labels == ("good", "bad")
    np.testing.assert_allclose(
        again.predict_proba(["she led"]), asked.predict_proba(["she led"]), atol=1e-6
    )


def test_another_version_of_the_model_is_announced(folder, tmp_path):
    Prompted(str(folder), "be good").save(tmp_path)
    other = load_model((tiny_llama(seed=5), writing_tokenizer()), task="text-generation")
    with pytest.warns(FairnessWarning, match=r"is not the one that its prompt was chosen for"):
        Prompted.load(tmp_path, model=other)


def test_a_model_without_a_place_must_be_handed_over(tmp_path):
    spoken = as_generator(lambda prompts: prompts)
    Prompted(spoken, "be good").save(tmp_path)
    with pytest.raises(ModelError, match=r"refers to no model.*load\(folder, model=\.\.\.\)"):
        Prompted.load(tmp_path)
    assert Prompted.load(tmp_path, model=spoken).generate(["a"]) == [["be good\n\na"]]


def test_files_that_are_no_prompt_are_refused(tmp_path):
    with pytest.raises(ModelError, match=r"cannot be read as a saved prompt"):
        Prompted.load(tmp_path)
    (tmp_path / "prompt.json").write_text('{"schema": 99}')
    with pytest.raises(ModelError, match=r"has schema 99, but this version reads 1"):
        Prompted.load(tmp_path)
