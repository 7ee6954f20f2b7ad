"""What an author may still do about a document: what is missing, what reads hard, how long it takes. Pure Python.

All of it reads plain data, also of a draft with mistakes; whatever is not what it should be is passed over, because
reading the document tells that. Nothing here keeps anybody from saving.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from itertools import chain
from typing import Any

from ..competences.framework import Area, Competence, Level, Statement
from ..problems import Path
from ..richtext import words_of
from ..schema import LONGEST_RICH_TEXT, AddressPart, Part, Value
from ..texts import N_
from ..training.activity import Activity
from ..training.choosing import Choice, PictureChoice, PicturedOption
from ..training.module import Fallback, Note, Read
from .walking import Item, Texts, texts_in, walk

LONGEST_SENTENCE = 15
LONGEST_RICH_SENTENCE = 20
GIVES_AWAY = 1.5
GIVES_AWAY_CHARACTERS = 15
# Students who read in a second language read 80 to 120 words a minute (Grabe, "Reading in a Second Language", 2009,
# p. 291). That ours, at about A2 and on a phone, read as the slower of them do is an assumption.
WORDS_PER_MINUTE = 90
SECONDS_PER_STATEMENT = 15
SECONDS_PER_ACTIVITY = 30

LONG = N_("“{start} …” is a long sentence: {count} words. Make two sentences of it.")
TWO_QUESTIONS = N_("This asks more than one question. Ask one here, and make another statement for the other.")
TWO_THINGS = N_("This may ask two things in one ({word}). If somebody can do one and not the other, make two "
                "statements.")
DOUBLE_NEGATIVE = N_("“{first}” and “{second}” together are hard to understand. Say it with one of them, or with none.")
CAPITALS = N_("“{words}” is in capital letters, which are hard to read. Write it in small letters.")
LONGER = N_("In {language} the right answer is much longer than the wrong ones, so it can be guessed. Make the wrong "
            "answers as long as the right one.")

_WITH_PICTURE = (Statement, Area, Level, PicturedOption, Read)
# No sentences: who owns a framework, and words with | between them.
_NO_SENTENCES = {"source", "accept", "decoy"}
_SELDOM_READ = {"source", "accept", "alt", "hint", "wrong"}


@dataclass(frozen=True, slots=True)
class Missing:
    """Something a document could still have: ``what`` is "text", "alt", "audio" or "picture".

    ``path`` leads to where it belongs, with the language at its end; a picture has none.
    """

    path: Path
    what: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing to think about, at ``path``: ``words.gettext(message).format(**values)``.

    Values are plain text of the author's, in the language of the path, and escaped like any other.
    """

    path: Path
    message: str
    values: dict[str, Any]


Said = tuple[str, dict[str, Any]]  # a hint's message and values


def missing(cls: type[Value], data: object) -> list[Missing]:
    """Return the list of ``Missing`` of a document's plain data, in reading order.

    A text is missing where it must be there, or where another language has it; an alternative text where there is a
    picture; a recording wherever one can be. A picture is missing where learners look for one: at statements, areas,
    levels, picture options and reading steps. Elsewhere it is the author's choice.
    """
    languages = _languages(data)
    return [each for item in walk(cls, data) for each in _missing_of(item, languages)]


def hints(cls: type[Value], data: object) -> list[Hint]:
    """Return the list of ``Hint`` of a document's plain data, in reading order. They are rough, and may be wrong.

    Short sentences, small letters: Inclusion Europe, "Information for all", 2009. 15 words: the British government's
    "Accessible communication formats" for easy read; 20: Cutts, "Oxford Guide to Plain English", 2020, guideline 3. One
    thing per question, no double negatives: Krosnick & Presser, "Question and Questionnaire Design", in: Handbook of
    Survey Research, 2010. Answers of one length: Haladyna, Downing & Rodriguez, "A Review of Multiple-Choice
    Item-Writing Guidelines for Classroom Assessment", Applied Measurement in Education 15, 2002.
    """
    languages = _languages(data)
    return [each for item in walk(cls, data) for each in _hints_of(item, languages)]


def reading_minutes(cls: type[Value], data: object, language: str) -> float:
    """Return about how many minutes a slow reader needs in ``language``; what it lacks counts in another one.

    Counted is what one learner meets on one way through: no practice, advice, hints or alternative texts, no names of a
    framework's competences; what is said to a right answer but not to a wrong one; of a step's notes the longest.
    """
    order = (language, *_languages(data))
    words, seconds = 0.0, 0
    notes: dict[Path, float] = {}
    for item in walk(cls, data):
        if item.path[:1] == ("practice",):
            continue
        count = sum(_length(part, texts, order) for name, part, texts in item.texts() if _is_read(item, name, part))
        if item.cls in (Note, Fallback):
            place = item.above[-1].path
            notes[place] = max(count, notes.get(place, 0))
        else:
            words += count
        seconds += SECONDS_PER_STATEMENT * (item.cls is Statement)
        seconds += SECONDS_PER_ACTIVITY * issubclass(item.cls, Activity)
    return (words + sum(notes.values())) / WORDS_PER_MINUTE + seconds / 60


def _languages(data: object) -> list[str]:
    named = data.get("languages") if isinstance(data, dict) else None
    return list(dict.fromkeys(tag for tag in named if isinstance(tag, str))) if isinstance(named, list) else []


def _base(language: str) -> str:
    return language.split("-")[0]


def _plain(part: Part[Any], text: str) -> str:
    """Return a text without tags; where blocks of rich text met stands a paragraph separator."""
    if part.place != "rich":
        return text
    # What is too long to be sanitised is told already.
    return unescape(words_of(_BLOCK.sub("\u2029", text))) if len(text) <= LONGEST_RICH_TEXT else ""


# -- how long it takes -------------------------------------------------------------------------------------------------

def _is_read(item: Item, name: str, part: Part[Any]) -> bool:
    if isinstance(part, AddressPart) or name in _SELDOM_READ or item.cls is Competence:
        return False
    return name != "feedback" or issubclass(item.cls, Activity)


def _length(part: Part[Any], texts: Texts, order: Iterable[str]) -> float:
    language = next((each for each in order if each in texts), None)
    if language is None:
        return 0
    text = _plain(part, texts[language])
    characters = _CHARACTERS.get(_base(language))
    return len(text) / characters if characters else len(text.split())


# -- what is missing ---------------------------------------------------------------------------------------------------

def _missing_of(item: Item, languages: Sequence[str]) -> Iterator[Missing]:
    picture = item.data.get("picture")
    pictured = isinstance(picture, str) and bool(picture.strip())
    fields = [(name, part, {language for language in languages if _says(part, texts.get(language, ""))})
              for name, part, texts in item.texts()]
    if item.cls in _WITH_PICTURE and not pictured and any(said for _, part, said in fields
                                                          if not isinstance(part, AddressPart)):
        yield Missing((*item.path, "picture"), "picture")
    for name, part, said in fields:
        if isinstance(part, AddressPart):
            what = "audio" if name == "audio" else ""
        elif name == "alt":
            what = "alt" if pictured else ""
        else:
            what = "text" if part.required or said else ""
        if what:
            for language in languages:
                if language not in said:
                    yield Missing((*item.path, name, language), what, language)


def _says(part: Part[Any], text: str) -> bool:
    """Whether a text has more than the tags an editor leaves when everything in it was deleted."""
    return bool(text) and (part.place != "rich" or "<img" in text or bool(_TAG.sub("", text).strip()))


# -- what reads hard ---------------------------------------------------------------------------------------------------

_TAG = re.compile(r"<[^<>]*>|&nbsp;")
_BLOCK = re.compile(r"</?(?:p|div|h[1-6]|ul|ol|li|br|table|thead|tbody|tr|th|td)\b[^<>]*>", re.IGNORECASE)
# A colon ends a sentence too: what stands before it ("Work: …") is a heading. Runs are looked at once, however long.
_ENDS = re.compile(r"(?<![.:!?…؟۔।։፧።\u037e])[.:!?…؟۔।։፧።\u037e]++[\"'’”“»)\]]*+(?:\s+|$)|[。！？\n\r\u2029]+")
_QUESTION = re.compile(r"[?؟？፧\u037e]+")
_CAPITAL = "[A-ZÀ-ÖØ-ÞĞİŞΆ-ΏΑ-ΫЀ-ЯҐ]{4,}"
_CAPITALS = re.compile(rf"\b{_CAPITAL}(?: +{_CAPITAL})+\b")
# Characters a word has in languages that put no spaces between words (Vietnamese puts them between syllables), to guess
# how many words there are. Chinese: 255 characters or 158 words a minute (Trauzettel-Klosinski & Dietz, Investigative
# Ophthalmology & Visual Science 53, 2012). The others are guesses.
_CHARACTERS = {"zh": 1.6, "yue": 1.6, "ja": 2, "th": 4, "lo": 4, "km": 4, "my": 4, "vi": 6}


def _either(words: str) -> str:
    return "(?:" + "|".join(words.split()) + ")"


# "Or" gives a choice in nearly every statement that has it, and asks no second thing; in Arabic "and" is a word of its
# own only with the "that" of a verb.
_AND = {"en": "and", "es": "y e", "de": "und", "fr": "et", "it": "e ed", "el": "και κι", "uk": "та і й", "tr": "ve",
        "ar": "وأن", "fa": "و"}
_OR = "or o u oder ou ή або чи veya أو یا"
# With one of these after it, it joins two nouns, which is no second question.
_NOUNS = {
    "en": "an? the my your his her our their this these at by for from in of on with",
    "es": "el la los las una? mis? sus? al? con del? en para por",
    "fr": "l d les? la une? des? du mon ma mes son sa ses à aux? avec chez dans en par pour sur",
    "it": "l il lo la i gli le una? uno mi[ao] miei mie al? con dal? del? di in nel per su",
    "el": "ο η το οι τα τον την του της των τους τη τις έναν? μ[ιί]α με σε από για στ\\w+",
    "uk": "в у з із на до від для про мій моя моє мої",
    "tr": "bir",
    "fa": "از به با در برای",
}
_JOINED = {language: re.compile(rf"(?<![.!?…؟])\s({_either(_AND[language])})\s(?!{_either(nouns)}\b)",
                                re.IGNORECASE) for language, nouns in _NOUNS.items()}
_JOINED["ar"] = re.compile(rf"\s({_AND['ar']})\s")
_JOINED["de"] = re.compile(r"\b[a-zäöüß]+,?\s(und)\s")  # the verb stands before it, and nouns have capitals

_CLAUSES = re.compile(rf"[,;،؛()–—]|\s{_either(' '.join((_OR, *_AND.values())))}\s", re.IGNORECASE)


def _negation(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![“„«\"])\b{_either(words)}\b", re.IGNORECASE)  # a quoted “no” negates nothing


# Rough: a word of the first and another of the second kind in one clause. Where two negations are good grammar ("no …
# nunca", "sin nadie") or one takes two words ("ne … pas"), the second kind has only what turns the first around.
_NEGATIONS = {language: (_negation(first), _negation(second or first)) for language, first, second in (
    ("en", r"\w+n['’]t not cannot never no nobody nothing none neither without unless impossible unable unhappy "
           "unlikely unnecessary unusual", ""),
    ("de", "nicht nie niemals niemand nichts kein\\w* ohne unmöglich unnötig ungewöhnlich", ""),
    ("es", "no nunca jamás", "sin imposible incapaz innecesari[oa]"),
    ("fr", "pas jamais", "sans impossible incapable inutile"),
    ("it", "non mai", "senza impossibile incapace inutile"),
    ("el", "δεν? μην? ποτέ", "χωρίς δίχως αδύνατον? ανίκαν\\w+"),
    ("uk", "не ніколи немає", "без неможлив\\w+ нездатн\\w+"),
    ("tr", "değil yok yoktur", "değil yok olmadan imk[aâ]nsız olanaksız"),
    ("ar", "لا ليس ليست لست لم لن", "بدون دون مستحيل المستحيل غير"),
    ("fa", "نمی\\S+ نیست\\w* نباید ندار\\w+", "بدون غیرممکن ناممکن محال"),
)}


def _hints_of(item: Item, languages: Sequence[str]) -> Iterator[Hint]:
    for name, part, texts in item.texts():
        if not isinstance(part, AddressPart) and name not in _NO_SENTENCES:
            asks = item.cls is Statement and name == "text"
            for language in languages:
                if language in texts:
                    text, base = _plain(part, texts[language]), _base(language)
                    if base == "el":
                        text = text.replace(";", "\u037e")  # the same mark to Unicode, and never a semicolon
                    longest = LONGEST_RICH_SENTENCE if part.place == "rich" else LONGEST_SENTENCE
                    for message, values in chain(_long(text, base, longest), _two_in_one(text, base) if asks else (),
                                                 _double_negatives(text, base), _capitals(text)):
                        yield Hint((*item.path, name, language), message, values)
    if item.cls in (Choice, PictureChoice):
        for language in languages:
            if _is_given_away(item.data.get("options"), language):
                yield Hint((*item.path, "options"), LONGER, {"language": language})


def _long(text: str, base: str, longest: int) -> Iterator[Said]:
    if base not in _CHARACTERS and len(text.split()) > longest:
        for sentence in _ENDS.split(text):
            words = [word for word in sentence.split() if any(map(str.isalnum, word))]
            if len(words) > longest:
                yield LONG, {"start": " ".join(words[:4]), "count": len(words)}


def _two_in_one(text: str, base: str) -> Iterator[Said]:
    joined = base in _JOINED and _JOINED[base].search(text)
    if len(_QUESTION.findall(text)) > 1:
        yield TWO_QUESTIONS, {}
    elif joined:
        yield TWO_THINGS, {"word": joined[1]}


def _double_negatives(text: str, base: str) -> Iterator[Said]:
    pair = _NEGATIONS.get(base)
    if pair and pair[1].search(text):
        first, second = pair
        for clause in chain.from_iterable(map(_CLAUSES.split, _ENDS.split(text))):
            met = sorted({(each.start(), each[0]) for each in chain(first.finditer(clause), second.finditer(clause))})
            if len(met) > 1 and first.search(clause) and second.search(clause):
                yield DOUBLE_NEGATIVE, {"first": met[0][1], "second": met[-1][1]}


def _capitals(text: str) -> Iterator[Said]:
    return ((CAPITALS, {"words": each[0]}) for each in _CAPITALS.finditer(text))


def _is_given_away(options: object, language: str) -> bool:
    """Whether even the shortest right option is much longer than the longest wrong one; all must have their text."""
    lengths: dict[bool, list[int]] = {True: [], False: []}
    for option in options if isinstance(options, list) else ():
        if isinstance(option, dict):
            lengths[option.get("right") is True].append(len(texts_in(option.get("text")).get(language, "").strip()))
    right, wrong = min(lengths[True], default=0), max(lengths[False], default=0)
    return bool(wrong) and 0 not in lengths[False] and right >= max(wrong * GIVES_AWAY, wrong + GIVES_AWAY_CHARACTERS)
