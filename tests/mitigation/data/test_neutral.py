import pytest

from pytest_fairness.errors import ArgumentError
from pytest_fairness.mitigation.data import Rows, fill_label_deficits, label_deficits

# Of 8 texts with 20 to 59 characters 6 are harmless, a share of 3/4.
TEXTS = (
    ("A woman is rude, I say so.", "1"),
    ("The woman is rude, I say so.", "1"),
    ("A woman lives there in peace.", "0"),
    ("That man lives there in peace.", "0"),
    ("It rains in the whole country.", "0"),
    ("It is warm in the whole country.", "0"),
    ("It is cold in the whole country.", "0"),
    ("My mother is somewhere in town.", "0"),
)
ROWS = Rows(tuple(t for t, _ in TEXTS), tuple(y for _, y in TEXTS), tuple(range(8)))


class TestDeficits:
    def test_by_hand(self):
        (deficit,) = label_deficits(ROWS, "gender", "0")
        # Women: 4 rows, 2 harmless, share 6/8: (2 + m) / (4 + m) >= 3/4 needs m = 4.
        assert deficit == ("female", 20, 4, 2, 0.75, 4)

    @pytest.mark.parametrize("harmless", range(1, 9))
    def test_the_least_number_that_reaches_the_share(self, harmless):
        texts = [f"She is the number {i} of all who came." for i in range(9)]
        texts += [f"This is the number {i} of all that came." for i in range(11)]
        labels = ["0" if i < harmless or i >= 10 else "1" for i in range(20)]
        rows = Rows(tuple(texts), tuple(labels), tuple(range(20)))
        found = label_deficits(rows, "gender", "0", lengths=())
        wanted = (harmless + 10) / 20
        missing = next(m for m in range(99) if (harmless + m) / (9 + m) >= wanted - 1e-12)
        assert sum(d.missing for d in found) == missing

    def test_lengths_are_apart(self):
        rows = Rows(
            ("She is rude.", "It is fine.", "x" * 30 + " she is fine."), tuple("100"), (0, 1, 2)
        )
        assert [d.shortest for d in label_deficits(rows, "gender", "0")] == [0]

    def test_chinese(self):
        rows = Rows(("她很坏", "天气很好", "他很好"), tuple("100"), (0, 1, 2))
        assert [d.group for d in label_deficits(rows, "gender", "0", language="zh")] == ["female"]

    def test_an_unknown_label(self):
        with pytest.raises(ArgumentError, match="label='fine' is borne by no row"):
            label_deficits(ROWS, "gender", "fine")


class TestFilling:
    def test_the_pool_comes_first_and_only_what_fits(self):
        pool = [
            "Her sister is a famous poet.",
            "Her sister is a famous poet.",
            "He and she are famous poets.",  # of both
            "She writes.",  # shorter
            "A woman lives there in peace.",  # there already
        ]
        step = fill_label_deficits(ROWS, "gender", "0", pool=pool)
        added = step.rows.select(range(8, len(step.rows)))
        assert "Her sister is a famous poet." in added.texts
        assert set(added.labels) == {"0"}
        assert not set(pool[2:]) & set(added.texts)

    def test_counterfactuals_of_harmless_rows_help(self):
        step = fill_label_deficits(ROWS, "gender", "0")
        assert step.rows.texts[8:] == ("That woman lives there in peace.",)
        assert step.report.notes == (
            "female, texts of 20 characters or more: 1 of 4 found; give a pool with more texts of "
            "label '0'",
        )

    def test_filled_deficits_are_gone(self):
        names = ("Olu", "Ana", "Wei", "Ike", "Eva")
        templates = [f"{{Pronoun}} met {name} at the station." for name in names]
        step = fill_label_deficits(ROWS, "gender", "0", templates=templates)
        assert step.report.added == 4
        assert not step.report.notes
        # Of women's 8 short texts 6 are harmless now: the share that all texts had before.
        women = [
            y
            for t, y in zip(step.rows.texts, step.rows.labels, strict=True)
            if "She" in t or "oman" in t or "mother" in t
        ]
        assert (women.count("0"), len(women)) == (6, 8)

    def test_the_seed_draws(self):
        pool = [f"Her sister is poet number {i}." for i in range(30)]
        first, again, other = (
            fill_label_deficits(ROWS, "gender", "0", pool=pool, seed=s).rows.texts
            for s in (0, 0, 1)
        )
        assert first == again
        assert set(first) != set(other)

    def test_groups_go_along(self):
        rows = Rows(ROWS.texts, ROWS.labels, ROWS.lines, groups=("?",) * 8)
        assert fill_label_deficits(rows, "gender", "0").rows.groups[8:] == ("female",)
