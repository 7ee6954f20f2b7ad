"""Filling gaps, typed or picked."""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from .. import schema
from ..merging import BAD_FORM, BadAnswer
from ..problems import Told
from ..schema import Value
from ..texts import N_, Text, without_unstorable
from .activity import Activity, Offered, mapped, sentence, unveiled
from .veil import Veil

LONGEST_TYPED = 100


_PLACE = re.compile(r"\{([^{}]*)\}")
RIGHT = "right"
# Phones set typographic marks of their own accord.
_TYPED = str.maketrans({"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"',
                        "\u2013": "-", "\u2011": "-"})


def _variants(text: str) -> list[str]:
    return [each.strip() for each in text.split("|") if each.strip()]


@dataclass(frozen=True, kw_only=True)
class Gap(Value):
    """One gap. ``accept`` holds the right variants with | between; with ``decoy`` words it is picked, not typed."""

    id: str = schema.identifier("gap")
    accept: Text = schema.text()
    decoy: Text = schema.text(required=False)

    @property
    def is_picked(self) -> bool:
        """Whether the learner picks from a list: where right and wrong words stand in one language."""
        return bool(self.decoy.keys() & self.accept.keys())

    @cached_property
    def choices(self) -> dict[str, Text]:
        """What can be picked: ``{choice id: Text}``, the right one first; in languages that have right and wrong words,
        for one that stood there in another language would give itself away.
        """
        texts = {language: [self.answer[language], *_variants(text)]
                 for language, text in self.decoy.items() if language in self.accept}
        count = len(next(iter(texts.values())))
        names = [RIGHT, *(f"decoy-{number}" for number in range(count - 1))]
        return {name: Text({language: words[number] for language, words in texts.items()})
                for number, name in enumerate(names)}

    @cached_property
    def answer(self) -> Text:
        """The first right variant, in each language."""
        return Text({language: _variants(text)[0] for language, text in self.accept.items()})

    def check(self, told: Told) -> None:
        for language, text in self.accept.items():
            if not _variants(text):
                told(("accept", language), "The gap has no right word. Write one, or several with | between them.")
            elif max(map(len, _variants(text))) > LONGEST_TYPED:
                told(("accept", language), f"A right word has more than {LONGEST_TYPED} characters. Shorten it.")
        counts = {len(_variants(text)) for text in self.decoy.values()}
        if len(counts) > 1:
            told(("decoy",), "The languages have different numbers of wrong words. Write as many in each.")
        for language, text in self.decoy.items():
            if not _variants(text):
                told(("decoy", language), "Write at least one wrong word, or leave the decoys out.")
            elif set(_variants(text)) & set(_variants(self.accept.get(language, ""))):
                told(("decoy", language), "A wrong word is also a right one. Change it.")
            elif len(set(_variants(text))) < len(_variants(text)):
                told(("decoy", language), "A wrong word stands here twice. Change one.")


@dataclass(frozen=True, kw_only=True)
class Gaps(Activity):
    """A text with gaps: ``{gap id}`` marks each. A reply maps a gap's id to a choice's id or to what was typed."""

    form = "gaps"
    ignore_case: bool = schema.flag()
    ignore_spaces: bool = schema.flag()
    ignore_accents: bool = schema.flag()
    text: Text = schema.text()
    gaps: tuple[Gap, ...] = schema.many("gap", Gap)

    @cached_property
    def _by_id(self) -> dict[str, Gap]:
        return {gap.id: gap for gap in self.gaps}

    def offer(self, veil: Veil) -> dict[str, tuple[str, list[Offered] | None]]:
        """Return ``{gap id: (name, [Offered choices] or None where it is typed)}``."""
        return {gap.id: (veil.name(self.id, gap.id), self._choices(gap, veil) if gap.is_picked else None)
                for gap in self.gaps}

    def _choices(self, gap: Gap, veil: Veil) -> list[Offered]:
        names = veil.names(gap.choices, self.id, gap.id)
        return [Offered(each, name, gap.choices[each]) for each, name in names.items()]

    def pieces(self, language: str) -> list[str]:
        """Return the text in one language, cut at its gaps: words and gap ids in turn, words first and last."""
        return _PLACE.split(self.text.words(language))

    def read_reply(self, data: object, veil: Veil) -> dict[str, str]:
        if not isinstance(data, dict):
            raise BadAnswer(BAD_FORM)
        gaps = unveiled(list(data), {gap.id: veil.name(self.id, gap.id) for gap in self.gaps})
        return {gap: self._read_one(self._by_id[gap], filled, veil)
                for gap, filled in zip(gaps, data.values(), strict=True)}

    def _read_one(self, gap: Gap, filled: object, veil: Veil) -> str:
        if gap.is_picked:
            return unveiled([filled], veil.names(gap.choices, self.id, gap.id))[0]
        if not isinstance(filled, str):
            raise BadAnswer(BAD_FORM)
        if len(filled) > LONGEST_TYPED:
            raise BadAnswer(N_("Your answer is too long. Please make it shorter."))
        return without_unstorable(filled)

    def show_reply(self, reply: object, veil: Veil) -> dict[str, str]:
        return {veil.name(self.id, gap): veil.name(self.id, gap, filled) if self._by_id[gap].is_picked else filled
                for gap, filled in self._known(reply).items()}

    def _known(self, reply: object) -> dict[str, str]:
        return {gap: filled for gap, filled in mapped(reply).items() if gap in self._by_id
                and (not self._by_id[gap].is_picked or filled in self._by_id[gap].choices)}

    def _plain(self, text: str) -> str:
        """Return what counts of a typed text, as the author has set it."""
        text = " ".join(unicodedata.normalize("NFC", text).translate(_TYPED).split())
        if self.ignore_case:
            text = text.casefold()
        if self.ignore_spaces:
            text = "".join(text.split())
        if self.ignore_accents:
            text = "".join(each for each in unicodedata.normalize("NFD", text) if unicodedata.category(each) != "Mn")
        return unicodedata.normalize("NFC", text)

    def _accepts(self, gap: Gap, filled: str) -> bool:
        if gap.is_picked:
            return filled == RIGHT
        variants = [variant for text in gap.accept.values() for variant in _variants(text)]
        return self._plain(filled) in {self._plain(variant) for variant in variants}

    def is_ready(self, reply: object) -> bool:
        return any(filled.strip() for filled in self._known(reply).values())

    def key(self) -> dict[str, str]:
        return {gap.id: RIGHT if gap.is_picked else next(iter(gap.answer.values())) for gap in self.gaps}

    def mark(self, reply: object) -> float:
        """Gaps filled rightly, over all gaps. A variant of any of the document's languages is right."""
        return sum(self.verdicts(reply).values()) / len(self.gaps)

    def solution(self) -> list[tuple[Text, ...]]:
        return [(gap.answer,) for gap in self.gaps]

    def in_words(self, reply: object, language: str) -> str:
        return sentence(self._by_id[gap].choices[filled].words(language) if self._by_id[gap].is_picked else filled
                        for gap, filled in self._known(reply).items())

    def verdicts(self, reply: object) -> dict[str, bool]:
        return {gap: self._accepts(self._by_id[gap], filled) for gap, filled in self._known(reply).items()}

    def check(self, told: Told) -> None:
        for language, text in self.text.items():
            found = _PLACE.findall(text)
            for gap in self._by_id:
                if found.count(gap) != 1:
                    told(("text", language), f"The gap '{gap}' has its place once in the text, as {{{gap}}}; here it "
                                             f"stands {found.count(gap)} times.")
            for name in found:
                if name not in self._by_id:
                    told(("text", language), f"{{{name[:40]}}} is a gap without a key. Add "
                                             f'<gap id="{name[:40]}"> with the right words, or take the braces away.')
