from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, ArgumentTypeError, ModelError
from pytest_fairness.models import load_model
from tests.models.builders import minilm_folder, one_by_one, save, tiny_bert, word_tokenizer


@pytest.fixture
def folder(tiny_folder, tmp_path) -> Path:
    """A copy of the tiny classifier that a test may break."""
    return Path(shutil.copytree(tiny_folder, tmp_path / "model"))


def rewrite_config(folder: Path, **changes) -> None:
    file = folder / "config.json"
    config = {**json.loads(file.read_text()), **changes}
    file.write_text(json.dumps({k: v for k, v in config.items() if v is not None}))


def test_a_folder_gives_what_was_saved(tiny_folder, tiny):
    texts = ["she led a team", "good"]
    expected = one_by_one(tiny_bert(), word_tokenizer(), texts)
    np.testing.assert_allclose(tiny.logits(texts), expected, atol=1e-5, rtol=0)
    assert tiny.info.name == tiny.info.path == str(tiny_folder)
    assert (tiny.info.kind, tiny.info.device, tiny.info.dtype) == (
        "sequence classifier",
        "cpu",
        "float32",
    )
    assert tiny.info.labels == tiny.labels


def test_a_loaded_model_is_returned_as_it_is(tiny):
    assert load_model(tiny) is tiny


def test_a_pipeline_is_taken_apart(tiny):
    from transformers import pipeline

    from pytest_fairness.models.quiet import quiet_transformers

    with quiet_transformers():
        made = pipeline(
            "text-classification", model=tiny.module, tokenizer=tiny.tokenizer, device="cpu"
        )
    np.testing.assert_allclose(load_model(made)(["good"]), tiny(["good"]), atol=1e-6)


def test_a_local_folder_never_leads_to_the_network(tiny_folder, monkeypatch):
    from huggingface_hub import constants

    def refuse(*_arguments, **_options):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert load_model(tiny_folder, device="cpu").predict(["good"]).shape == (1,)


def test_loading_and_scoring_print_nothing(tiny_folder, capfd):
    load_model(tiny_folder, device="cpu").predict(["good"])
    assert capfd.readouterr() == ("", "")


def test_the_fingerprint_follows_weights_and_tokenizer(tiny_folder, folder):
    original = load_model(tiny_folder, device="cpu").info.fingerprint
    assert load_model(folder, device="cpu").info.fingerprint == original
    save(folder, tiny_bert(seed=1), word_tokenizer())
    reweighted = load_model(folder, device="cpu").info.fingerprint
    save(folder, tiny_bert(), word_tokenizer(model_max_length=32))
    retokenised = load_model(folder, device="cpu").info.fingerprint
    assert len({original, reweighted, retokenised}) == 3


def test_an_encoder_without_a_head_is_refused():
    with pytest.raises(ModelError, match="saved as feature-extraction, and not a sequence"):
        load_model(minilm_folder(), task="text-classification")


def test_a_head_that_is_missing_from_the_weights_is_refused(folder):
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    kept = {name: w for name, w in weights.items() if not name.startswith("classifier")}
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
    rewrite_config(folder, architectures=None)
    expected = r"lacks 2 weights .*\(classifier.bias, classifier.weight\): they would be random"
    with pytest.raises(ModelError, match=expected):
        load_model(folder)


def test_pickled_weights_need_leave(folder):
    import torch

    (folder / "model.safetensors").unlink()
    torch.save(tiny_bert().state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"pytorch_model\.bin only.*allow_pickle=True"):
        load_model(folder)
    trusted = load_model(folder, allow_pickle=True, device="cpu")
    expected = one_by_one(tiny_bert(), word_tokenizer(), ["good"])
    np.testing.assert_allclose(trusted.logits(["good"]), expected, atol=1e-5, rtol=0)


def test_a_folder_without_weights_says_what_it_holds(folder):
    (folder / "model.safetensors").unlink()
    (folder / "tf_model.h5").touch()
    with pytest.raises(ModelError, match=r"no weights \(tf_model\.h5 is of another framework\)"):
        load_model(folder)


def test_a_folder_without_a_tokenizer_is_refused(folder):
    """transformers would make an empty vocabulary, in which every word is unknown."""
    (folder / "tokenizer.json").unlink()
    with pytest.raises(ModelError, match=r"has no tokenizer.*save_pretrained\("):
        load_model(folder)


def test_an_empty_folder_and_an_adapter_say_what_is_missing(tmp_path):
    with pytest.raises(ModelError, match=r"no config\.json; it holds nothing\. A model folder"):
        load_model(tmp_path)
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"adapter .*without the model it adapts"):
        load_model(tmp_path)


def test_a_broken_config_and_an_unknown_model_type_are_named(folder):
    rewrite_config(folder, model_type="no-such-type")
    with pytest.raises(ModelError, match=r"transformers cannot open .*no-such-type"):
        load_model(folder)
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelError, match="is not valid JSON"):
        load_model(folder)


def test_code_that_comes_with_a_model_does_not_run(folder):
    rewrite_config(
        folder,
        model_type="own-type",
        architectures=["OwnForSequenceClassification"],
        auto_map={
            "AutoConfig": "own.OwnConfig",
            "AutoModelForSequenceClassification": "own.OwnForSequenceClassification",
        },
    )
    (folder / "own.py").write_text("raise SystemExit('ran')")
    with pytest.raises(ModelError, match=r"code of its own.*trust_remote_code=True"):
        load_model(folder)


@pytest.mark.usefixtures("offline")
def test_a_name_that_is_nowhere_names_the_path_and_the_hub():
    with pytest.raises(ModelError) as caught:
        load_model("models/no-such-model", revision="v2")
    message = str(caught.value)
    assert f"looked for {Path('models/no-such-model').absolute()}" in message
    assert "at revision 'v2'" in message
    assert "HF_HUB_OFFLINE" in message
    assert "A model folder holds config.json" in message


def test_a_path_that_is_nowhere_is_not_looked_up(tmp_path):
    with pytest.raises(ModelError, match=r"no-such-folder' does not exist \(looked for"):
        load_model(tmp_path / "no-such-folder")


def test_files_are_no_models(tmp_path):
    (tmp_path / "model.joblib").touch()
    with pytest.raises(ModelError, match=r"is a file\. Load the estimator yourself"):
        load_model(tmp_path / "model.joblib")


def test_things_that_are_no_models_are_named():
    for thing, message in [
        (dict, "is a class, not a model"),
        (3, "model=3 is a int"),
        ((1, 2), r"model=\(int, int\) is not a \(model, tokenizer\) pair"),
        (tiny_bert(), "without a tokenizer"),
    ]:
        with pytest.raises(ArgumentTypeError, match=message):
            load_model(thing)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dtype": "int8"}, "dtype='int8' must be one of float32, bfloat16, float16"),
        ({"device": "gpu"}, "device='gpu' is no device that torch knows"),
        ({"device": "cuda:99"}, "device='cuda:99' but torch .* finds"),
        ({"batch_tokens": 0}, "batch_tokens=0 must be at least 1"),
    ],
)
def test_options_that_are_off_are_named(tiny_folder, options, message):
    with pytest.raises(ArgumentError, match=message):
        load_model(tiny_folder, **options)


def test_importing_models_and_engine_is_light():
    code = (
        "import sys, pytest_fairness.models, pytest_fairness.engine\n"
        "print([m for m in ('torch', 'transformers', 'scipy', 'sklearn', 'pandas', 'hypothesis',"
        " 'huggingface_hub', 'tokenizers') if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_weights_that_were_cut_off_are_named(tiny_folder, tmp_path):
    import shutil

    folder = tmp_path / "cut"
    shutil.copytree(tiny_folder, folder)
    (folder / "model.safetensors").write_bytes(b"abc")
    with pytest.raises(ModelError, match=r"transformers cannot open .*cut"):
        load_model(folder)


def test_an_empty_name_is_no_folder():
    with pytest.raises(ModelError, match="model='' names no model"):
        load_model("")
