"""Surface perturbations: the same said in other letters, as the floor that robustness stands on.

A model that changes its mind when a comma goes, or when "colour" becomes "color", is fragile; only
what it does *beyond* that for a counterfactual is bias. Each kind of change is a value: called with
a text and a seed it returns a `SurfaceChange` with the variant, a status and the exact edits.

>>> from pytest_fairness import load_attribute
>>> from pytest_fairness.perturb.surface import surface
>>> plain = surface("expand", keep=load_attribute("gender")) + surface("american")
>>> change = plain("She's sure we don't need another colour.")
>>> change.text
"She's sure we do not need another color."
>>> change.status, [(edit.before, edit.after) for edit in change.edits]
('valid', [("n'", ' no'), ('u', '')])

What `keep` names stays letter for letter, so that the change is a fair placebo. What cannot be
decided ("She's" is "She is" or "She has") is left alone; where nothing else can change, the status
is ``"ambiguous"``, with the reason. The draw depends on text, seed and name alone: the same on
every machine and in any order. ``variants`` returns several distinct ones:

>>> from pytest_fairness.perturb.surface import surface
>>> homophones = surface("homophones", language="zh", keep=["医生"])
>>> [v.valid for v in homophones.variants("这位医生在城里工作。", 3, seed=7)]
[True, True, True]

English
    ``typo`` (any of ``typo_substitute``, ``typo_insert``, ``typo_delete``, ``typo_transpose``) by
    keys side by side, ``ocr``; ``lower``, ``upper``, ``title``, ``random_case``; ``drop_final``,
    ``add_final``, ``double_marks``, ``drop_commas``; ``double_spaces``, ``tabs``, ``strip``,
    ``missing_space``; ``expand`` and ``contract``; ``strip_accents`` and ``add_accents``;
    ``british`` and ``american``; ``number_words`` and ``number_digits``; ``synonyms``.
Chinese
    ``homophones``, ``look_alikes``, ``pinyin``, ``pinyin_slips``; ``traditional`` and
    ``simplified`` (these two need ``pip install 'pytest-fairness[chinese]'``); ``full_width`` and
    ``half_width``, also of words or marks alone; ``spaces`` and ``no_spaces`` beside Latin letters;
    ``drop_final``, ``drop_commas``, ``double_marks``, ``lower``, ``upper`` and spaces as in
    English.
With a model
    `masked_synonyms`, `paraphrase` and `back_translate` take any function; what they return is
    checked for mentions, negations and numbers, and is ambiguous where these differ.
"""

from __future__ import annotations

from pytest_fairness.perturb.surface.change import SurfaceChange
from pytest_fairness.perturb.surface.kinds import surface, surface_names
from pytest_fairness.perturb.surface.masking import masked_synonyms
from pytest_fairness.perturb.surface.perturbation import Chain, Perturbation, Surface, chain
from pytest_fairness.perturb.surface.rewriting import Rewrite, back_translate, paraphrase

__all__ = [
    "Chain",
    "Perturbation",
    "Rewrite",
    "Surface",
    "SurfaceChange",
    "back_translate",
    "chain",
    "masked_synonyms",
    "paraphrase",
    "surface",
    "surface_names",
]
