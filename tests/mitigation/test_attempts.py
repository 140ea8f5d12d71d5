"""The order of a repair: who is tried, who is looked at, and who wins."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from pytest_fairness import (
    Attribute,
    FairnessFailure,
    assert_counterfactual_invariance,
    counterfactuals,
    load_model,
)
from pytest_fairness.assertions.uneven import HIDDEN, OUTWEIGHED
from pytest_fairness.errors import MitigationError
from pytest_fairness.mitigation import Rows
from pytest_fairness.mitigation.attempts import Attempt, Tried, try_methods
from pytest_fairness.mitigation.caller import COMMAND, PLUGIN, PYTHON
from pytest_fairness.mitigation.config import MitigationConfig
from pytest_fairness.mitigation.gates import Judged
from pytest_fairness.mitigation.loop import _none_judged
from pytest_fairness.mitigation.methods import Method, Setting
from pytest_fairness.mitigation.methods.base import written_twice
from pytest_fairness.mitigation.result import MitigationResult
from pytest_fairness.mitigation.tasks import gather, spaces_of
from pytest_fairness.mitigation.utility import Utility
from pytest_fairness.mitigation.verdicts import Case, verdict_of
from pytest_fairness.outcome import Verdict
from tests.mitigation.spelling import spelled

GROUPS = {"up": ["alfa", "bravo", "charlie", "delta"], "down": ["echo", "foxtrot", "golf", "hotel"]}
TEMPLATES = [f"{{group}} writes {n} letters" for n in ("two", "six", "ten", "five", "nine", "four")]
DOWN = set(GROUPS["down"])


ROWS = Rows(
    tuple(f"{('good', 'bad')[i % 2]} letter {spelled(i)}" for i in range(400)),
    ("1", "0") * 200,
    tuple(range(400)),
)


def biased(texts):
    return [0.1 if "bad" in t else 0.2 if DOWN & set(t.split()) else 0.9 for t in texts]


def fair(texts):
    return [0.1 if "bad" in text else 0.9 for text in texts]


@pytest.fixture(scope="module")
def outcome():
    space = counterfactuals(TEMPLATES, vary=Attribute("group", GROUPS))
    with pytest.raises(FairnessFailure) as caught:
        assert_counterfactual_invariance(load_model(biased), space, max_flip_rate=0.05)
    return caught.value.outcome


@pytest.fixture(scope="module")
def setting(outcome):
    config = MitigationConfig(max_accuracy_loss=0.5)
    spaces = spaces_of([outcome])
    original = load_model(biased, labels=["0", "1"])
    material = gather(original, spaces, ROWS, config)
    return Setting(Path("nowhere"), original, (outcome,), tuple(spaces), material, config)


@dataclass
class Gate:
    """A gate that lets pass who is named, and remembers whom it saw."""

    passing: tuple[str, ...] = ()
    before: tuple = ()
    seen: list = field(default_factory=list)

    def judge(self, candidate, looks):
        self.seen.append((candidate.story, looks))
        return Judged((), candidate.story in self.passing)


def method(name, scores):
    def build(setting):
        model = load_model(scores, labels=["0", "1"])
        return written_twice(model, print, trainable_parameters=7, story=name)

    return Method(name, build)


def broken(name):
    def build(setting):
        raise MitigationError("this model has no such layer")

    return Method(name, build)


def run(setting, gate, *methods):
    return try_methods(methods, setting, gate)


def statuses(tried):
    return [(attempt.method, attempt.status) for attempt in tried.attempts]


def test_who_fails_on_validation_material_is_not_looked_at(setting):
    gate = Gate(passing=("b",))
    tried = run(setting, gate, method("a", biased), method("b", fair), method("c", fair))
    assert statuses(tried) == [("a", "set aside"), ("b", "repaired")]
    assert gate.seen == [("b", 3)]
    assert tried.winner.story == "b"
    assert "flip_rate is 1.000 on validation material" in tried.attempts[0].reason
    assert tried.attempts[1].retention == 1.0


def test_a_single_method_is_judged_at_once(setting):
    gate = Gate()
    tried = run(setting, gate, method("a", biased))
    assert gate.seen == [("a", 1)]
    assert tried.attempts[0].screened == ()
    assert tried.winner is None


def test_where_nobody_is_promising_the_nearest_is_judged_for_the_record(setting):
    def near(texts):
        down = ("echo", "foxtrot")
        return [0.1 if "bad" in t else 0.2 if t.startswith(down) else 0.9 for t in texts]

    gate = Gate()
    tried = run(setting, gate, method("a", biased), method("b", near))
    assert [name for name, _ in gate.seen] in (["a"], ["b"])
    judged = next(a for a in tried.attempts if a.status == "judged")
    other = next(a for a in tried.attempts if a.status == "set aside")
    assert judged.excess <= other.excess
    assert tried.winner is None


def test_no_more_than_three_look_at_held_out_material(setting):
    gate = Gate(passing=("d",))
    tried = run(setting, gate, *(method(name, fair) for name in "abcd"))
    assert [name for name, _ in gate.seen] == ["a", "b", "c"]
    assert tried.winner is None


def test_a_method_that_cannot_be_tried_is_named_and_passed_over(setting):
    unfit = Method("x", lambda setting: None, lambda setting: "peft is not installed")
    gate = Gate(passing=("b",))
    tried = run(setting, gate, unfit, broken("y"), method("b", fair))
    assert statuses(tried) == [("x", "skipped"), ("y", "skipped"), ("b", "repaired")]
    assert tried.attempts[0].reason == "peft is not installed"
    assert "no such layer" in tried.attempts[1].reason
    table = str(MitigationResult(True, "", attempts=tried.attempts))
    assert "not tried: peft" in table
    assert "no model: this model has no such layer" in table


def test_alone_its_error_is_the_users(setting):
    with pytest.raises(MitigationError, match="no such layer"):
        run(setting, Gate(), broken("y"))


def test_a_model_that_stayed_as_it_was_is_told_so(setting):
    def build(setting):
        return replace(method("a", biased).build(setting), unchanged=True)

    (attempt,) = run(setting, Gate(), Method("a", build)).attempts
    assert attempt.reason.startswith(
        "no state was fairer within the margin: the model is unchanged; "
    )


def test_a_lost_skill_is_no_repair(setting):
    strict = Setting(
        setting.folder,
        setting.original,
        setting.outcomes,
        setting.spaces,
        setting.material,
        MitigationConfig(max_accuracy_loss=0.001),
    )

    def useless(texts):
        return [0.1] * len(texts)

    gate = Gate(passing=("a",))
    tried = run(strict, gate, method("a", useless))
    assert tried.winner is None
    assert tried.attempts[0].status == "judged"


def test_too_few_pairs_to_tell_is_another_reason_than_a_failure(setting, outcome):
    few = counterfactuals(
        TEMPLATES[:2], vary=Attribute("group", {"up": ["alfa"], "down": ["echo"]})
    )
    with pytest.raises(FairnessFailure) as caught:
        assert_counterfactual_invariance(load_model(fair), few.sample(1, 0), max_flip_rate=0.05)
    thin = caught.value.outcome
    met, reason = verdict_of(False, [thin], None)
    assert not met
    assert "too few to show that all pass: flip_rate is 0.000 in 1 units" in reason
    assert "max_pairs" not in reason
    assert "do not all pass" in verdict_of(False, [outcome, thin], None)[1]


@pytest.mark.parametrize(("given", "most"), [({}, 2000), ({"max_pairs": 40}, 40)])
def test_what_a_check_leaves_out_is_asked_for_and_not_new_templates(given, most):
    space = counterfactuals([f"{{name}} has {n} cats." for n in range(4)], vary="gender")
    with pytest.raises(FairnessFailure) as caught:
        assert_counterfactual_invariance(load_model(fair), space, max_flip_rate=0.0005, **given)
    reason = verdict_of(False, [caught.value.outcome], None)[1]
    assert reason.endswith(f"Let the check compare more pairs than max_pairs={most}.")


def test_what_to_do_next_fits_the_method_the_caller_and_what_was_given(outcome):
    def said(**case):
        return verdict_of(False, [outcome], None, Case(**case))[1]

    typed = said(method="full", caller=COMMAND, has_rows=False)
    assert "(--train FILE --label COLUMN)" in typed
    assert "allow more steps (--max-steps)" in typed
    assert "(--method)" in typed
    assert "--" not in said(method="full", caller=PYTHON, has_rows=False)
    assert "max_steps" in said(method="lora", caller=PYTHON)
    assert "read_rows" not in said(method="lora", caller=PYTHON)
    for method in ("last_layer", "averaging", "erasure", "thresholds"):  # none takes steps
        assert "steps" not in said(method=method, caller=COMMAND)
    assert "method" not in said(method="full", caller=COMMAND, alone=False)  # all were tried
    plugin = said(method="full", caller=PLUGIN, has_rows=False)
    assert "--fairness-train FILE" in plugin
    assert "steps" not in plugin


def test_a_failure_names_what_is_missed_by_most(outcome):
    reason = verdict_of(False, [outcome], None, Case("last_layer", COMMAND, alone=False))[1]
    assert "flip_rate is 1.000, and the limit is max_flip_rate=0.05. Add templates" in reason


def test_checks_of_groups_speak_of_rows(outcome):
    about_rows = replace(outcome, source=None)
    reason = verdict_of(False, [about_rows], None, Case(caller=COMMAND))[1]
    assert "on rows that the repair did not see" in reason
    assert "templates" not in reason


def test_passing_checks_beside_a_failing_test_are_told_apart():
    broken = "tests do not pass: test_fair.py::test_skill: AssertionError: 0.7 < 0.9."
    reason = verdict_of(False, [], None, broken=broken)[1]
    assert reason.endswith(f"did not see, but {broken}")
    left_out = verdict_of(False, [], None, missing=["test_fair.py::test_it"], broken=broken)[1]
    told = f"{broken} Besides, test_fair.py::test_it did not run a check again"
    assert left_out.startswith(told)


def test_what_is_open_and_beyond_its_limit_asks_for_no_more_evidence(outcome):
    """More would show that it fails."""
    beyond = replace(outcome, verdict=Verdict.INCONCLUSIVE)
    reason = verdict_of(False, [beyond], None, Case("full", COMMAND))[1]
    assert "flip_rate is 1.000 in" in reason
    assert (
        "beyond the limit max_flip_rate=0.05. Add templates and terms to the tests, allow more"
        in (reason)
    )
    assert "too few" not in reason


def test_templates_that_a_check_outweighs_are_not_repaired(outcome):
    note = f"{OUTWEIGHED} If every template weighed the same, the rate would be 40.0 % or more."
    passing = replace(outcome, verdict=Verdict.PASS)
    noted = replace(passing, evidence=replace(passing.evidence, notes=(note,)))
    met, reason = verdict_of(True, [noted], None)
    assert not met
    assert "the rate would be 40.0 % or more" in reason
    single = replace(passing, evidence=replace(passing.evidence, notes=(f"{HIDDEN}, but of one.",)))
    met, reason = verdict_of(True, [single], None)
    assert met, "the limit of the test is on pairs"
    assert reason.endswith(f"{HIDDEN}, but of one.")


LOST = Utility("accuracy", 1.0, 0.829, 246, gained=0, lost=42, margin=0.02)


def test_more_rows_are_no_way_out_where_the_loss_is_shown():
    reason = verdict_of(True, [], LOST, Case("full", COMMAND))[1]
    assert reason.startswith(
        "accuracy went from 1.000 to 0.829 (n=246), a larger loss than 0.02. Look first whether "
        "the labels of the rows are right. Weigh"
    )
    for step in ("retention=", "fewer steps (--max-steps)", "another method (--method)"):
        assert step in reason
    assert "more rows" not in reason.casefold()
    assert "accept" not in reason.casefold(), "nobody would bear that"
    little = replace(LOST, after=0.955, lost=11)
    without_steps = verdict_of(True, [], little, Case("last_layer", COMMAND, alone=False))[1]
    assert without_steps.endswith("Accept a larger loss (--max-accuracy-loss).")


def test_labels_in_another_order_are_suspected():
    wrong = replace(LOST, before=0.0, after=0.0, lost=0, constant=0.5, shows_skill=False)
    assert "labels of the rows are in the model's order" in verdict_of(True, [], wrong)[1]


def test_a_sentence_ends_once_where_no_method_gave_a_model():
    reason = _none_judged(Tried((Attempt("full", "skipped", "the loss is no number."),), None))
    assert reason == "no method gave a model that could be judged: full: the loss is no number."
