"""Protected attributes: their groups, and the terms by which a language names them.

An `Attribute` is plain data. Some are built in, as TOML files below ``lexicons/``, each with its
source, licence and date; users build others of their own words.
"""

from __future__ import annotations

from pytest_fairness.attributes.attribute import Attribute, names
from pytest_fairness.attributes.combination import Combination, Varied
from pytest_fairness.attributes.loader import available_attributes, load_attribute, load_slots
from pytest_fairness.attributes.regional import names_by_country
from pytest_fairness.attributes.word_sets import WordSets, available_word_sets, word_sets

__all__ = [
    "Attribute",
    "Combination",
    "Varied",
    "WordSets",
    "available_attributes",
    "available_word_sets",
    "load_attribute",
    "load_slots",
    "names",
    "names_by_country",
    "word_sets",
]
