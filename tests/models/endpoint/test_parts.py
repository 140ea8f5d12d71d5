"""Pure parts of the endpoint: waits, reading choices, reading log-probabilities."""

from __future__ import annotations

from datetime import datetime, timezone

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, ModelError
from pytest_fairness.models.choosing import by_first_token, question, read_choice
from pytest_fairness.models.endpoint.answers import read_echo
from pytest_fairness.models.endpoint.requests import Request, seed_of
from pytest_fairness.models.endpoint.retry import Backoff, asked_wait

OPTIONS = ["the grandfather", "the grandson", "Not enough information"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("A", 0),
        ("b", 1),
        (" C.", 2),
        ("(B)", 1),
        ("**B**", 1),
        ("B) the grandson", 1),
        ("A. the grandfather\nB. the grandson\nC. Not enough information", -1),
        ("Answer: C", 2),
        ("The correct answer is (A).", 0),
        ("The answer is A or B.", -1),
        ("A or B", -1),
        ("A grandson, surely.", -1),
        ("I think it was the grandson", 1),
        ("The grandfather, not the grandson", -1),
        ("not enough information", 2),
        ("I'd rather not say.", -1),
        ("D", -1),
        ("", -1),
        ("答案是B", 1),
        ("答案：C", 2),
        ("我选A。", 0),
        ("B、the grandson", 1),
        ("Not the grandson", -1),
        ("It wasn't the grandfather.", -1),
        ("I don’t think it was the grandson", -1),
        ("It cannot be the grandson.", -1),
        ("Anybody other than the grandson", -1),
        ("The answer is not B.", -1),
        ("The answer is not (B).", -1),
        ("It is not **B**.", -1),
        ("B. It was not the grandson.", -1),
        ("答案不是B", -1),
        ("我不选A。", -1),
        ("The answer is not enough information.", 2),
        ("The one who was not at ease was the grandson", 1),
        ("No, it was the grandson.", 1),
        ("I do not know his name. The grandson", 1),
        ("B. Nobody else is to blame", 1),
        ("B. Not A.", 1),
    ],
)
def test_written_choices(answer, expected):
    assert read_choice(answer, OPTIONS) == expected


def test_chinese_options_are_found_within_sentences():
    options = ["老人", "年轻人", "无法确定"]
    assert read_choice("我认为是年轻人。", options) == 1
    assert read_choice("无法确定", options) == 2
    assert read_choice("老人和年轻人都是", options) == -1
    assert [read_choice(text, options) for text in ("不是老人", "我认为不会是年轻人。")] == [-1, -1]
    assert read_choice("不错，是老人", options) == 0


def test_an_option_within_another_is_not_taken_for_it():
    assert read_choice("the man", ["the man", "the man's son"]) == 0
    assert read_choice("It was the young man.", ["man", "young man"]) == 1
    assert read_choice("Not Ann", ["Ann", "not Ann"]) == 1


def test_more_options_than_letters_are_refused():
    with pytest.raises(ArgumentError, match="'Who\\?' has 27 options, but there are 26 letters"):
        question("{prompt}{options}", "Who?", ["x"] * 27)


def test_first_tokens_of_other_letters_do_not_count():
    scores = by_first_token({"A": -1.0, "C": -0.1, "The": -0.2}, 2)
    np.testing.assert_array_equal(scores, [-1.0, -np.inf])


def test_waits_double_with_jitter_from_the_seed_and_have_an_end():
    backoff = Backoff(base=1.0, most=10.0)
    waits = [backoff.wait("ab" * 32, k) for k in range(8)]
    assert all(0.5 * min(10, 2**k) <= w <= min(10, 2**k) for k, w in enumerate(waits))
    assert waits == [Backoff(base=1.0, most=10.0).wait("ab" * 32, k) for k in range(8)]
    assert waits[0] != backoff.wait("cd" * 32, 0)
    assert waits[0] != Backoff(base=1.0, seed=1).wait("ab" * 32, 0)


def test_a_server_may_ask_for_a_wait_until_a_date():
    now = datetime(2026, 11, 27, 12, 0, 0, tzinfo=timezone.utc)
    assert asked_wait({"retry-after": "Fri, 27 Nov 2026 12:00:30 GMT"}, now) == 30.0
    assert asked_wait({"retry-after": "Fri, 27 Nov 2026 11:00:00 GMT"}, now) == 0.0
    assert asked_wait({"retry-after": "soon"}, now) is None


def test_a_key_depends_on_all_that_the_answer_depends_on():
    request = Request("/completions", {"model": "m", "seed": 1}, "p", 0)
    same = Request("/completions", {"seed": 1, "model": "m"}, "p", 0)
    assert request.key("u") == same.key("u")
    others = [
        request.key("v"),
        Request("/chat/completions", request.body, "p", 0).key("u"),
        Request("/completions", {"model": "m", "seed": 2}, "p", 0).key("u"),
        Request("/completions", request.body, "p", 1).key("u"),
    ]
    assert len({request.key("u"), *others}) == 5


def test_seeds_fit_into_what_servers_take():
    seeds = {seed_of(s, j) for s in range(20) for j in range(50)}
    assert len(seeds) == 1000
    assert all(0 <= seed < 2**31 for seed in seeds)


def echo(tokens, values, offsets=None):
    logprobs = {"tokens": tokens, "token_logprobs": values, "text_offset": offsets}
    return {"choices": [{"text": "", "logprobs": logprobs}]}


def test_a_token_across_the_border_belongs_to_the_text():
    """Tokens "he", "llo w", "orld"; the text starts after "hello". The last one was written."""
    body = echo(["he", "llo w", "orld", "!"], [None, -1.0, -2.0, -9.0])
    found = read_echo(body, "hello world")
    assert found.part(5, 11) == (-3.0, 2, 5)
    assert found.part(0, 11) == (-3.0, 2, 2)


def test_a_token_that_opens_the_text_is_none_of_it():
    """vLLM tells <s> too, and counts its characters; the first word then has a probability."""
    body = echo(["<s>", "a", " b", " c"], [None, -1.0, -2.0, -9.0], [0, 3, 4, 6])
    found = read_echo(body, "a b")
    assert found.part(0, 3) == (-3.0, 2, 0)
    assert found.part(1, 3) == (-2.0, 1, 1)


def test_parts_of_characters_are_placed_by_the_server_or_not_at_all():
    tokens, values = ["我", "\ufffd", "\ufffd", "。", "好"], [None, -1.0, -2.0, -3.0, -9.0]
    found = read_echo(echo(tokens, values, [0, 1, 1, 2, 3]), "我们。")
    assert found.part(1, 3) == (-6.0, 3, 1)
    with pytest.raises(ModelError, match=r"do not add up to it: .*from its folder"):
        read_echo(echo(tokens, values, [0, 1, 2, 3, 4]), "我们。")


def test_log_probabilities_of_what_was_written_alone_are_none():
    assert read_echo(echo(["!"], [-1.0], [11]), "hello world") is None
    assert read_echo({"choices": [{"text": "", "logprobs": None}]}, "hello") is None
    assert read_echo({"choices": [{"text": ""}]}, "hello") is None


def test_requests_of_one_stream_share_their_seeds():
    assert seed_of(3, 1, 2) == seed_of(3, 1, 2)
    assert len({seed_of(3, 1), seed_of(3, 1, 2), seed_of(3, 1, 1), seed_of(3, 0, 1)}) == 4
