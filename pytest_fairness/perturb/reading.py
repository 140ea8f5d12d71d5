"""A text, read once for the mentions of an attribute, and the variants that can be made of it."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from pytest_fairness.attributes import Attribute
from pytest_fairness.errors import ArgumentTypeError
from pytest_fairness.perturb import chinese, english
from pytest_fairness.perturb.changes import (
    AMBIGUOUS,
    NOT_PRESERVING,
    UNCHANGED,
    VALID,
    Change,
    Swap,
    apply,
    as_written,
    with_article,
)
from pytest_fairness.perturb.coherence import (
    clash_of,
    counterparts,
    merges,
    mixed_full_name,
    unsure_pronoun,
)
from pytest_fairness.perturb.english_context import starts_sentence
from pytest_fairness.perturb.english_pronouns import resolve
from pytest_fairness.perturb.lexicon import Entry, Found, Hit, Lexicon, compile_lexicon, plain
from pytest_fairness.perturb.persons import persons
from pytest_fairness.perturb.quotations import quotations as find_quotations, within
from pytest_fairness.perturb.text_verbs import agreement


class Reading:
    """A text that was read once, from which several variants are made.

    With ``quotations=False`` quoted speech stays as it stands.
    """

    def __init__(self, text: str, attribute: Attribute, *, quotations: bool = True) -> None:
        if not isinstance(text, str):
            raise ArgumentTypeError(f"text={text!r} must be a string.")
        self.text = text
        self.lexicon: Lexicon = compile_lexicon(attribute)
        self._language = attribute.language
        reader = chinese.read if self._language == "zh" else english.read
        self._found: Found = reader(text, self.lexicon)
        self._kept: tuple[tuple[int, int], ...] = ()
        self._quoted: tuple[Hit, ...] = ()
        if not quotations:
            self._leave_quotations()

    def _leave_quotations(self) -> None:
        """Set apart what stands in quotations."""
        kept = find_quotations(self.text)
        if kept is None:
            reasons = (*self._found.reasons, "a quotation mark has no partner")
            self._found = self._found._replace(reasons=reasons)
            return
        self._kept = kept
        self._quoted = tuple(h for h in self._found.hits if within(h.start, h.end, kept))
        outside = tuple(h for h in self._found.hits if h not in self._quoted)
        self._found = self._found._replace(hits=outside)

    @property
    def mentioned(self) -> tuple[int, ...]:
        """Groups that the text speaks of, in the order of their first mention."""
        return tuple(dict.fromkeys(hit.entries[0].group for hit in self._found.hits))

    @property
    def words(self) -> tuple[str, ...]:
        """The words that name a group, as the text has them."""
        return tuple(self.text[hit.start : hit.end] for hit in self._found.hits)

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """Where these words stand."""
        return tuple((hit.start, hit.end) for hit in self._found.hits)

    @property
    def first(self) -> str:
        """The group that the text mentions first."""
        return self.lexicon.attribute.groups[self.mentioned[0]]

    def why_none(self) -> Swap:
        """Return why there is no variant."""
        return self.exchange(0, 1)

    def variants(self) -> tuple[Swap, ...]:
        """Exchange every mentioned group with every other one, each two groups once."""
        every = range(len(self.lexicon.attribute.groups))
        wanted = [(g, h) for g in self.mentioned for h in every if g != h]
        once = {frozenset(two): two for two in reversed(wanted)}
        return tuple(self.exchange(g, h) for g, h in reversed(once.values()))

    def exchange(self, first: int, second: int) -> Swap:
        """Exchange two groups."""
        other = {first: second, second: first}
        hits = [hit for hit in self._found.hits if any(e.group in other for e in hit.entries)]
        quoted = self._why_quoted(other)
        if hits and quoted:
            return self._left_out(AMBIGUOUS, quoted)
        if mixed_full_name(self.text, hits):
            return self._left_out(AMBIGUOUS, "a full name holds given names of two groups")
        unsure = unsure_pronoun(self.text, hits, other, self.lexicon)
        if unsure:
            return self._left_out(AMBIGUOUS, unsure)
        dropped = counterparts(self.text, self._found.hits, other, self.lexicon)
        hits = [hit for hit in hits if hit not in dropped]
        return self._replace(
            hits,
            lambda entry: (other[entry.group], self.lexicon.counterpart(entry, other[entry.group])),
        )

    def one_by_one(self) -> tuple[Swap, ...]:
        """Exchange each person's group with every other group while all other persons stay."""
        hits = self._found.hits
        every = range(len(self.lexicon.attribute.groups))
        if self._found.reasons or not hits:
            return tuple(self.exchange(g, h) for g in self.mentioned for h in every if g != h)[:1]
        quoted = self._why_quoted(every)
        if quoted:
            return (self._left_out(AMBIGUOUS, quoted),)
        split = persons(self.text, hits, self.lexicon)
        if isinstance(split, str):
            return (self._left_out(AMBIGUOUS, split),)
        return tuple(
            self._replace_all(mentions, group)
            for mentions in split
            for group in every
            if group != mentions[0].entries[0].group
        )

    def _why_quoted(self, groups: Container[int]) -> str:
        """Say which quoted word speaks of a group that changes outside; empty if none does."""
        for hit in self._quoted:
            if any(entry.group in groups for entry in hit.entries):
                word = plain(self.text[hit.start : hit.end])
                return f"'{word}' in a quotation may speak of a person who changes outside"
        return ""

    def _replace_all(self, mentions: Sequence[Hit], group: int) -> Swap:
        others = {plain(self.text[h.start : h.end]) for h in self._found.hits if h not in mentions}
        names = (hit.entries[0] for hit in mentions if hit.entries[0].kind == "name")
        if any(plain(self.lexicon.counterpart(name, group)) in others for name in names):
            return self._left_out(AMBIGUOUS, "two persons would have the same name")
        return self._replace(
            mentions, lambda entry: (group, self.lexicon.counterpart(entry, group))
        )

    def placebo(self) -> Swap:
        """Replace each interchangeable term by the next one of the same group."""
        free = set(self.lexicon.attribute.free_kinds)
        hits = [
            hit
            for hit in self._found.hits
            if hit.entries[0].kind in free and self.lexicon.free_sizes[hit.entries[0].group] > 1
        ]
        return self._replace(hits, lambda entry: (entry.group, self.lexicon.neighbour(entry)))

    def _replace(self, hits: Sequence[Hit], target: Callable[[Entry], tuple[int, str]]) -> Swap:
        if self._found.reasons:
            return self._left_out(AMBIGUOUS, self._found.reasons[0])
        if not hits:
            return self._left_out(UNCHANGED, f"no term of {self.lexicon.attribute.name} to swap")
        tied = self.lexicon.bound and self.lexicon.bound.search(plain(self.text))
        if tied:
            return self._left_out(NOT_PRESERVING, f"'{tied.group()}' goes with one group")
        owned = self._owned(hits, target)
        if owned:
            return self._left_out(NOT_PRESERVING, f"'{owned}' goes with one group")
        entries = [self._read_as(hit, target) for hit in hits]
        for entry in entries:
            if isinstance(entry, str):
                return self._left_out(AMBIGUOUS, entry)
        return self._rewrite(hits, [e for e in entries if isinstance(e, Entry)], target)

    def _owned(self, hits: Sequence[Hit], target: Callable[[Entry], tuple[int, str]]) -> str:
        """Return what belongs to one of the changed groups and stands apart from its words."""
        if not any(self.lexicon.own):
            return ""
        rest = plain(apply(self.text, [Change(h.start, h.end, "", "\0") for h in hits]))
        groups = {g for h in hits for g in (h.entries[0].group, target(h.entries[0])[0])}
        owned = (self.lexicon.own[group] for group in sorted(groups))
        found = next((match for own in owned if own and (match := own.search(rest))), None)
        return found.group() if found else ""

    def _read_as(self, hit: Hit, target: Callable[[Entry], tuple[int, str]]) -> Entry | str:
        """Return the reading of a hit, any one where all have the same answer, or why none."""
        if len({target(entry) for entry in hit.entries}) == 1:
            return hit.entries[0]
        return resolve(self.text, hit, self.lexicon)

    def _rewrite(
        self,
        hits: Sequence[Hit],
        entries: Sequence[Entry],
        target: Callable[[Entry], tuple[int, str]],
    ) -> Swap:
        answers = [target(entry) for entry in entries]
        if merges(entries, answers):
            return self._left_out(AMBIGUOUS, "two terms would become the same one")
        changes = [
            self._change(hit, entry, word)
            for hit, entry, (_, word) in zip(hits, entries, answers, strict=True)
        ]
        verbs = self._verbs(hits, entries, answers)
        if isinstance(verbs, str):
            return self._left_out(AMBIGUOUS, verbs)
        if any(within(verb.start, verb.end, self._kept) for verb in verbs):
            return self._left_out(AMBIGUOUS, "the verb of a pronoun stands in a quotation")
        changes = sorted([*changes, *verbs])
        variant = apply(self.text, changes)
        clash = clash_of(variant, self.lexicon)
        if clash:
            return self._left_out(AMBIGUOUS, clash)
        again = self._reread(variant, changes)
        if again.reason:
            return self._left_out(AMBIGUOUS, again.reason)
        names = self.lexicon.attribute.groups
        return Swap(
            variant,
            VALID,
            tuple(changes),
            groups=(names[entries[0].group], names[answers[0][0]]),
            reversible=again.reversible and self._is_reversible(hits, entries, answers),
        )

    def _reread(self, variant: str, changes: Sequence[Change]) -> chinese.Reread:
        if self._language != "zh" or self.lexicon.neutral:
            return chinese.Reread("", reversible=True)
        return chinese.reread(variant, changes, self.lexicon)

    def _verbs(
        self, hits: Sequence[Hit], entries: Sequence[Entry], answers: Sequence[tuple[int, str]]
    ) -> list[Change] | str:
        """Return what the verbs of pronouns become, or why that cannot be told."""
        plural = self.lexicon.plural
        found: list[Change] = []
        for hit, entry, (group, _) in zip(hits, entries, answers, strict=True):
            if (
                not plural
                or entry.kind != "pronoun"
                or (entry.group in plural) == (group in plural)
            ):
                continue
            changes = agreement(self.text, hit.start, hit.end, group in plural)
            if isinstance(changes, str):
                return changes
            found += changes
        return found

    def _is_reversible(
        self,
        hits: Sequence[Hit],
        entries: Sequence[Entry],
        answers: Sequence[tuple[int, str]],
    ) -> bool:
        if any(group in self.lexicon.neutral for group, _ in answers):
            return False
        for hit, entry, (group, _) in zip(hits, entries, answers, strict=True):
            written = plain(self.text[hit.start : hit.end])
            if entry.kind == "one_way" or self.text[hit.start : hit.end].lower() != written:
                return False
            lowered = self.text[hit.start : hit.end].islower() and not entry.word.islower()
            if lowered and any(map(str.isupper, self.text)):
                return False  # the capital that the term is listed with would come back
            if entry.kind in self.lexicon.attribute.free_kinds:
                sizes = self.lexicon.free_sizes
                if entry.place >= min(sizes[group], sizes[entry.group]):
                    return False
        return True

    def _change(self, hit: Hit, entry: Entry, word: str) -> Change:
        written = self.text[hit.start : hit.end]
        opens = starts_sentence(self.text, hit.start)
        lower = not any(map(str.isupper, self.text))
        after = as_written(written, entry.word, word, opens=opens, lower=lower)
        if self._language != "en":
            return Change(hit.start, hit.end, written, after)
        change = Change(hit.start, hit.end, written, after)
        return with_article(self.text, change, (entry.word, word))

    def _left_out(self, status: str, reason: str) -> Swap:
        return Swap(self.text, status, reason=reason)
