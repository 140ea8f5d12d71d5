import pytest

from pytest_fairness import surface
from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.data import Rows, augment_surface, back_translate

ROWS = Rows(
    ("The doctor is not here.", "The nurse came late.", "She came late."),
    ("0", "1", "1"),
    (2, 3, 4),
    groups=("x", "y", "y"),
    weights=(1.0, 2.0, 3.0),
)


class TestSurface:
    def test_rows_go_along(self):
        step = augment_surface(ROWS, surface("uppercase"))
        assert step.rows.texts[3:] == tuple(t.upper() for t in ROWS.texts)
        assert step.rows.labels[3:] == ROWS.labels
        assert step.rows.groups[3:] == ROWS.groups
        assert step.rows.weights[3:] == ROWS.weights

    def test_some_groups_and_labels_only(self):
        step = augment_surface(ROWS, surface("uppercase"), groups=["y"], labels=["1"])
        assert step.rows.lines[3:] == (3, 4)
        with pytest.raises(ArgumentError, match=r"groups=\['z'\].*The rows have the groups x, y"):
            augment_surface(ROWS, surface("uppercase"), groups=["z"])

    def test_several_copies_differ(self):
        step = augment_surface(ROWS, surface("typo", keep="gender"), copies=3)
        assert len(set(step.rows.texts)) == len(step.rows) == 12
        assert all(
            "She" in text
            for text, line in zip(step.rows.texts, step.rows.lines, strict=True)
            if line == 4
        )

    def test_chinese(self):
        rows = Rows(("他今天在家，没有出门。",), ("0",), (2,))
        step = augment_surface(rows, surface("homophone", "zh", keep="gender"))
        assert len(step.rows) == 2
        assert "他" in step.rows.texts[1]

    def test_arguments(self):
        with pytest.raises(ArgumentError, match="copies=0"):
            augment_surface(ROWS, surface("typo"), copies=0)


class TestRoundTrip:
    def test_a_translator_that_adds_gender_is_caught(self):
        # Through a language that marks gender: doctors become men, nurses women.
        there = {
            "The doctor is not here.": "il medico non c'è",
            "The nurse came late.": "l'infermiera è arrivata tardi",
            "She came late.": "è arrivata tardi",
        }
        back = {
            "il medico non c'è": "The physician isn't here.",
            "l'infermiera è arrivata tardi": "The nurse came late in her car.",
            "è arrivata tardi": "He arrived late.",
        }
        step = back_translate(
            ROWS, lambda ts: [there[t] for t in ts], lambda ts: [back[t] for t in ts]
        )
        assert step.rows.texts[3:] == ("The physician isn't here.",)
        (note,) = step.report.notes
        assert "back_translation added 'her'" in note
        assert "back_translation lost 'she'" in note

    def test_chinese(self):
        rows = Rows(("护士很累。", "天很冷。"), None, (2, 3))
        back = {"护士很累。": "她是护士，很累。", "天很冷。": "天气很冷。"}
        step = back_translate(
            rows, list, lambda ts: [back[t] for t in ts], keep="gender", language="zh"
        )
        assert step.rows.texts[2:] == ("天气很冷。",)

    def test_a_folder_is_loaded(self, tmp_path):
        with pytest.raises(ArgumentError, match="is no sequence-to-sequence model"):
            back_translate(ROWS, tmp_path, list)
