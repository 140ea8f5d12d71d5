"""Surface perturbations: changes of a text that keep what it says.

They are the floor of robustness. A model that gives way to a typo gives way to a name as well, and
is fragile rather than biased. Each perturbation is a value with a name and a language; called with
a text and a seed it returns what became of the text, and touches no word of the attributes in
``keep``, so that it may stand beside a counterfactual.

>>> from pytest_fairness import surface
>>> surface("american")("The colour of her coat is grey.").text
'The color of her coat is gray.'
>>> typo = surface("typo", keep="gender")
>>> typo("My sister repaired it.", seed=1) == typo("My sister repaired it.", seed=1)
True
>>> (surface("contract") + surface("lowercase"))("I do not know Ann.").text
"i don't know ann."

What there is, by language:

>>> from pytest_fairness import available_surfaces
>>> available_surfaces()["zh"][:3]
('drop_punctuation', 'extra_space', 'fullwidth')
"""

from __future__ import annotations

from pytest_fairness.perturb.surface.change import SurfaceChange
from pytest_fairness.perturb.surface.kinds import available_surfaces, surface
from pytest_fairness.perturb.surface.perturbation import Surface
from pytest_fairness.perturb.surface.rewriting import back_translation, masked_synonyms, paraphrase

__all__ = [
    "Surface",
    "SurfaceChange",
    "available_surfaces",
    "back_translation",
    "masked_synonyms",
    "paraphrase",
    "surface",
]
