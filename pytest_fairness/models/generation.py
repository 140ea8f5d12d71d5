"""Text that a transformers model writes: the same noise for every prompt, whatever its batch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pytest_fairness.engine import Engine, Tokens, as_texts, show_progress
from pytest_fairness.errors import ArgumentError, ArgumentTypeError
from pytest_fairness.models.chat import frame
from pytest_fairness.models.decoding import Causal, Ending, Ids, Seq2Seq, Writing, write
from pytest_fairness.models.rules import ends_of, first_of_decoder, rules_of
from pytest_fairness.models.sampling import Key, Sampler
from pytest_fairness.models.steering import Mix, Steered, Steering

# Each step reads one token of each row, so a batch may hold more rows than one that is scored.
_ROOM = 4
_LIKE = 32  # prompts share a batch when their lengths fall into one step of so many tokens


class Row(NamedTuple):
    """One text to write: a prompt's tokens, which of its samples, and what is read beside it."""

    ids: tuple[int, ...]
    sample: Key
    beside: tuple[tuple[int, ...], ...] = ()


def generate(
    model: Any,
    prompts: Iterable[str],
    *,
    n: int = 1,
    seed: int = 0,
    max_new_tokens: int = 64,
    temperature: float = 1.0,
    top_p: float = 1.0,
    stop: str | Sequence[str] = (),
    chat: bool | None = None,
    system: str | None = None,
    steering: Steering | None = None,
    streams: Sequence[int] | None = None,
) -> list[list[str]]:
    """Write `n` texts after each prompt.

    Sample j of every prompt draws from (seed, j, step) alone: neither from the prompt, nor from
    the batch, nor from the order. Both prompts of a pair meet the same chance, and equal prompts
    get equal texts. But then all texts hang on one draw of chance: where they are counted as a
    sample, give each pair or prompt a stream of its own. In float32, batching moves logits by about
    1e-5, so that a token in about 100,000 may differ between batchings; narrower formats differ
    more often.

    Of the model's own generation settings, those that forbid or force tokens hold (repetition
    penalty, bad words, forced first token, ...); its settings of sampling and of beams do not.

    Parameters
    ----------
    model
        With a torch module and a tokenizer: causal or sequence-to-sequence.
    prompts : iterable of str
    n : int
        Texts per prompt.
    seed : int
    max_new_tokens : int
        Tokens of a text, at most.
    temperature : float
        0 is greedy: the most probable token always, with ``n=1``.
    top_p : float in (0, 1]
        Only the most probable tokens that together reach this probability can be chosen.
    stop : str or sequence of str
        A text ends before the first of these.
    chat : bool, optional
        Whether prompts are framed by the tokenizer's chat template; by default where it has one.
    system : str, optional
        A system prompt for the chat template.
    steering : Steering, optional
        What is read beside each prompt, and changes what is written.
    streams : sequence of int, optional
        One number of 0 or more per prompt: prompts of different streams meet different chance, and
        those of the same stream the same.

    Returns
    -------
    list of list of str
        `n` texts per prompt, without the prompt.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If an argument is off, or if a prompt is too long for the model.
    ModelError
        If a chat template is needed and missing, or if one text does not fit into memory.
    """
    texts = as_texts(prompts)
    stops = check_settings(
        n=n,
        seed=seed,
        max_new_tokens=max_new_tokens,
        temperature=temperature,
        top_p=top_p,
        stop=stop,
    )
    if not texts:
        return []
    reader, name = _Prompts(model, max_new_tokens), model.info.name
    own, *beside = [
        reader.read(*frame(model.tokenizer, each, chat=chat, system=system, name=name))
        for each in (texts, *(steering.beside(texts) if steering else ()))
    ]
    sides = [tuple(column[i] for column in beside) for i in range(len(own))]
    keys = keys_of(streams, len(texts), n)
    read = [
        [Row(ids, key, side) for key in samples]
        for ids, side, samples in zip(own, sides, keys, strict=True)
    ]
    rows = list(dict.fromkeys(row for samples in read for row in samples))
    sampler, mix = Sampler(seed, temperature, top_p), steering.mix if steering else None
    writer = _Writer(model, sampler, max_new_tokens, stops, mix)
    written = dict(zip(rows, writer.run(rows), strict=True))
    return [[written[row] for row in samples] for samples in read]


def keys_of(streams: Sequence[int] | None, prompts: int, n: int) -> list[list[Key]]:
    """Return what tells the chance of each sample of each prompt.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        If there is not one stream per prompt, or one is no number of 0 or more.
    """
    if streams is None:
        return [list(range(n))] * prompts
    if len(streams) != prompts:
        raise ArgumentError(
            f"There are {len(streams)} streams for {prompts} prompts. Give one each."
        )
    for stream in streams:
        _check_count("stream", stream, 0)
    return [[(j, int(stream)) for j in range(n)] for stream in streams]


def check_settings(
    *, n: int, seed: int, max_new_tokens: int, temperature: float, top_p: float, stop: Any
) -> tuple[str, ...]:
    """Refuse settings that cannot be followed, and return `stop` as a tuple.

    Raises
    ------
    ArgumentError, ArgumentTypeError
        Naming the setting.
    """
    for name, value, least in (
        ("n", n, 1),
        ("seed", seed, 0),
        ("max_new_tokens", max_new_tokens, 1),
    ):
        _check_count(name, value, least)
    if not (math.isfinite(temperature) and temperature >= 0):
        raise ArgumentError(
            f"temperature={temperature!r} must be 0 (greedy) or more; 1 samples from the model."
        )
    if not 0 < top_p <= 1:
        raise ArgumentError(f"top_p={top_p!r} must lie in (0, 1]; 1 leaves every token in.")
    if temperature == 0 and n > 1:
        raise ArgumentError(
            f"n={n!r} with temperature=0 would write {n} equal texts. Set n=1, or a temperature "
            "above 0."
        )
    return _stops(stop)


def _check_count(name: str, value: Any, least: int) -> None:
    expected = f"{name}={value!r} must be a whole number of {least} or more."
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise ArgumentTypeError(expected)
    if value < least:
        raise ArgumentError(expected)


def _stops(stop: Any) -> tuple[str, ...]:
    found = (stop,) if isinstance(stop, str) else tuple(stop)
    for text in found:
        if not isinstance(text, str) or not text:
            raise ArgumentError(
                f"stop={stop!r} must hold texts of at least one character. Leave it out to stop "
                "where the model does."
            )
    return found


class _Prompts:
    """Tokenises prompts, and refuses those that leave no room for an answer."""

    def __init__(self, model: Any, max_new_tokens: int) -> None:
        self._tokenizer, self._name, self._limit = model.tokenizer, model.info.name, model.limit
        self._encodes = bool(model.module.config.is_encoder_decoder)
        self._new = 0 if self._encodes else max_new_tokens

    def read(self, texts: list[str], framed: bool) -> list[tuple[int, ...]]:
        """Return the tokens of each text; one that a chat template framed has its special ones."""
        encoded = self._tokenizer(
            texts,
            padding=False,
            add_special_tokens=not framed,
            return_attention_mask=False,
            verbose=False,
        )["input_ids"]
        rows = [self._opened(ids, text) for ids, text in zip(encoded, texts, strict=True)]
        self._check_lengths(rows, texts)
        return rows

    def _opened(self, ids: Ids, text: str) -> tuple[int, ...]:
        """Return tokens that can be continued: not none, and not with an end at the end."""
        end = self._tokenizer.eos_token_id
        if (
            not self._encodes
            and len(ids) > 1
            and ids[-1] == end
            and not text.endswith(self._tokenizer.eos_token)
        ):
            ids = ids[:-1]
        if ids:
            return tuple(ids)
        first = (self._tokenizer.bos_token_id, end, self._tokenizer.pad_token_id)
        known = [i for i in first if i is not None]
        if not known:
            raise ArgumentError(
                f"An empty prompt has no tokens, and the tokenizer of {self._name} knows none to "
                "start a text with. Give prompts of at least one word."
            )
        return (int(known[0]),)

    def _check_lengths(self, rows: list[tuple[int, ...]], texts: list[str]) -> None:
        most = None if self._limit is None else self._limit - self._new
        for i, row in enumerate(rows):
            if most is not None and len(row) > most:
                shown = texts[i] if len(texts[i]) <= 60 else texts[i][:59] + "…"
                room = f" less the {self._new} of max_new_tokens" if self._new else ""
                raise ArgumentError(
                    f"prompts[{i}]={shown!r} has {len(row)} tokens, but {self._name} reads "
                    f"{self._limit}{room}. Shorten the prompt, or ask for fewer new tokens: "
                    "a prompt is never cut."
                )


class _Writer:
    """Runs rows through the engine's batches."""

    def __init__(
        self,
        model: Any,
        sampler: Sampler,
        max_new_tokens: int,
        stops: tuple[str, ...],
        mix: Mix | None,
    ) -> None:
        self._model, self._sampler, self._stops, self._mix = model, sampler, stops, mix
        self._tokens = max_new_tokens
        ends = ends_of(model.module, model.tokenizer)
        self._ending = Ending(max_new_tokens, ends, self._stopped)

    def run(self, rows: list[Row]) -> list[str]:
        """Return the text of each row."""
        scoring = self._model.engine
        engine: Engine[Row] = Engine(
            self._cost,
            self._forward,
            _ROOM * scoring.budget,
            padding=scoring.padding,
            max_rows=scoring.max_rows,
            release=self._model._held.free_memory,
        )
        with show_progress(self._model._progress) as report:
            return [str(text) for text in engine.score(rows, report)]

    def _cost(self, rows: list[Row]) -> Tokens:
        step = _LIKE if self._model.engine.padding else 1
        counts = [-(-self._tokens_of(row) // step) for row in rows]
        return Tokens([step * count for count in counts], rows)

    def _tokens_of(self, row: Row) -> int:
        return sum(len(ids) + self._tokens for ids in (row.ids, *row.beside))

    def _forward(self, tokens: Tokens, batch: list[int]) -> npt.NDArray[Any]:
        rows: list[Row] = [tokens.columns[i] for i in batch]
        prompts = list(dict.fromkeys((row.ids, *row.beside) for row in rows))
        with self._model._held.evaluating() as module:
            writing = self._open(module, prompts)
            written = write(
                writing,
                [(prompts.index((row.ids, *row.beside)), row.sample) for row in rows],
                self._sampler,
                self._ending,
                rules_of(module, writing.seen.shape[1], self._tokens),
            )
        return np.array([self._text(ids) for ids in written], dtype=object)

    def _open(self, module: Any, prompts: list[tuple[tuple[int, ...], ...]]) -> Writing:
        own, *beside = [_open(module, list(map(list, each))) for each in zip(*prompts, strict=True)]
        return own if self._mix is None else Steered(own, beside, self._mix)

    def _text(self, ids: Ids) -> str:
        text = self._decoded(ids)
        cuts = [at for at in map(text.find, self._stops) if at >= 0]
        return text[: min(cuts, default=len(text))]

    def _stopped(self, ids: Ids) -> bool:
        return bool(self._stops) and any(stop in self._decoded(ids) for stop in self._stops)

    def _decoded(self, ids: Ids) -> str:
        return str(
            self._model.tokenizer.decode(
                ids, skip_special_tokens=True, clean_up_tokenization_spaces=False
            )
        )


def _open(module: Any, prompts: list[Ids]) -> Writing:
    if module.config.is_encoder_decoder:
        return Seq2Seq(module, prompts, first_of_decoder(module))
    return Causal(module, prompts)
