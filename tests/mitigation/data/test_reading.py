import json

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.data import read_rows


@pytest.fixture
def write(tmp_path):
    def write_file(content, name="rows.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write_file


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
