"""Swap sentences with the code of one other tool: ``python peers.py TOOL FOLDER < texts.json``.

It runs by itself, in an environment of its own with nltk, sacremoses, pandas, num2words and
importlib_resources, on the unpacked packages in FOLDER. Their other dependencies play no part in a
swap: where one is imported, an empty stand-in takes its place, as for the parts of the tools
themselves that load models or draw progress bars.
"""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import random
import sys
import types
from pathlib import Path

ABSENT = (
    "langchain_core",
    "rich",
    "spacy",
    "langtest.errors",
    "langtest.logger",
    "langtest.modelhandler",
    "langtest.transform.base",
    "langtest.transform.utils",
    "langtest.utils",
    "langfair.generator.generator",
    "langfair.utils",
    "giskard.datasets",
    "giskard.functions",
    "giskard.scanner.robustness.base_perturbation_function",
)


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives an empty module in place of what plays no part in a swap."""

    def find_spec(self, name, path=None, target=None):
        if any(name == each or name.startswith(f"{each}.") for each in ABSENT):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        module = types.ModuleType(spec.name)
        module.__path__ = []
        module.__getattr__ = lambda name: type(name, (), {})
        return module

    def exec_module(self, module):
        pass


def plain_package(name, folder):
    """Make a package importable without running its own __init__."""
    spec = importlib.util.spec_from_file_location(
        name, Path(folder) / "__init__.py", submodule_search_locations=[str(folder)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module


def langtest(root):
    base = next(root.glob("langtest*/langtest"), root / "langtest" / "langtest")
    for name in ("langtest", "langtest.transform"):
        plain_package(name, base.joinpath(*name.split(".")[1:]))
    known = importlib.import_module("langtest.transform.constants")
    transform = importlib.import_module("langtest.transform.bias").GenderPronounBias.transform
    lists = {
        "female": known.female_pronouns,
        "male": known.male_pronouns,
        "neutral": known.neutral_pronouns,
    }

    def swap(text, groups):
        wanted = ("neutral",) if "nonbinary" in groups else ("female", "male")
        return [_langtest_to(transform, lists, text, to) for to in wanted for _ in range(20)]

    return swap


def _langtest_to(transform, lists, text, to):
    words = [w for other in lists if other != to for ws in lists[other].values() for w in ws]
    return transform([text], words, to)[0]


def langfair(root):
    plain_package("langfair", root / "langfair" / "langfair")
    plain_package("langfair.generator", root / "langfair" / "langfair" / "generator")
    nltk = importlib.import_module("nltk.tokenize")
    nltk.word_tokenize = nltk.NLTKWordTokenizer().tokenize  # the sentence splitter needs a download
    made = importlib.import_module("langfair.generator.counterfactual")
    made.word_tokenize = nltk.word_tokenize
    generator = made.CounterfactualGenerator.__new__(made.CounterfactualGenerator)
    generator.detokenizer = importlib.import_module("sacremoses").MosesDetokenizer("en")

    def swap(text, groups):
        if "nonbinary" in groups:
            return None
        return list(generator._sub_from_dict(made.GENDER_TO_WORD_LISTS, text).values())

    return swap


def giskard(root):
    base = root / "giskard" / "giskard"
    for name in (
        "giskard",
        "giskard.scanner",
        "giskard.scanner.robustness",
    ):
        plain_package(name, base.joinpath(*name.split(".")[1:]))
    module = importlib.import_module("giskard.scanner.robustness.text_transformations")
    kind = module.TextGenderTransformation
    made = kind.__new__(kind)
    made.column = "text"
    made._load_dictionaries()

    def swap(text, groups):
        if "nonbinary" in groups:
            return None
        return [made.make_perturbation({"text": text, "language__gsk__meta": "en"})]

    return swap


def checklist(_root):
    """Perturb.change_names replaces a name by one of the same gender; nothing else is gendered."""
    return lambda text, groups: None


TOOLS = {"LangTest": langtest, "LangFair": langfair, "Giskard": giskard, "CheckList": checklist}


def main():
    random.seed(0)
    root = Path(sys.argv[2])
    for folder in root.iterdir():
        sys.path.insert(0, str(folder))
    sys.meta_path.insert(0, StandIns())
    swap = TOOLS[sys.argv[1]](root)
    print(json.dumps([swap(text, tuple(groups)) for text, groups in json.load(sys.stdin)]))


if __name__ == "__main__":
    main()
