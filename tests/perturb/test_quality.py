"""The table of quality holds what it promises."""

from __future__ import annotations

from tests.perturb import quality


def test_pronouns_are_read_right_where_they_are_decided(shared_data):
    rows = [
        quality.hatecheck(shared_data / "hatecheck_en"),
        quality.judged("own", list(quality.winogender_style())),
    ]
    assert [row.n for row in rows] == [25, 128]
    for row in rows:
        assert row.decided >= 0.95 * row.n
        assert row.correct >= 0.98 * row.decided


def test_words_for_persons_are_covered_and_the_rest_has_a_reason(shared_data):
    row, rest = quality.coverage(shared_data / "gender_words")
    assert row.correct >= 0.95 * row.decided
    assert "NO REASON WRITTEN DOWN" not in rest.values()
