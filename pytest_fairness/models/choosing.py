"""Questions of several options, and which option a written answer means."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from pytest_fairness.errors import ArgumentError

LETTERS = string.ascii_uppercase
ANSWER_TOKENS = 32  # enough for a letter with its option
_ENGLISH = "{prompt}\n\n{options}\n\nAnswer with the letter of one option, and nothing else."
_CHINESE = "{prompt}\n\n{options}\n\n只回答一个选项的字母，不要写别的。"
_HAN = re.compile(r"[\u4e00-\u9fff]")
_MARKED = re.compile(
    r"^\W*(?:(?:the\s+)?(?:correct\s+|best\s+)?(?:answer|option|choice)\b"
    r"|(?:正确)?(?:答案|选项)|我?(?:应该?)?选择?)",
    re.IGNORECASE,
)
_DENIES = (
    r"(?i:\b(?:not|never|neither|nor|cannot|except|than|instead\s+of|but\s+for|no\s+(?:evidence|"
    r"reason|proof|way)|rul(?:e|es|ed|ing)\s+out|exclud(?:e|es|ed|ing)|\w+n['’]t)\b"
    r"(?:[\s:*\"'“‘(]+(?:the|a|an|is|was|are|were|be|been|being|have|has|had|it|this|that|to|by|for|"
    r"with|think|believe|say|suggest|choose|pick|select|go|likely|probably|necessarily|definitely|"
    r"certainly|really|actually|my|correct|right|best|answer|option|choice)\b)*)"
)
_DENIES_CHINESE = (
    r"(?:不|没有?|并非|而非|绝非|除了?|排除)"
    r"(?:是|应该?|会|可能|能|一定|必|选择?|认为|觉得|说|像|答案|选项|正确|那个|这个|那位|这位|\s)*"
)
_CLOSES = "[.):．。、：）]"  # after the letter of an option


def question(template: str | None, prompt: str, options: Sequence[str]) -> str:
    r"""Return a prompt with its options named A, B, C, ...

    A prompt that lists its options itself, one a line after ``- ``, has its own list lettered and
    is given no second one.

    Parameters
    ----------
    template : str, optional
        With ``{prompt}`` and ``{options}``; by default one in the prompt's language.
    prompt : str
    options : sequence of str

    Raises
    ------
    ArgumentError
        If there are more options than letters.

    Examples
    --------
    >>> print(question("{prompt} {options}", "Who?", ["the nurse", "nobody"]))
    Who? A. the nurse
    B. nobody
    >>> print(question(None, "Who?\n- the nurse\n- nobody\nAnswer:", ["the nurse", "nobody"]))
    Who?
    A. the nurse
    B. nobody
    Answer:
    <BLANKLINE>
    Answer with the letter of one option, and nothing else.
    """
    if len(options) > len(LETTERS):
        raise ArgumentError(
            f"Prompt {prompt[:60]!r} has {len(options)} options, but there are {len(LETTERS)} "
            "letters to name them by. Give fewer options, or choose by='likelihood'."
        )
    texts = [text.strip() for text in options]
    lettered = "\n".join(f"{LETTERS[i]}. {text}" for i, text in enumerate(texts))
    own = prompt.replace("\n".join(f"- {text}" for text in texts), lettered)
    form = template or (_CHINESE if _HAN.search(prompt) else _ENGLISH)
    if own != prompt:
        form = re.sub(r"\s*\{options\}", "", form)
    return form.replace("{options}", lettered).replace("{prompt}", own)


def read_choice(answer: str, options: Sequence[str]) -> int:
    """Return the index of the option that an answer names, -1 where that cannot be told.

    An answer names an option by its letter alone or before its text, by its letter after words
    such as "the answer is", or by its text. One that names several names none, and neither does
    one that denies what it names.

    Examples
    --------
    >>> options = ["the nurse", "the doctor", "cannot be known"]
    >>> [read_choice(answer, options) for answer in ("B", "(c) cannot be known", "**A.**")]
    [1, 2, 0]
    >>> [read_choice(answer, options) for answer in ("The answer is B.", "It was the doctor.")]
    [1, 1]
    >>> [read_choice(answer, options) for answer in ("A or B", "A nurse, I think", "")]
    [-1, -1, -1]
    >>> read_choice("It was not the nurse.", options)
    -1
    """
    found = _by_letter(answer, len(options)) or _by_text(answer, options)
    if len(found) != 1:
        return -1
    (place,) = found
    denied = any(_denied(name, answer) for name in (LETTERS[place], options[place]))
    return -1 if denied else place


def by_first_token(candidates: Mapping[str, float], n: int) -> npt.NDArray[np.float64]:
    """Return the log-probability of each letter; minus infinity where it is not among the top.

    Spellings of one letter (``"A"``, ``" A"``, ``"(A"``) are added up.
    """
    scores = np.full(n, -np.inf)
    for token, value in candidates.items():
        letter = token.strip(" \n\t(.):*")
        if len(letter) == 1 and letter in LETTERS[:n]:
            index = LETTERS.index(letter)
            scores[index] = np.logaddexp(scores[index], value)
    return scores


def _by_letter(answer: str, n: int) -> set[int]:
    text = answer.strip()
    either = rf"[{LETTERS[:n]}{LETTERS[:n].lower()}]"
    alone = re.fullmatch(rf"\W*({either})\W*", text)
    if alone:
        return _indices(alone[1])
    framed = re.findall(rf"[(\[（*]({either})[)\]）.*]", text)
    if framed or _MARKED.search(text):
        return _indices(*framed, *_capitals(text, n))
    opening = re.match(rf"\W*({either})\s*{_CLOSES}", text)
    if opening:
        return _indices(opening[1], *_listed(text, n))
    return _indices(*_capitals(text, n)) if _only_letters(text, n) else set()


def _indices(*letters: str) -> set[int]:
    return {LETTERS.index(letter.upper()) for letter in letters}


def _capitals(text: str, n: int) -> list[str]:
    """Return the letters that stand alone; Chinese words may touch them."""
    return re.findall(rf"(?<![A-Za-z0-9])([{LETTERS[:n]}])(?![A-Za-z0-9'’])", text)


def _listed(text: str, n: int) -> list[str]:
    """Return letters that open a line, as in an answer that repeats all options."""
    return re.findall(rf"^\W*([{LETTERS[:n]}])\s*{_CLOSES}", text, flags=re.MULTILINE)


def _only_letters(text: str, n: int) -> bool:
    """Whether an answer is nothing but letters and words that join them, as in "A or B"."""
    return bool(re.fullmatch(rf"(?:\W|[{LETTERS[:n]}](?![a-z])|or|and|和|或)+", text))


def _by_text(answer: str, options: Sequence[str]) -> set[int]:
    plain = _plain(answer)
    texts = [_plain(option) for option in options]
    exact = {i for i, text in enumerate(texts) if text == plain}
    if exact:
        return exact
    found = {i for i, text in enumerate(texts) if text and _occurs(text, plain)}
    return {i for i in found if not any(_occurs(texts[i], texts[k]) for k in found - {i})}


def _denied(name: str, answer: str) -> bool:
    """Whether a letter or an option stands after a word that denies it, as in "not the nurse".

    Only words that lead up to an option may stand between: "who was not at ease was the nurse"
    denies nothing of the nurse.
    """
    within = answer if name in LETTERS else _plain(answer)
    named = re.escape(name if name in LETTERS else _plain(name))
    after = r"(?![A-Za-z0-9'’])"
    return bool(
        re.search(rf"{_DENIES}\W*{named}{after}", within)
        or re.search(rf"{_DENIES_CHINESE}\W*{named}{after}", within)
    )


def _occurs(text: str, within: str) -> bool:
    """Whether whole words occur; Chinese has no spaces between its words."""
    return f" {text} " in f" {within} " if text.isascii() else text in within


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w']+", " ", text.casefold().replace("’", "'")).split())
