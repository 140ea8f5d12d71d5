"""Surface perturbations: the same said in other letters, as the floor that robustness stands on.

A model that changes its mind when a comma goes, or when "colour" becomes "color", is fragile; only
what it does *beyond* that for a counterfactual is bias. Each kind of change is a value: called with
a text and a seed it returns a `SurfaceChange` with the variant, a status and the exact edits.

>>> from pytest_fairness import surface
>>> plain = surface("expand", keep="gender") + surface("american")
>>> change = plain("She's sure we don't need another colour.")
>>> change.text
"She's sure we do not need another color."
>>> change.status, [(edit.before, edit.after) for edit in change.edits]
('valid', [("n'", ' no'), ('u', '')])

What `keep` names stays letter for letter, so that the change is a fair placebo. What cannot be
decided ("She's" is "She is" or "She has") is left alone; where nothing else can change, the status
is ``"ambiguous"``, with the reason. The draw depends on text, seed and name alone: the same on
every machine and in any order. ``variants`` returns several distinct ones:

>>> homophones = surface("homophone", "zh", keep=["医生"])
>>> [v.valid for v in homophones.variants("这位医生在城里工作。", 3, seed=7)]
[True, True, True]

English
    ``typo`` (any of ``typo_substitute``, ``typo_insert``, ``typo_delete``, ``typo_transpose``) by
    keys side by side, ``ocr``; ``lowercase``, ``uppercase``, ``titlecase``, ``random_case``;
    ``drop_punctuation``, ``drop_commas``, ``drop_final``, ``add_final``, ``repeat_punctuation``;
    ``extra_space``, ``missing_space``, ``tabs``, ``strip``; ``expand`` and ``contract``;
    ``strip_accents`` and ``add_accents``; ``british`` and ``american``; ``number_words`` and
    ``number_figures``; ``synonym``.
Chinese
    ``homophone``, ``lookalike``, ``pinyin``, ``pinyin_slip``; ``traditional`` and ``simplified``
    (these two need ``pip install 'pytest-fairness[chinese]'``); ``fullwidth`` and ``halfwidth``,
    also ``_words`` or ``_marks`` alone; ``extra_space`` and ``no_spaces`` beside Latin letters;
    marks, case, ``tabs`` and ``strip`` as in English.
With a model
    `masked_synonyms`, `paraphrase` and `back_translation` take any function; what they return is
    checked for mentions, negations and numbers, and is ambiguous where these differ.
"""

from __future__ import annotations

from pytest_fairness.perturb.surface.change import SurfaceChange
from pytest_fairness.perturb.surface.kinds import available_surfaces, surface
from pytest_fairness.perturb.surface.masking import masked_synonyms
from pytest_fairness.perturb.surface.perturbation import Chain, Perturbation, Surface, chain
from pytest_fairness.perturb.surface.rewriting import Rewrite, back_translation, paraphrase

__all__ = [
    "Chain",
    "Perturbation",
    "Rewrite",
    "Surface",
    "SurfaceChange",
    "available_surfaces",
    "back_translation",
    "chain",
    "masked_synonyms",
    "paraphrase",
    "surface",
]
