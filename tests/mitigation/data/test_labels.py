import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.data import Rows, label_numbers, read_rows

NAMES = ("not toxic", "toxic")


def rows_of(texts, labels=None):
    texts = tuple(texts)
    return Rows(texts, None if labels is None else tuple(labels), tuple(range(len(texts))))


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
    def test_an_unknown_label_is_named_with_its_line(self, tmp_path, label):
        path = tmp_path / "rows.csv"
        path.write_text(f"text,label\na,toxic\nb,{label}\n", "utf-8")
        rows = read_rows(path, "text", "label")
        message = rf"rows\.csv, line 3: label '{label}' .* \(not toxic, toxic\)"
        with pytest.raises(ArgumentError, match=message):
            label_numbers(rows, NAMES)

    def test_rows_without_labels(self):
        with pytest.raises(ArgumentError, match="without labels"):
            label_numbers(rows_of("ab"), NAMES)
