"""The endpoint before a small server of our own, whose every answer is known."""

from __future__ import annotations

import multiprocessing
import socket
import sqlite3

import numpy as np
import pytest

from pytest_fairness.errors import ArgumentError, FairnessError, MissingPackageError, ModelError
from pytest_fairness.models import load_model
from pytest_fairness.models.endpoint import load_endpoint
from tests.models.endpoint.servers import Served, chat_body, echoing, sampling, serving

MANY = [f"prompt number {i}" for i in range(40)]


def answered(text: str | None, ended: str = "stop", **message):
    return lambda _path, _body, _count: Served(chat_body(text, ended, **message))


def answering(served: Served):
    return lambda _path, _body, _count: served


def test_a_request_says_what_was_asked(load):
    with serving(echoing) as server:
        found = load(server.url, "own/model").generate(
            ["hello"], n=2, seed=4, top_p=0.9, stop=["X"], system="be brief", max_new_tokens=5
        )
        bodies = sorted(server.bodies, key=lambda body: body["seed"])
    assert found == [["HELLO", "HELLO"]]
    seeds = [body.pop("seed") for body in bodies]
    assert len(set(seeds)) == 2
    assert (
        bodies[0]
        == bodies[1]
        == {
            "model": "own/model",
            "max_tokens": 5,
            "temperature": 1.0,
            "top_p": 0.9,
            "stop": ["X"],
            "messages": [
                {"role": "system", "content": "be brief"},
                {"role": "user", "content": "hello"},
            ],
        }
    )


def test_both_prompts_of_a_pair_are_asked_with_the_same_seeds(load):
    with serving(echoing) as server:
        load(server.url).generate(["he", "she"], n=3, seed=1)
        seeds = {
            p: sorted(b["seed"] for b in server.bodies if b["messages"][0]["content"] == p)
            for p in ("he", "she")
        }
    assert seeds["he"] == seeds["she"]
    assert len(set(seeds["he"])) == 3


def test_answers_come_in_the_order_of_prompts_and_each_is_asked_once(load):
    with serving(echoing) as server:
        endpoint = load(server.url, concurrency=7)
        found = endpoint.generate([*MANY, *MANY[::-1]])
        assert len(server) == len(MANY) == endpoint.usage.answers
        assert 1 < server.most_at_once <= 7
    assert [row[0] for row in found] == [text.upper() for text in [*MANY, *MANY[::-1]]]


def test_every_kind_of_fault_is_asked_again(load, waits):
    faults = {
        3: Served({"error": {"message": "too fast"}}, 429, {"retry-after": "9"}),
        5: Served({"error": {"message": "oops"}}, 500),
        8: Served(chat_body("half"), cut=True),
        11: Served(b'{"choices": ['),
        14: Served({"error": {"message": "busy"}}),
        17: Served([]),
        20: Served(chat_body("late"), delay=2.0),
    }
    with serving(lambda p, b, n: faults.get(n) or echoing(p, b, n)) as server:
        endpoint = load(server.url, timeout=1.5)
        assert endpoint.generate(MANY) == [[text.upper()] for text in MANY]
        usage = endpoint.usage
        assert usage.requests == len(server) == len(MANY) + len(faults)
        assert (usage.answers, usage.retries) == (len(MANY), len(faults))
        assert (usage.prompt_tokens, usage.completion_tokens) == (7 * len(MANY), 3 * len(MANY))
    assert sorted(waits)[-1] == 9.0
    assert all(0.25 <= wait <= 4.0 for wait in sorted(waits)[:-1])


def test_a_fault_that_stays_is_an_error_and_what_was_answered_is_kept(load, tmp_path):
    cache = tmp_path / "answers.sqlite"

    def broken(path, body, count):
        if body["messages"][0]["content"] == MANY[-1]:
            return Served({"error": "down for repair"}, 503)
        return echoing(path, body, count)

    with serving(broken) as server:
        endpoint = load(server.url, cache=cache, concurrency=1, retries=2)
        with pytest.raises(ModelError) as caught:
            endpoint.generate(MANY)
        assert "after 3 attempts: HTTP 503: down for repair. Try again later" in str(caught.value)
        assert repr(MANY[-1]) in str(caught.value)
        asked = len(server)
        assert load(server.url, cache=cache).generate(MANY[:-1])[0] == [MANY[0].upper()]
        assert len(server) == asked


def test_costs_are_counted_from_the_tokens_that_the_server_tells(load):
    """By hand: 3 answers of 7 tokens read and 3 written, at 10 and 100 a million."""
    with serving(echoing) as server:
        endpoint = load(server.url, prices=(10, 100))
        endpoint.generate(MANY[:3])
        assert endpoint.usage.cost == pytest.approx((21 * 10 + 9 * 100) / 1e6)
    silent = {"choices": [{"message": {"content": "a"}}]}
    with serving(lambda *_: Served(silent)) as server:
        endpoint = load(server.url, prices=(10, 100))
        endpoint.generate(["a"])
        assert (endpoint.usage.uncounted, endpoint.usage.cost) == (1, None)


def test_the_second_run_asks_nothing_and_runs_without_server_or_key(load, tmp_path, monkeypatch):
    cache = tmp_path / "new folder" / "answers.sqlite"
    with serving(sampling) as server:
        first = load(server.url, cache=cache)
        expected = first.generate(MANY, n=2)
        first.close()
        url = server.url
    monkeypatch.delenv("OPENAI_API_KEY")
    again = load(url, cache=cache)
    assert again.generate(MANY, n=2) == expected
    assert (again.usage.requests, again.usage.cached) == (0, 2 * len(MANY))


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"temperature": 0.5}, {"max_new_tokens": 9}, {"stop": "z"}, {"system": "s"}],
)
def test_another_request_is_another_entry(load, change):
    with serving(echoing) as server:
        endpoint = load(server.url)
        endpoint.generate(["a"])
        endpoint.generate(["a"], **change)
        assert len(server) == 2


def test_replay_names_the_prompt_that_is_missing(load, tmp_path):
    cache = tmp_path / "answers.sqlite"
    with serving(echoing) as server:
        load(server.url, cache=cache).generate(["known"])
        url = server.url
    replay = load(url, cache=cache, mode="replay")
    assert replay.generate(["known"]) == [["KNOWN"]]
    with pytest.raises(ModelError, match=r"no answer to 1 of 2 requests.*the prompt 'new'"):
        replay.generate(["known", "new"])
    with pytest.raises(ModelError, match=r"none\.sqlite' does not exist, and mode='replay'"):
        load(url, cache=tmp_path / "none.sqlite", mode="replay")


def test_replay_needs_no_openai_and_no_right_to_write(load, tmp_path, monkeypatch):
    cache = tmp_path / "answers.sqlite"
    with serving(echoing) as server:
        first = load(server.url, cache=cache)
        first.generate(["known"])
        first.close()
        url = server.url
    assert [file.name for file in tmp_path.iterdir()] == ["answers.sqlite"]
    cache.chmod(0o444)
    monkeypatch.setitem(__import__("sys").modules, "openai", None)
    before = cache.read_bytes()
    assert load(url, cache=cache, mode="replay").generate(["known"]) == [["KNOWN"]]
    assert cache.read_bytes() == before
    with pytest.raises(MissingPackageError, match=r"pip install 'pytest-fairness\[endpoint\]'"):
        load(url)


def test_a_damaged_cache_says_what_to_delete(load, tmp_path):
    cache = tmp_path / "answers.sqlite"
    cache.write_bytes(b"this is no database, but it is long enough to look like one" * 50)
    with pytest.raises(
        ModelError, match=r"answers\.sqlite' cannot be used \(DatabaseError.*delete"
    ):
        load("http://127.0.0.1:9/v1", cache=cache)
    cache.unlink()
    with sqlite3.connect(cache) as other:
        other.execute("CREATE TABLE mine (a)")
    other.close()
    with pytest.raises(ModelError, match="is a database of something else"):
        load("http://127.0.0.1:9/v1", cache=cache)


def test_a_damaged_entry_is_no_answer(load, tmp_path):
    cache = tmp_path / "answers.sqlite"
    with serving(echoing) as server:
        load(server.url, cache=cache).generate(["a"])
        with sqlite3.connect(cache) as connection:
            connection.execute("UPDATE answers SET answer = substr(answer, 1, 9)")
        connection.close()
        with pytest.raises(ModelError, match="an answer that is not valid JSON"):
            load(server.url, cache=cache).generate(["a"])


def _ask_from_another_process(url: str, cache: str, prompts: list[str]) -> None:
    endpoint = load_endpoint(url, "m", cache=cache, concurrency=3)
    assert endpoint.generate(prompts) == [[p.upper()] for p in prompts]
    endpoint.close()


def test_several_processes_share_a_cache(load, tmp_path):
    cache = str(tmp_path / "answers.sqlite")
    context = multiprocessing.get_context("fork")
    with serving(echoing) as server:
        workers = [
            context.Process(target=_ask_from_another_process, args=(server.url, cache, prompts))
            for prompts in (MANY, MANY[::-1])
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert [worker.exitcode for worker in workers] == [0, 0]
        last = load(server.url, cache=cache)
        assert last.generate(MANY) == [[p.upper()] for p in MANY]
        assert last.usage.requests == 0


def test_without_a_key_the_variable_is_named(load, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY")
    with serving(lambda *_: Served({"error": {"message": "no key"}}, 401)) as server:
        with pytest.raises(
            ModelError, match=r"OPENAI_API_KEY is not set\. Put a valid key into it"
        ):
            load(server.url).generate(["a"])
        with pytest.raises(ModelError, match="holds its key with api_key_env="):
            load(server.url, api_key_env=None).generate(["a"])
        assert len(server) == 2  # not asked again


@pytest.mark.parametrize("status", [400, 500])
def test_a_model_without_chat_template_is_continued_instead(load, status):
    """Servers pass on what transformers says, as a fault of the request or of their own."""

    def answer(path, body, count):
        if path.endswith("/chat/completions"):
            message = "you must provide a chat template if the tokenizer does not define one."
            return Served({"error": {"message": message}}, status)
        return Served({"choices": [{"text": " and more"}]})

    with serving(answer) as server:
        endpoint = load(server.url, retries=0)
        with pytest.raises(ModelError, match=r"does not define one\. A model .* with chat=False"):
            endpoint.generate(["a"])
        assert endpoint.generate(["a"], chat=False) == [[" and more"]]


def test_an_unreachable_server_says_what_to_check(load, waits):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(ModelError, match=r"after 3 attempts: the connection failed.*server runs"):
        load(f"http://127.0.0.1:{port}/v1", retries=2).generate(["a"])
    assert len(waits) == 2


def test_a_used_up_quota_and_an_endless_wait_are_not_asked_again(load, waits):
    spent = {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}
    later = Served({}, 429, {"retry-after": "86400"})
    for served, message in ((Served(spent, 429), "You exceeded your quota"), (later, "HTTP 429")):
        with serving(answering(served)) as server, pytest.raises(ModelError, match=message):
            load(server.url).generate(["a"])
    assert waits == []


def test_filtered_refused_and_empty_answers_are_counted_apart(load):
    def answer(_path, body, _count):
        return {
            "filtered": Served(chat_body("I wa", "content_filter")),
            "refused": Served(chat_body(None, refusal="I cannot help with that.")),
            "empty": Served(chat_body("")),
            "plain": Served(chat_body("yes")),
        }[body["messages"][0]["content"]]

    prompts = ["plain", "filtered", "refused", "empty"]
    with serving(answer) as server:
        with pytest.raises(ModelError, match="stopped 1 of 4 answers, first to the prompt 'filter"):
            load(server.url).generate(prompts)
        endpoint = load(server.url, keep_filtered=True)
        found = endpoint.generate(prompts)
        assert found == [["yes"], ["I wa"], ["I cannot help with that."], [""]]
        usage = endpoint.usage
        assert (usage.filtered, usage.refused, usage.empty) == (1, 1, 1)
        with pytest.raises(ModelError, match=r"All 1 answers of .m. at .* are empty"):
            endpoint.generate(["empty"])


def test_tokens_that_went_into_reasoning_are_named(load):
    thinking = answered("", "length", reasoning_content="Let me think about")
    with serving(thinking) as server, pytest.raises(ModelError, match="raise max_new_tokens"):
        load(server.url).generate(["a"])


def scoring(_path, body, _count):
    """A server as vLLM: words with their spaces are tokens, token i has probability exp(-i)."""
    words = [w if i == 0 else " " + w for i, w in enumerate(body["prompt"].split(" "))]
    tokens = [*words, " more"]  # one that was written
    offsets = [sum(map(len, tokens[:i])) for i in range(len(tokens))]
    told = {
        "tokens": tokens,
        "text_offset": offsets,
        "token_logprobs": [None, *(-float(i) for i in range(1, len(tokens)))],
        "top_logprobs": None,
    }
    return Served({"choices": [{"text": body["prompt"] + " more", "logprobs": told}]})


def test_log_likelihoods_are_those_of_the_text_alone(load):
    """By hand: "a b c d" has -1, -2, -3 after its first token; after "a b" only -2 and -3."""
    with serving(scoring) as server:
        endpoint = load(server.url)
        found = endpoint.log_likelihood(
            ["a b c d", " c d", "", "für"], contexts=["", "a b", "x", "a "]
        )
        assert {"echo", "logprobs"} <= set(server.bodies[0])
        assert server.bodies[0]["echo"] is True
    assert found.total.tolist() == [-6.0, -5.0, 0.0, -1.0]
    assert found.tokens.tolist() == [3, 2, 0, 1]
    assert found.bytes.tolist() == [6, 4, 0, 4]  # " b c d"; " c d"; none; "für"


def test_choices_by_likelihood(load):
    """After "q", one word costs 1 nat for 2 bytes, two words 3 nats for 8."""
    with serving(scoring) as server:
        endpoint = load(server.url)
        options = [" x", " xxx yyy"]
        scores = endpoint.choice_scores(["q"], options)
        assert scores[0].tolist() == [-1.0, -3.0]
        assert endpoint.choose(["q"], options, normalise=None).tolist() == [0]
        assert endpoint.choose(["q"], options).tolist() == [1]


def test_choices_by_the_first_token_and_by_the_answer(load):
    def answer(_path, body, _count):
        question = body["messages"][0]["content"]
        assert "A. the nurse\nB. the doctor" in question
        if body.get("logprobs"):
            top = [{"token": t, "logprob": v} for t, v in ((" B", -1.0), ("A", -1.2), ("A.", -1.5))]
            written = chat_body("B")
            written["choices"][0]["logprobs"] = {"content": [{"token": "B", "top_logprobs": top}]}
            return Served(written)
        return Served(chat_body({"p": "B.", "q": "(A) the nurse", "r": "Both!"}[question[0]]))

    options = ["the nurse", "the doctor"]
    with serving(answer) as server:
        endpoint = load(server.url)
        # A: log(exp(-1.2) + exp(-1.5)) = -0.65 is more than B's -1
        assert endpoint.choose(["p"], options, by="first_token").tolist() == [0]
        assert endpoint.choose(["p", "q", "r"], options, by="answer").tolist() == [1, 0, -1]
        with pytest.raises(ArgumentError, match="by='guess' must be"):
            endpoint.choose(["p"], options, by="guess")


def test_equal_samples_are_only_suspicious_when_all_are(load):
    def mostly(_path, body, _count):
        return Served(
            chat_body("same" if body["messages"][0]["content"] == "a" else str(body["seed"]))
        )

    with serving(mostly) as server:
        load(server.url).generate(["a", "b"], n=6)


def test_an_address_needs_its_model_and_info_tells_servers_apart(load):
    with pytest.raises(ArgumentError, match=r"names a server and none of its models.*after #"):
        load_model("http://127.0.0.1:9/v1")
    first, second = load("http://127.0.0.1:9/v1/"), load("http://127.0.0.1:8/v1")
    assert first.url == "http://127.0.0.1:9/v1"
    assert first.info.fingerprint != second.info.fingerprint
    assert (first.info.kind, first.info.name, first.info.path) == ("endpoint", "m", None)
    assert repr(first) == "<Endpoint 'm' at http://127.0.0.1:9/v1>"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"base_url": "127.0.0.1:80"}, "base_url='127.0.0.1:80' is no http or https URL"),
        ({"model": " "}, "model=' ' must be the name"),
        ({"mode": "rerun"}, "mode='rerun' must be 'use' or 'replay'"),
        ({"mode": "replay"}, "mode='replay' needs cache="),
        ({"concurrency": 0}, "concurrency=0 must be"),
        ({"timeout": 0}, "timeout=0 must be"),
        ({"max_retries": -1}, "max_retries=-1 must be"),
        ({"prices": 3}, "prices=3 must be two numbers"),
        ({"prices": (1, -1)}, "must be two numbers of 0 or more"),
        ({"limit_field": "tokens"}, "limit_field='tokens' must be"),
    ],
)
def test_options_that_cannot_be_are_named(options, message):
    with pytest.raises(ArgumentError, match=message):
        load_endpoint(**{"base_url": "http://127.0.0.1:9/v1", "model": "m", **options})


def test_bad_settings_are_refused_before_anything_is_asked(load):
    endpoint = load("http://127.0.0.1:9/v1")
    for settings in ({"n": 2, "temperature": 0}, {"top_p": 2}, {"chat": False, "system": "s"}):
        with pytest.raises(FairnessError):
            endpoint.generate(["a"], **settings)
    assert endpoint.generate([]) == []
    assert len(endpoint.log_likelihood([])) == 0
    assert endpoint.usage.requests == 0
    assert isinstance(endpoint.log_likelihood([]).total, np.ndarray)


def test_extra_fields_are_sent_and_none_leaves_one_out(load):
    with serving(echoing) as server:
        extra = {"temperature": None, "reasoning_effort": "low"}
        load(server.url, extra=extra, limit_field="max_completion_tokens").generate(["a"])
    assert set(server.bodies[0]) == {
        "model",
        "max_completion_tokens",
        "seed",
        "messages",
        "reasoning_effort",
    }


def test_an_interrupted_run_does_not_wait_for_what_it_will_not_use(load):
    """One prompt is refused while another waits an hour for its next attempt."""

    def answer(_path, body, _count):
        if body["messages"][0]["content"] == "refused":
            return Served({"detail": "no"}, 422, delay=0.2)
        return Served({}, 429, {"retry-after": "500"})

    with serving(answer) as server:
        endpoint = load_endpoint(server.url, "m")
        with pytest.raises(ModelError, match="HTTP 422: no"):
            endpoint.generate(["refused", "waits"])
        endpoint.close()
