import json
from collections import Counter

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.data import Labelled, Rows, label_numbers, read_rows, split_rows

NAMES = ("not toxic", "toxic")
SHARES = (0.6, 0.2, 0.2)


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="rows.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write_file


def rows_of(texts, labels=None):
    texts = tuple(texts)
    return Rows(texts, None if labels is None else tuple(labels), tuple(range(len(texts))))


class TestReading:
    def test_a_table(self, write):
        path = write('id,text,label\n1,"one, two",toxic\n2,three,not toxic\n')
        rows = read_rows(path, "text", "label")
        assert rows.texts == ("one, two", "three")
        assert rows.labels == ("toxic", "not toxic")
        assert rows.lines == (2, 3)

    def test_lines_are_counted_through_quoted_line_breaks(self, write):
        rows = read_rows(write('text\n"a\nb"\n\nc\n'))
        assert rows.texts == ("a\nb", "c")
        assert rows.lines == (2, 5)

    def test_a_byte_order_mark_is_no_part_of_the_header(self, write):
        assert read_rows(write("\ufefftext\nhello\n")).texts == ("hello",)

    def test_tabs(self, write):
        assert read_rows(write("text\tn\none, two\t1\n", "rows.tsv")).texts == ("one, two",)

    def test_json_lines(self, write):
        lines = [{"text": "你好", "label": 1}, {"text": "b\u2028c", "label": False}]
        content = "\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
        rows = read_rows(write(content, "rows.jsonl"), "text", "label")
        assert rows.texts == ("你好", "b\u2028c")
        assert rows.labels == ("1", "0")
        assert rows.lines == (1, 3)

    @given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip)))
    def test_nothing_is_lost(self, tmp_path_factory, texts):
        path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
        path.write_text("".join(json.dumps({"text": t}) + "\n" for t in ("x", *texts)))
        assert read_rows(path).texts == ("x", *texts)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "holds no rows"),
            ("text\n", "holds no rows"),
            ("body,label\na,b\n", "line 2: no column 'text'. The columns are: body, label."),
            ("text,label\na,toxic\n ,toxic\n", "line 3: column 'text' holds ' ', not a text"),
            ("text,label\na,toxic\nb,\n", "line 3: column 'label' is empty"),
            ("text,label\na,toxic\nb\n", r"line 3: 1 fields, but the header has 2 \(text, label\)"),
            ("text,label\na,b,c\n", "line 2: 3 fields, but the header has 2"),
            ('text,label\na,toxic\n"b"c,d\n', "line 3: the row is malformed"),
            ('text,label\na,toxic\n"b,d\n', "line 3: the row is malformed"),
            ("text,text\na,b\n", "line 1: the header names 'text' twice"),
            (b"text,label\na,b\nb\xff,c\n", r"line 3: byte b'\\xff' is not UTF-8"),
        ],
    )
    def test_a_table_that_cannot_be_used(self, write, content, message):
        path = write(content)
        with pytest.raises(ArgumentError, match=message) as raised:
            read_rows(path, "text", "label")
        assert str(path) in str(raised.value)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ('{"text": "a"}\n{text}', "line 2: not JSON"),
            ('["a"]', "is not a JSON object"),
            ('{"body": "a"}', "no column 'text'. The columns are: body"),
            ('{"text": 3}', "holds 3, not a text"),
            ('{"text": null}', "holds None, not a text"),
        ],
    )
    def test_json_that_cannot_be_used(self, write, content, message):
        with pytest.raises(ArgumentError, match=message):
            read_rows(write(content, "rows.jsonl"))

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(ArgumentError, match="cannot be read: No such file"):
            read_rows(tmp_path / "rows.csv")

    def test_a_file_of_another_kind(self, tmp_path):
        with pytest.raises(ArgumentError, match=r"must end in one of \.csv, \.tsv, \.jsonl"):
            read_rows(tmp_path / "rows.xlsx")


class TestLabels:
    @pytest.mark.parametrize(
        ("labels", "expected"),
        [
            (["toxic", "not toxic"], (1, 0)),
            (["Toxic", "NOT TOXIC"], (1, 0)),
            (["1", "0"], (1, 0)),
            (["1.0", "0.0"], (1, 0)),
        ],
    )
    def test_by_name_or_number(self, labels, expected):
        assert label_numbers(rows_of("ab", labels), NAMES) == expected

    def test_a_name_goes_before_a_number(self):
        assert label_numbers(rows_of("ab", ["1", "0"]), ("1", "0")) == (0, 1)

    def test_case_counts_where_it_must(self):
        assert label_numbers(rows_of("ab", ["B", "b"]), ("b", "B")) == (1, 0)

    @pytest.mark.parametrize("label", ["2", "-1", "tox", "²", "0.5"])
    def test_an_unknown_label_is_named_with_its_line(self, write, label):
        rows = read_rows(write(f"text,label\na,toxic\nb,{label}\n"), "text", "label")
        message = rf"rows\.csv, line 3: label '{label}' .* \(not toxic, toxic\)"
        with pytest.raises(ArgumentError, match=message):
            label_numbers(rows, NAMES)

    def test_rows_without_labels(self):
        with pytest.raises(ArgumentError, match="without labels"):
            label_numbers(rows_of("ab"), NAMES)


class TestSplitting:
    @given(
        st.lists(st.tuples(st.integers(0, 60), st.sampled_from("xy")), min_size=40),
        st.integers(0, 5),
    )
    def test_every_row_lands_in_one_part_and_texts_never_in_two(self, pairs, seed):
        texts = [f"text {n}" for n, _ in pairs] + [f"more {n}" for n in range(20)]
        rows = rows_of(texts, [label for _, label in pairs] + ["x"] * 20)
        parts = split_rows(rows, seed, SHARES)
        assert Counter(line for part in parts for line in part.lines) == Counter(rows.lines)
        assert sum(len(set(part.texts)) for part in parts) == len(set(texts))

    def test_each_label_has_the_same_shares(self):
        rows = rows_of(map(str, range(500)), ["a"] * 400 + ["b"] * 100)
        counts = [Counter(part.labels) for part in split_rows(rows, 0, SHARES)]
        assert [c["a"] for c in counts] == [240, 80, 80]
        assert [c["b"] for c in counts] == [60, 20, 20]

    def test_the_order_of_the_file_does_not_matter(self):
        texts = [str(i) for i in range(50)]
        first = split_rows(rows_of(texts), 3, SHARES)
        second = split_rows(rows_of(texts[::-1]), 3, SHARES)
        assert [set(part.texts) for part in first] == [set(part.texts) for part in second]

    def test_the_seed_matters(self):
        rows = rows_of(map(str, range(50)))
        assert split_rows(rows, 0, SHARES) == split_rows(rows, 0, SHARES)
        assert split_rows(rows, 0, SHARES) != split_rows(rows, 1, SHARES)

    def test_a_share_of_zero_may_stay_empty(self):
        assert len(split_rows(rows_of("abcd"), 0, (0.5, 0.5, 0.0)).heldout) == 0

    def test_too_few_rows(self):
        with pytest.raises(ArgumentError, match="2 distinct texts are too few"):
            split_rows(rows_of("aabb"), 0, SHARES)

    @pytest.mark.parametrize("fractions", [(0.5, 0.5, 0.5), (1.5, -0.25, -0.25)])
    def test_fractions_that_are_no_shares(self, fractions):
        with pytest.raises(ArgumentError, match="fractions="):
            split_rows(rows_of("abcdef"), 0, fractions)


def test_targets_and_texts_must_match():
    with pytest.raises(ArgumentError, match="targets has 1 entries but texts has 2"):
        Labelled(["a", "b"], [0])
