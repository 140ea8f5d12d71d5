"""The command that shows what a perturbation does: `pytest-fairness perturb`."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from pytest_fairness.cli import main


def run(capsys, *arguments: str) -> tuple[int, list[str], str]:
    code = main(["perturb", *arguments])
    shown = capsys.readouterr()
    return code, shown.out.splitlines(), shown.err


def test_a_text_is_shown_with_its_variant(capsys):
    code, lines, _ = run(capsys, "She told her mother that he won.")
    assert code == 0
    assert lines == [
        "She told her mother that he won.",
        "  valid  female -> male",
        "    [He] told [his] [father] that [she] won.",
        "",
        "1 source, 1 variant for gender (en): 1 valid.",
    ]


def test_what_cannot_be_swapped_has_its_reason(capsys):
    _, lines, _ = run(capsys, "I gave her books.")
    assert lines[1] == "  ambiguous  female -> male: 'her' can be read in two ways"
    _, lines, _ = run(capsys, "The sky.")
    assert lines[1] == "  unchanged: no term of gender to swap"
    assert lines[-1] == "1 source, 1 variant for gender (en): 1 unchanged."


def test_chinese(capsys):
    _, lines, _ = run(capsys, "他爱他的妈妈。", "--language", "zh")
    assert lines[2] == "    [她]爱[她的][爸爸]。"


def test_every_group_or_one(capsys):
    text, many = "A Muslim woman called.", ["--attribute", "religion"]
    _, lines, _ = run(capsys, text, *many)
    assert sum("Muslim -> " in line for line in lines) == 6
    _, lines, _ = run(capsys, text, *many, "--to", "Hindu")
    assert lines[1:3] == ["  valid  Muslim -> Hindu", "    A [Hindu] woman called."]
    assert lines[-1] == "1 source, 1 variant for religion (en): 1 valid."
    _, lines, _ = run(capsys, text, *many, "--limit", "2")
    assert lines[-1].endswith("6 variants for religion (en): 6 valid. 2 listed.")


def test_several_attributes_are_named_with_commas(capsys):
    _, lines, _ = run(capsys, "A Muslim woman left", "--attribute", "gender,religion")
    assert lines[1:3] == [
        "  valid  female, Muslim -> male, Christian",
        "    A [Christian] [man] left",
    ]
    _, lines, _ = run(capsys, "A Muslim friend left", "--attribute", "gender, religion")
    assert lines[1] == "  unchanged: no term of gender to swap"


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("t.txt", "He left.\n# not this\nI gave her books.\n", ()),
        ("t.csv", "text,n\nHe left.,1\nI gave her books.,2\n", ()),
        ("t.csv", "said,text\nHe left.,x\nI gave her books.,y\n", ("--column", "said")),
        ("t.jsonl", '{"text": "He left."}\n{"text": "I gave her books."}\n', ()),
    ],
)
def test_files_hold_one_text_a_row(capsys, tmp_path, name, content, options):
    path = tmp_path / name
    path.write_text(content, "utf-8")
    _, lines, _ = run(capsys, str(path), *options)
    assert "    [She] left." in lines
    assert any(line.startswith("line ") and "gave her books" in line for line in lines)
    assert lines[-1] == "2 sources, 2 variants for gender (en): 1 valid, 1 ambiguous."
    _, lines, _ = run(capsys, str(path), *options, "--status", "ambiguous")
    assert "    [She] left." not in lines
    assert lines[-1].endswith("1 valid, 1 ambiguous. 1 listed.")


def test_standard_input(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("He left.\n\nShe came.\n"))
    _, lines, _ = run(capsys, "-", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO("\n".join(lines))))
    assert [(row["line"], row["variant"], row["to"]) for row in rows] == [
        ("1", "She left.", "female"),
        ("3", "He came.", "male"),
    ]


def test_json_holds_everything(capsys):
    _, lines, _ = run(capsys, "An aunt of mine said she left.", "--format", "json")
    shown = json.loads("\n".join(lines))
    assert shown["counts"] == {"valid": 1}
    (variant,) = shown["variants"]
    assert variant["groups"] == ["female", "male"]
    assert variant["text"] == "An aunt of mine said she left."
    assert variant["variant"] == "An uncle of mine said he left."
    assert variant["changes"] == {"before": ["aunt", "she"], "after": ["uncle", "he"]}


def test_templates_list_some_pairs_and_count_all(capsys):
    _, lines, _ = run(capsys, "{name} {is} an {occupation} in {city}.", "--limit", "3")
    assert lines[0] == "{name} {is} an {occupation} in {city}."
    assert sum(line == "  valid  female -> male" for line in lines) == 3
    names = 48
    assert lines[-1] == (
        f"1 source, {names * names * 7 * 8:,} variants for gender (en): "
        f"{names * names * 7 * 8:,} valid. 3 listed."
    )
    first, second = lines[2], lines[3]
    assert first.startswith("    [")
    assert first.split("]")[1] == second.split("]")[1]


def test_templates_of_a_file_bring_their_slots(capsys, tmp_path):
    path = tmp_path / "t.yaml"
    path.write_text('slots: {x: [one, two]}\ntemplates:\n- "{Pronoun} said {x}."\n', "utf-8")
    _, lines, _ = run(capsys, str(path), "--to", "female")
    assert lines[0] == "line 3: {Pronoun} said {x}."
    assert {line for line in lines if line.startswith("    [She]")} == {
        "    [She] said one.",
        "    [She] said two.",
    }
    assert lines[1:3] == ["  valid  male -> female", f"    [He] said {lines[2][14:]}"]
    assert lines[-1] == "1 source, 2 variants for gender (en): 2 valid."


def test_notes_of_templates_are_shown(capsys):
    _, lines, _ = run(capsys, "{name} sold her car.", "--limit", "1")
    assert lines[-2].startswith("note: Template '{name} sold her car.' says 'her'")


def test_colour_only_on_a_terminal(capsys, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    _, lines, _ = run(capsys, "He left.")
    assert "\x1b[1m[She]\x1b[0m left." in lines[2]
    monkeypatch.setenv("NO_COLOR", "1")
    _, lines, _ = run(capsys, "He left.")
    assert lines[2] == "    [She] left."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["He.", "--attribute", "gendre"], "no built-in attribute 'gendre' .* Built in are en: "),
        (
            ["He.", "--language", "xx"],
            "no built-in attribute 'gender' for language 'xx'.*zh: .*gender",
        ),
        (["He.", "--to", "men"], "--to 'men' is no group of 'gender'; its groups are female, male"),
        (["He.", "--status", "ok"], "--status 'ok' is no status; they are valid, unchanged, ambig"),
        (["none.csv"], "none.csv cannot be read: No such file"),
        ([" "], "There is no text. Give one, a file, or -"),
        (["{naem} left."], r"unknown slot \{naem\}. Did you mean \{name\}"),
    ],
)
def test_bad_usage_ends_with_2(capsys, arguments, message):
    code, lines, err = run(capsys, *arguments)
    assert (code, lines) == (2, [])
    assert err.startswith("pytest-fairness perturb: ")
    assert re.search(message, err)


def test_a_limit_is_a_number(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["perturb", "He.", "--limit", "0"])
    assert stopped.value.code == 2
    assert "'0' must be a whole number of at least 1" in capsys.readouterr().err
