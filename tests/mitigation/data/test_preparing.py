import pytest

from pytest_fairness import surface
from pytest_fairness.errors import ArgumentError, ArgumentTypeError, FairnessWarning
from pytest_fairness.mitigation.data import (
    Augmentation,
    Cleaning,
    Resampling,
    Rows,
    dependence,
    listed_words,
    prepare,
    remove_duplicates,
    with_mentioned_groups,
)

ROWS = Rows(
    ("She is a vet.", "She is a vet.", "He is a thug.", "It rains.", "It snows.", "it snows."),
    ("1", "1", "0", "0", "0", "1"),
    tuple(range(2, 8)),
)


def test_steps_in_order():
    done = prepare(
        ROWS,
        [
            Cleaning(score=listed_words(["thug"]), max_score=0),
            Augmentation("gender"),
            Resampling("label", how="over"),
        ],
    )
    assert done.rows.texts == ("She is a vet.", "It rains.", "He is a vet.", "It rains.")
    assert [(r.before, r.after) for r in done.reports] == [(6, 5), (5, 3), (3, 2), (2, 3), (3, 4)]
    assert len(str(done).splitlines()) == 5
    assert done.alarms == ()


def test_one_step_and_none():
    assert prepare(ROWS, Cleaning(conflicts=None)).rows.lines == (2, 4, 5, 6, 7)
    assert str(prepare(ROWS, [])) == "nothing to do: 6 rows"


def test_a_function_of_rows_is_a_step():
    assert len(prepare(ROWS, remove_duplicates).rows) == 5


def test_rows_without_labels_have_no_conflicts():
    rows = Rows(("a", "a", "b"), None, (2, 3, 4))
    assert [r.step for r in prepare(rows, Cleaning()).reports] == ["remove duplicates"]


def test_all_that_can_be_asked_of_augmentation():
    plan = Augmentation(
        "gender",
        counterfactuals="substitute",
        fill_label="1",
        templates=["{Pronoun} met Wei."],
        surface=surface("uppercase"),
        to=list,
        back=lambda texts: [f"Well, {t}" for t in texts],
        groups=["male"],
    )
    done = prepare(with_mentioned_groups(ROWS), plan)
    assert [r.step.split(" (")[0] for r in done.reports] == [
        "fill deficits of label '1'",
        "add rewritten rows",
        "add rewritten rows",
        "substitute counterfactuals",
    ]
    assert "HE IS A THUG." in done.rows.texts or "SHE IS A THUG." in done.rows.texts


def test_groups_that_texts_mention_can_be_balanced():
    rows = Rows(
        ("She left.", "She won.", "He left.", "He won.", "He ran.", "He sat."),
        tuple("100111"),
        tuple(range(6)),
    )
    weighed = prepare(rows, Resampling(how="weigh", attribute="gender")).rows
    assert weighed.groups == ("female",) * 2 + ("male",) * 4
    assert dependence(weighed) < 1e-12


def test_real_chinese_posts(posts):
    # A list of words for a region removes posts on regions more often than others, and says so.
    words = listed_words(["河南", "东北", "上海", "广东"])
    steps = [
        Cleaning(score=words, max_score=0, near_duplicates=0.7),
        Augmentation("gender", "zh"),
        Resampling("joint"),
    ]
    with pytest.warns(FairnessWarning, match="group 'region'"):
        done = prepare(posts, steps)
    (alarm,) = done.alarms
    assert "Fisher's exact test" in alarm
    assert len({c.before - c.removed for c in done.reports[-1].counts}) == 1


def test_cleaning_of_near_duplicates_comes_first():
    with pytest.raises(ArgumentError, match="would remove the variants"):
        prepare(ROWS, [Augmentation(), Cleaning(near_duplicates=0.8)])


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Cleaning(conflicts="vote"), "conflicts='vote' must be one of None, remove"),
        (lambda: Cleaning(score=len), "score and max_score belong together"),
        (lambda: Cleaning(probabilities=len), "belongs to label_noise=True"),
        (lambda: Augmentation(counterfactuals="all"), "must be one of None, augment, substitute"),
        (lambda: Augmentation(to=list), "to and back belong together"),
        (lambda: Augmentation(pool=["a"]), "belong to fill_label="),
        (lambda: Resampling("fair"), "objective='fair' must be one of"),
        (lambda: Resampling(clip=3), "clip=3 belongs to how='weigh'"),
        (lambda: Resampling("label", how="weigh"), "has no objective 'label'"),
    ],
)
def test_specifications_check_themselves(build, message):
    with pytest.raises(ArgumentError, match=message):
        build()


def test_what_is_no_step():
    with pytest.raises(ArgumentTypeError, match="steps holds 3; expected Cleaning"):
        prepare(ROWS, [3])
