"""Templates from files of every kind, and what is wrong with a file by its line."""

from __future__ import annotations

import sys

import pytest

from pytest_fairness import counterfactuals
from pytest_fairness.errors import ArgumentError, ArgumentTypeError, MissingPackageError
from pytest_fairness.perturb import Space
from pytest_fairness.perturb.files import load_templates

TWO = ["{name} left.", "{name} is, as ever, “late”."]
FILES = {
    "a.txt": "# people\n{name} left.\n\n  {name} is, as ever, “late”.\n",
    "a.csv": 'id,template\n1,{name} left.\n2,"{name} is, as ever, “late”."\n',
    "text.csv": 'text,other\n{name} left.,\n"{name} is, as ever, “late”.",x\n',
    "a.jsonl": '{"template": "{name} left."}\n"{name} is, as ever, “late”."\n',
    "a.yaml": '- "{name} left."\n- text: "{name} is, as ever, “late”."\n',
    "a.yml": 'templates:\n- "{name} left."\n- "{name} is, as ever, “late”."\n',
}


def written(folder, name: str, content: str | bytes):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", FILES)
def test_files_of_every_kind_hold_the_same(tmp_path, name, end, bom):
    content = bom + FILES[name].replace("\n", end).encode()
    loaded = load_templates(written(tmp_path, name, content))
    assert list(loaded) == TWO
    assert len(loaded) == 2
    assert loaded[1] == TWO[1]
    assert counterfactuals(loaded).sample(9, 0) == counterfactuals(TWO).sample(9, 0)
    assert Space.build(loaded)[0] == Space.build(TWO)[0]


def test_lines_ids_and_labels_come_along(tmp_path):
    path = written(
        tmp_path, "a.jsonl", '\n{"text": "{name} left.", "id": 7, "label": "calm"}\n"{name}!"\n'
    )
    loaded = load_templates(path)
    assert [(e.line, e.id, e.label) for e in loaded.entries] == [(2, "7", "calm"), (3, "", "")]
    pair = counterfactuals(loaded)[0]
    assert loaded.labels[pair.source] == "calm"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.yaml", 'slots: {age: [3, 4], x: [b]}\ntemplates: ["{name} is {age} {x}."]\n'),
        ("b.yaml", '- {template: "{name} is {age} {x}.", slots: {age: [3, 4], x: [b]}}\n'),
        ("c.jsonl", '{"text": "{name} is {age} {x}.", "slots": {"age": [3, 4], "x": ["b"]}}'),
        ("d.csv", 'text,slots\n{name} is {age} {x}.,"{""age"": [3, 4], ""x"": [""b""]}"\n'),
    ],
)
def test_slot_values_come_along(tmp_path, name, content):
    loaded = load_templates(written(tmp_path, name, content))
    assert loaded.slots == {"age": ("3", "4"), "x": ("b",)}
    space = counterfactuals(loaded)
    assert {p.original.split(" is ")[1] for p in space.sample(50, 0)} == {"3 b.", "4 b."}
    again = counterfactuals(loaded, slots={"x": ["c"]})
    assert again[0].original.endswith("c.")


def test_another_column_may_hold_the_templates(tmp_path):
    path = written(tmp_path, "a.csv", "text,Satz\nx,{name} kam.\n")
    assert list(load_templates(path, column="Satz")) == ["{name} kam."]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.txt", "", r"a.txt is empty: it holds no template or text"),
        ("a.txt", "# nothing\n\n", "a.txt is empty"),
        ("a.csv", "template\n", "a.csv is empty"),
        ("a.yaml", "", "a.yaml is empty"),
        ("a.md", "x", r"a.md must end in one of .txt, .csv, .jsonl, .yaml, .yml"),
        ("a.txt", b"{name}\n\xff\xfe", r"a.txt, line 2: byte b'\\xff' is not UTF-8. Save"),
        ("a.txt", "{name}!\n\n{name}!\n", r"line 3: the template '\{name\}!' stands on line 1 al"),
        ("a.csv", "id,text\n1,{name}\n1,{name}!\n", "line 3: the id '1' stands on line 2 already"),
        ("a.csv", "txt\n{name}\n", "line 2: no column 'template' or 'text'. The columns are txt"),
        ("a.csv", "text,id\n{name}, left\n{name}\n", "line 3: 1 fields, but the header has 2"),
        ("a.csv", 'text\n"a\nb" c\n', "line 2: the row is malformed"),
        ("a.csv", 'text,id\n"a\nb",1\n"",2\n', "line 4: 'text' holds '', expected a text"),
        ("a.jsonl", '{"text": "{name}"}\n{"text": \n', "line 2: not JSON"),
        ("a.jsonl", "3\n", "line 1: '3' is neither an object nor a string"),
        ("a.jsonl", '{"text": 3}\n', "line 1: 'text' holds 3, expected a text"),
        ("a.yaml", '- "{name}"\n- {name} left.\n', "line 2: not YAML .* Quote a text that begins"),
        ("a.yaml", '- "{name}"\n- {name}\n', "line 2: .* is neither a text nor a mapping .*Quote"),
        ("a.yaml", "template: x\n", "line 1: expected a list of templates, or a mapping"),
        ("a.yaml", "templates: x\n", "line 1: expected a list of templates"),
        ("a.jsonl", '{"text": "a", "slots": {"x": [1]}}\n{"text": "b", "slots": {"x": [2]}}',
         r"line 2: slot 'x' has the values \['2'\], but \['1'\] before"),
        ("a.csv", "text,slots\na,x\n", "line 2: slots='x' is not JSON"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said_by_line(tmp_path, name, content, message):
    with pytest.raises(ArgumentError, match=message):
        load_templates(written(tmp_path, name, content))


@pytest.mark.parametrize("slots", ['{"x": "ab"}', '{"x": []}', "[1]"])
def test_slots_of_the_wrong_kind(tmp_path, slots):
    path = written(tmp_path, "a.jsonl", f'{{"text": "a", "slots": {slots}}}')
    with pytest.raises(ArgumentTypeError, match="line 1: slot"):
        load_templates(path)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ArgumentError, match=r"none\.txt cannot be read: No such file"):
        load_templates(tmp_path / "none.txt")


def test_yaml_without_its_package_is_explained(tmp_path, monkeypatch):
    path = written(tmp_path, "a.yaml", '- "{name}"\n')
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingPackageError, match=r"needs PyYAML.*pip install pyyaml, or write"):
        load_templates(path)
