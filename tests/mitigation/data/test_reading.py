import json

import pytest
from hypothesis import given, strategies as st

from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.mitigation.data import label_numbers, read_rows
from pytest_fairness.mitigation.data.files import file_columns


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

    def test_names_of_columns(self, write, tmp_path):
        pyarrow = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        parquet.write_table(pyarrow.table({"text": ["a"], "n": [1]}), tmp_path / "rows.parquet")
        for path in (
            write("text, n\na,1\n"),
            write('{"text": "a", "n": 1}\n', "rows.jsonl"),
            tmp_path / "rows.parquet",
        ):
            assert file_columns(path) == ("text", "n")
        assert file_columns(write("", "empty.csv")) == ()
        with pytest.raises(ArgumentError, match="cannot be read"):
            file_columns(tmp_path / "missing.parquet")

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
            ("text;label\na;b\n", "The one column is 'text;label': are they separated by ';'"),
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


COLUMNS = {"body": ["a", "你好"], "y": [1, 0], "who": ["x", "y"], "other": [[1], [2]]}


def pandas_table():
    return pytest.importorskip("pandas").DataFrame(COLUMNS, index=[7, 3])


def polars_table():
    return pytest.importorskip("polars").DataFrame(COLUMNS)


def lazy_table():
    return polars_table().lazy()


def arrow_table():
    return pytest.importorskip("pyarrow").table(COLUMNS)


def data_set():
    return pytest.importorskip("datasets").Dataset.from_dict(COLUMNS)


def columns():
    return COLUMNS


def mappings():
    return [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)]


def stream():
    return iter(mappings())


class TestTables:
    @pytest.mark.parametrize(
        "table",
        [
            pandas_table,
            polars_table,
            lazy_table,
            arrow_table,
            data_set,
            columns,
            mappings,
            stream,
        ],
    )
    def test_every_kind_gives_the_same_rows(self, table):
        rows = read_rows(table(), "body", "y", "who")
        assert rows.texts == ("a", "你好")
        assert rows.labels == ("1", "0")
        assert rows.groups == ("x", "y")
        assert rows.lines == (0, 1)
        assert (rows.path, rows.weights) == ("", None)

    def test_parquet(self, tmp_path):
        parquet = pytest.importorskip("pyarrow.parquet")
        path = tmp_path / "rows.parquet"
        parquet.write_table(arrow_table(), path)
        rows = read_rows(path, "body", "y", "who")
        assert (rows.texts, rows.labels, rows.groups) == (("a", "你好"), ("1", "0"), ("x", "y"))
        assert rows.path == str(path)
        with pytest.raises(ArgumentError, match=r"rows\.parquet: no column 'text'. The columns"):
            read_rows(path)

    def test_a_file_that_is_no_parquet(self, write):
        pytest.importorskip("pyarrow")
        with pytest.raises(ArgumentError, match="is not a Parquet file"):
            read_rows(write("text\na\n", "rows.parquet"))

    def test_a_parquet_file_that_is_not_there(self, tmp_path):
        pytest.importorskip("pyarrow")
        with pytest.raises(ArgumentError, match="cannot be read: No such file"):
            read_rows(tmp_path / "rows.parquet")

    def test_texts_alone(self):
        assert read_rows(["a", "b"]).texts == ("a", "b")
        with pytest.raises(ArgumentError, match=r"no column 'label'\. The columns are: text"):
            read_rows(["a", "b"], label="label")

    @pytest.mark.parametrize("empty", [None, float("nan"), "", " "])
    def test_an_empty_label(self, empty):
        table = {"text": ["a", "b"], "label": ["x", "x"], "group": ["y", "y"]}
        table["label"][1] = empty
        message = r"^row 1 \(counted from 0\): column 'label' is empty. Fill in the label"
        with pytest.raises(ArgumentError, match=message):
            read_rows(table, label="label", group="group")

    @pytest.mark.parametrize("empty", [None, float("nan"), "", " "])
    def test_a_group_may_be_unknown(self, empty):
        table = {"text": ["a", "b"], "group": ["y", empty]}
        assert read_rows(table, group="group").groups == ("y", "")

    def test_missing_values_of_pandas(self):
        pandas = pytest.importorskip("pandas")
        table = pandas.DataFrame({"text": ["a", "b"], "n": pandas.array([1, None], dtype="Int64")})
        with pytest.raises(ArgumentError, match=r"row 1 .* column 'n' is empty"):
            read_rows(table, label="n")

    @pytest.mark.parametrize(
        ("source", "error", "message"),
        [
            (
                {"body": ["a"], "label": [1]},
                ArgumentError,
                "The data: no column 'text'. The columns are: body",
            ),
            ([{"body": "a"}], ArgumentError, r"row 0 .*: no column 'text'"),
            ([], ArgumentError, "The data holds no rows"),
            ({"text": ["a", "b"], "label": [1]}, ArgumentError, "text has 2, label has 1"),
            ([("a", 1)], ArgumentTypeError, "is of type tuple, neither a text nor a mapping"),
            (3, ArgumentTypeError, "int cannot be read as rows"),
        ],
    )
    def test_what_cannot_be_used(self, source, error, message):
        with pytest.raises(error, match=message):
            read_rows(source, label="label" if isinstance(source, dict) else None)

    def test_a_set_of_parts(self):
        datasets = pytest.importorskip("datasets")
        parts = datasets.DatasetDict(train=data_set(), test=data_set())
        with pytest.raises(ArgumentTypeError, match=r"parts train, test. Give one of them: data"):
            read_rows(parts)


class TestNamedNumbers:
    """Columns of datasets whose numbers have names."""

    @pytest.fixture
    def table(self):
        datasets = pytest.importorskip("datasets")
        features = datasets.Features(
            text=datasets.Value("string"), label=datasets.ClassLabel(names=["neg", "pos"])
        )
        columns = {"text": ["good", "bad", "so so"], "label": [1, 0, 1]}
        return datasets.Dataset.from_dict(columns, features=features)

    def test_their_names_are_the_labels(self, table):
        assert read_rows(table, label="label").labels == ("pos", "neg", "pos")

    def test_a_model_without_names_takes_them_by_number(self, table):
        rows = read_rows(table, label="label")
        assert label_numbers(rows, ("LABEL_0", "LABEL_1")) == (1, 0, 1)
        assert label_numbers(rows.select([1]), ("LABEL_0", "LABEL_1")) == (0,)
        assert label_numbers(rows, ("pos", "neg")) == (0, 1, 0)
        with pytest.raises(ArgumentError, match="label 'pos' is not one of the model's labels"):
            label_numbers(rows, ("LABEL_0", "LABEL_1", "LABEL_2"))

    def test_a_stream_has_them_too(self, table):
        rows = read_rows(table.to_iterable_dataset(), label="label")
        assert rows.labels == ("pos", "neg", "pos")

    def test_numbers_without_names_stay(self, table):
        datasets = pytest.importorskip("datasets")
        plain = table.cast_column("label", datasets.Value("int64"))
        assert read_rows(plain, label="label").labels == ("1", "0", "1")

    def test_a_row_without_a_label_is_named(self, table):
        datasets = pytest.importorskip("datasets")
        columns = {"text": ["good", "bad"], "label": [1, -1]}
        hidden = datasets.Dataset.from_dict(columns, features=table.features)
        with pytest.raises(ArgumentError, match=r"row 1 .* column 'label' is empty"):
            read_rows(hidden, label="label")
