"""Swap sentences with the code of one other tool: ``python peers.py TOOL FOLDER < texts.json``.

It runs by itself, in the environment and on the unpacked packages that `peer_packages` puts into
FOLDER. Their other dependencies play no part in a swap: where one is imported, an empty stand-in
takes its place, as for the parts of the tools themselves that load models or draw progress bars.
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

DRAWS = 20
PERSONS = ("Virginia Woolf", "Gaga", "Harry", "Teresa", "Lee")
ABSENT = (
    "langchain_core",
    "rich",
    "pattern",
    "iso639",
    "checklist.viewer",
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
        module.__getattr__ = lambda name: type(name, (), {"__init__": _take_anything})
        return module

    def exec_module(self, module):
        pass


def _take_anything(self, *_args, **_kwargs):
    pass


def plain_package(name, folder):
    """Make a package importable without running its own __init__."""
    spec = importlib.util.spec_from_file_location(
        name, Path(folder) / "__init__.py", submodule_search_locations=[str(folder)]
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module


def langtest(root):
    base = root / "langtest" / "langtest"
    for name in ("langtest", "langtest.transform"):
        plain_package(name, base.joinpath(*name.split(".")[1:]))
    bias = importlib.import_module("langtest.transform.bias")

    def swap(text, groups):
        kinds = ("neutral",) if "nonbinary" in groups else ("female", "male")
        tests = {f"replace_to_{kind}_pronouns": {} for kind in kinds}
        bias.BiasTestFactory([], tests)  # fills in its own parameters
        return [_langtest_draw(bias, test, text) for test in tests.values() for _ in range(DRAWS)]

    return swap


def _langtest_draw(bias, test, text):
    return bias.GenderPronounBias.transform([text], **test["parameters"])[0]


def langfair(root):
    base = root / "langfair" / "langfair"
    for name in ("langfair", "langfair.generator"):
        plain_package(name, base.joinpath(*name.split(".")[1:]))
    tokenize = importlib.import_module("nltk.tokenize")
    tokenize.word_tokenize = tokenize.NLTKWordTokenizer().tokenize  # its sentences need a download
    generator = importlib.import_module(
        "langfair.generator.counterfactual"
    ).CounterfactualGenerator()
    generator.progress_bar = None

    def swap(text, groups):
        if not generator.parse_texts([text], attribute="gender")[0]:
            return [text]  # create_prompts refuses texts without such words
        if "nonbinary" in groups:
            return generator.neutralize_tokens([text], attribute="gender")
        made = generator.create_prompts([text], attribute="gender")
        return made["male_prompt"] + made["female_prompt"]

    return swap


def giskard(root):
    base = root / "giskard" / "giskard"
    for name in ("giskard", "giskard.scanner", "giskard.scanner.robustness"):
        plain_package(name, base.joinpath(*name.split(".")[1:]))
    module = importlib.import_module("giskard.scanner.robustness.text_transformations")
    switch = module.TextGenderTransformation("text")
    switch.column = "text"

    def swap(text, groups):
        if "nonbinary" in groups:
            return None
        return [switch.make_perturbation({"text": text, "language__gsk__meta": "en"})]

    return swap


def checklist(root):
    plain_package("checklist", root / "checklist" / "checklist")
    perturb = importlib.import_module("checklist.perturb").Perturb

    def swap(text, groups):
        made, names = perturb.change_names(Doc(text), n=DRAWS, seed=0, meta=True) or ([], [])
        crossed = any(_crosses(perturb.data["name_set"], *each) for each in names)
        return [str(each) for each in made] if crossed else None

    return swap


def _crosses(known, old, new):
    """Tell whether a first name gives way to one that is not in the same list of women or men."""
    old, new = old.split()[0], new.split()[0]
    return not any(old in known[sex] and new in known[sex] for sex in ("women", "men"))


class Doc:
    """A text with its persons marked by hand, as CheckList asks spaCy to."""

    def __init__(self, text):
        self.text = text
        self.ents = [Person(name) for name in PERSONS if name in text]


class Person:
    def __init__(self, text):
        self.text = text
        self.ent_type_ = "PERSON"

    def __iter__(self):
        return iter([self])


TOOLS = {"LangTest": langtest, "LangFair": langfair, "Giskard": giskard, "CheckList": checklist}


def main():
    random.seed(0)
    root = Path(sys.argv[2])
    for tool in TOOLS:
        sys.path.insert(0, str(root / tool.lower()))
    sys.meta_path.insert(0, StandIns())
    swap = TOOLS[sys.argv[1]](root)
    print(json.dumps([swap(text, tuple(groups)) for text, groups in json.load(sys.stdin)]))


if __name__ == "__main__":
    main()
