"""A folded classifier is an ordinary one that answers as if its head's input were erased."""

from __future__ import annotations

import numpy as np
import pytest

from pytest_fairness import load_model
from pytest_fairness.errors import ArgumentError, MitigationError
from pytest_fairness.mitigation.erasure import Eraser, fold_into_head, head_of, representations
from pytest_fairness.mitigation.erasure.rescaling import Scale, fit_scale, rescale
from tests.models.builders import tiny_bert, tiny_gpt2, word_tokenizer

TEXTS = ["the man works", "a woman leads a great team", "the nurse", "she is good with people"]


def tiny_roberta():
    import torch
    from transformers import RobertaConfig, RobertaForSequenceClassification

    torch.manual_seed(0)
    return RobertaForSequenceClassification(RobertaConfig(
        vocab_size=100, hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=70, pad_token_id=0,
    )).eval()  # fmt: skip


def tiny_distilbert():
    import torch
    from transformers import DistilBertConfig, DistilBertForSequenceClassification

    torch.manual_seed(0)
    return DistilBertForSequenceClassification(
        DistilBertConfig(vocab_size=100, dim=32, n_layers=1, n_heads=2, hidden_dim=32)
    ).eval()


MODELS = {
    "bert": (tiny_bert, "classifier"),
    "roberta": (tiny_roberta, "classifier.dense"),
    "distilbert": (tiny_distilbert, "pre_classifier"),
    "gpt2": (lambda: tiny_gpt2(0), "score"),
}


@pytest.fixture(params=MODELS)
def model(request):
    return MODELS[request.param][0]()


def random_eraser(affine, width=32):
    rng = np.random.default_rng(0)
    basis, _ = np.linalg.qr(rng.normal(size=(width, 5)))
    bias = rng.normal(size=width) if affine else np.zeros(width)
    return Eraser(np.eye(width) - basis @ basis.T, bias, method="by hand", rank=5)


def logits(module, texts=TEXTS):
    import torch

    batch = word_tokenizer()(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        return module(
            input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]
        ).logits.numpy()


def logits_of_erased(module, eraser):
    """The unfolded way: what the head reads is changed as it runs."""
    import torch

    def change(_layer, inputs):
        return (torch.from_numpy(eraser(inputs[0].numpy())).float(),)

    handle = head_of(module).layer.register_forward_pre_hook(change)
    try:
        return logits(module)
    finally:
        handle.remove()


@pytest.mark.parametrize("kind", MODELS)
def test_the_head_is_the_first_linear_map_outside_the_base(kind):
    make, name = MODELS[kind]
    assert head_of(make()).name == name


def test_folding_gives_the_logits_of_erasing_on_the_way_and_changes_no_original(model):
    eraser = random_eraser(affine=head_of(model).has_bias)
    before = logits(model)
    folded = fold_into_head(model, eraser)
    np.testing.assert_allclose(logits(folded), logits_of_erased(model, eraser), atol=1e-5)
    assert np.abs(logits(folded) - before).max() > 1e-3
    np.testing.assert_array_equal(logits(model), before)


def test_a_saved_folder_is_loaded_by_transformers_alone(model, tmp_path):
    from transformers import AutoModelForSequenceClassification

    folded = fold_into_head(model, random_eraser(affine=head_of(model).has_bias))
    folded.save_pretrained(tmp_path / "folded")
    model.save_pretrained(tmp_path / "plain")
    again = AutoModelForSequenceClassification.from_pretrained(tmp_path / "folded").eval()
    assert type(again) is type(model)
    assert {k: v.shape for k, v in again.state_dict().items()} == {
        k: v.shape for k, v in model.state_dict().items()
    }
    np.testing.assert_array_equal(logits(again), logits(folded))
    files = [{file.name for file in (tmp_path / n).iterdir()} for n in ("folded", "plain")]
    assert files[0] == files[1]


def test_representations_are_what_the_head_reads(model):
    tokenizer = word_tokenizer()
    tokenizer.padding_side = "right"
    head, rows = head_of(model), representations((model, tokenizer), [*TEXTS, TEXTS[0]])
    assert rows.shape == (5, 32)
    assert rows.dtype == np.float64
    np.testing.assert_array_equal(rows[0], rows[4])
    if head.name in ("classifier", "score"):  # the head is one map
        weight = head.layer.weight.detach().numpy().astype(float)
        bias = head.layer.bias.detach().numpy() if head.has_bias else 0.0
        np.testing.assert_allclose(rows[:4] @ weight.T + bias, logits(model), atol=1e-5)


def test_a_head_without_bias_takes_no_shift():
    with pytest.raises(MitigationError, match=r"has no bias.*affine=False"):
        fold_into_head(tiny_gpt2(0), random_eraser(affine=True))


def test_an_eraser_of_another_width_is_refused():
    with pytest.raises(ArgumentError, match=r"fitted on 8 dimensions, but the layer reads 32\."):
        fold_into_head(tiny_bert(), random_eraser(affine=True, width=8))


def test_a_model_without_head_is_refused():
    from transformers import BertConfig, BertModel

    config = BertConfig(vocab_size=20, hidden_size=8, num_hidden_layers=1, num_attention_heads=1)
    with pytest.raises(MitigationError, match=r"no head to fold an eraser into\. Give a"):
        head_of(BertModel(config))


def test_a_scale_is_found_again_and_folded():
    model = tiny_bert(num_labels=3)
    loaded = load_model((model, word_tokenizer()))
    wanted = loaded.predict_proba(TEXTS)
    before = logits(model)
    rescale(model, Scale(0.1, np.array([0.5, 0.0, -0.2])))
    np.testing.assert_allclose(logits(model), 0.1 * before + [0.5, 0.0, -0.2], atol=1e-5)
    rescale(model, fit_scale(logits(model), wanted))
    np.testing.assert_allclose(
        load_model((model, word_tokenizer())).predict_proba(TEXTS), wanted, atol=1e-3
    )


def test_each_label_of_a_multi_label_head_is_fitted_by_itself():
    z = np.random.default_rng(0).normal(size=(200, 3))
    wanted = 1 / (1 + np.exp(-(4 * z + [1.0, -1.0, 0.0])))
    found = fit_scale(z, wanted, multi_label=True)
    assert found.slope == pytest.approx(4, abs=1e-3)
    np.testing.assert_allclose(found.shift, [1, -1, 0], atol=1e-3)
