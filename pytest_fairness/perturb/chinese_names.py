"""Names of persons in Chinese that no list knows, as a part-of-speech tagger finds them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Container, Sequence

_NAME_TAGS = frozenset({"nr", "nrt", "nrfg"})
# What the tagger often takes for a name: kinds of people, feelings, and words with such an end.
_PRONOUNS = frozenset("我你您他她它咱")
_LATIN = re.compile(r"(?<![A-Za-z.])[A-Z][a-z]{2,}(?![A-Za-z])")  # Ross, Joey
_SURNAMES = frozenset(
    "李王张刘陈杨赵黄周吴徐孙胡朱郭何罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘董袁余蒋杜苏魏吕丁沈姚卢傅姜崔谭廖范汪陆戴"
    "贾韦邱侯邹孟秦尹薛闫黎陶贺顾郝龚邵钱严覃鲍柯艾"
)
_NO_NAME_ENDS = tuple("人者感案性率度们犬党圈")

NOTE = (
    "Names that no list knows are not looked for, so that a swap may speak of a person whose name "
    "tells another group. To have such texts left out: pip install 'pytest-fairness[chinese]'"
)

Tagger = Callable[[str], Sequence[tuple[str, str]]]


@functools.cache
def tagger() -> Tagger | None:
    """Return a function from a text to its words with their tags; None without the package."""
    try:
        import rjieba
    except ImportError:
        return None
    tag: Tagger = rjieba.tag
    return tag


def unlisted_names(text: str, no_names: Container[str]) -> tuple[tuple[int, int], ...]:
    """Return where names of persons may stand.

    Parameters
    ----------
    text : str
    no_names : container of str
        Words that are no names, whatever the tagger says.

    Examples
    --------
    >>> from pytest_fairness.perturb.chinese_names import unlisted_names
    >>> unlisted_names("我觉得孙杨很快。", ())
    ((3, 5),)
    """
    tag = tagger()
    if tag is None:
        return ()
    found, position = [match.span() for match in _LATIN.finditer(text)], 0
    for word, kind in tag(text):
        start = text.find(word, position)
        position = start + len(word)
        if kind in _NAME_TAGS and _like_a_name(word) and word not in no_names:
            found.append((start, position))
    return tuple(sorted(found))


def _like_a_name(word: str) -> bool:
    if word.endswith(_NO_NAME_ENDS) or _PRONOUNS & set(word):
        return False
    return word in _SURNAMES or 2 <= len(word) <= 8
