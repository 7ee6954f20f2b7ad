"""The module: steps in order, some of them activities, as one validated value."""

from dataclasses import dataclass
from functools import cached_property

from .. import schema
from ..problems import Told
from ..schema import IDENTIFIER, Document, Value
from ..texts import Text
from .activity import Activity
from .arranging import Matching, Ordering
from .choosing import Choice, PictureChoice, TrueFalse
from .dialogue import Dialogue
from .gaps import Gaps
from .taking_part import Checklist, Reflection

MOST_STEPS = 100
RESERVED = ("start", "finish", "result")
MOST_REFLECTIONS = 8  # of the longest, in any script, within what a record may hold


@dataclass(frozen=True, kw_only=True)
class Read(Value):
    """Something to read. ``checked`` is the day its facts were last compared with their sources."""

    id: str = schema.identifier("step", everywhere=True)
    picture: str = schema.picture()
    checked: str = schema.day()
    title: Text = schema.text()
    alt: Text = schema.text(required=False)
    audio: Text = schema.addresses("An audio")
    text: Text = schema.rich_text()


@dataclass(frozen=True, kw_only=True)
class Watch(Value):
    """A film or recording: files per language, or a YouTube id. Whoever cannot hear or load it reads."""

    id: str = schema.identifier("step", everywhere=True)
    media: str = schema.matching("video|audio", "Write video or audio.")
    youtube: str = schema.matching(r"[A-Za-z0-9_-]{11}", "Write the id of the YouTube film, its 11 letters and digits.")
    title: Text = schema.text()
    file: Text = schema.addresses("A file's")
    captions: Text = schema.addresses("A captions")
    transcript: Text = schema.rich_text()

    def check(self, told: Told) -> None:
        if bool(self.youtube) == bool(self.file):
            told((), "Give either <file> addresses or a youtube id.")
        if self.youtube and self.media == "audio":
            told(("media",), "YouTube gives films only. Remove media, or give an audio file.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Note(Value):
    """What is true in one country, by its code of two letters (ISO 3166-1)."""

    country: str = schema.matching("[A-Z]{2}", "Write the country's code of two letters, such as ES or DE.",
                                   required=True)
    checked: str = schema.day()
    text: Text = schema.rich_text()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback(Value):
    """What is true elsewhere."""

    checked: str = schema.day()
    text: Text = schema.rich_text()


@dataclass(frozen=True, kw_only=True)
class CountryNote(Value):
    """A text about the learner's host country, with another for whoever lives elsewhere or does not say."""

    id: str = schema.identifier("step", everywhere=True)
    picture: str = schema.picture()
    title: Text = schema.text()
    notes: tuple[Note, ...] = schema.many("note", Note)
    fallback: Fallback = schema.one(Fallback)

    def note(self, country: str) -> Note | Fallback:
        """Return the ``Note`` of a country or the ``Fallback``."""
        return next((note for note in self.notes if note.country == country), self.fallback)

    def check(self, told: Told) -> None:
        seen = set()
        for number, note in enumerate(self.notes):
            if note.country in seen:
                told(("notes", number), f"There is another note for {note.country}. Make one of them.")
            seen.add(note.country)


Step = Read | Watch | CountryNote | Activity
KINDS: dict[str, type[Step]] = {
    "read": Read, "watch": Watch, "country-note": CountryNote,
    "choice": Choice, "true-false": TrueFalse, "picture-choice": PictureChoice, "matching": Matching,
    "ordering": Ordering, "gaps": Gaps, "dialogue": Dialogue, "reflection": Reflection, "checklist": Checklist,
}
KIND_OF = {cls: kind for kind, cls in KINDS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained(Value):
    """A competence the module trains, with its name for the goals."""

    id: str = schema.identifier("competence", everywhere=True)
    title: Text = schema.text()


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired(Value):
    """An activity that is no longer there. Learners have done it: its id stays taken, its question known."""

    id: str = schema.identifier("step", everywhere=True)
    question: Text = schema.kept_text()


@dataclass(frozen=True, kw_only=True)
class Module(Document):
    """Steps in order; ``framework`` is the id of the one whose competences it trains, ``minutes`` how long it takes."""

    id: str = schema.identifier()
    version: str = schema.version()
    languages: tuple[str, ...] = schema.languages()
    framework: str = schema.matching(IDENTIFIER.pattern, "Name the framework by its id, such as 'migrempower'.")
    minutes: int = schema.whole_number(1, 600)
    picture: str = schema.picture()
    title: Text = schema.text()
    about: Text = schema.text(required=False)
    competences: tuple[Trained, ...] = schema.many("competence", Trained)
    steps: tuple[Step, ...] = schema.mixed(KINDS)
    retired: tuple[Retired, ...] = schema.many("retired", Retired, at_least=0)

    @cached_property
    def by_id(self) -> dict[str, Step]:
        """All steps in order, by id."""
        return {step.id: step for step in self.steps}

    @cached_property
    def activities(self) -> dict[str, Activity]:
        """The activities in order, by id."""
        return {step.id: step for step in self.steps if isinstance(step, Activity)}

    def wording(self, activity: str) -> Text:
        """Return the question of an activity by its id, also of a retired one; an empty one where it is not known."""
        known = self.activities.get(activity) or next((each for each in self.retired if each.id == activity), None)
        return known.question if known else Text()

    @cached_property
    def points(self) -> int:
        """Return what can be earned."""
        return sum(activity.points for activity in self.activities.values())

    @cached_property
    def countries(self) -> list[str]:
        """The codes of the countries there are notes for."""
        return sorted({note.country for step in self.steps if isinstance(step, CountryNote) for note in step.notes})

    def check(self, told: Told) -> None:
        competences = {competence.id for competence in self.competences}
        for number, step in enumerate(self.steps):
            if step.id in RESERVED:
                told(("steps", number, "id"), f"The page itself uses the id '{step.id}'. Choose another one.")
            if isinstance(step, Activity) and step.competence and step.competence not in competences:
                told(("steps", number, "competence"), f"'{step.competence}' is not one of the module's competences. "
                                                      f"Name one of them: {', '.join(sorted(competences))}.")
        if len(self.steps) > MOST_STEPS:
            told(("steps",), f"The module has {len(self.steps)} steps; {MOST_STEPS} is the most. Split it in two.")
        reflections = sum(isinstance(step, Reflection) for step in self.steps)
        if reflections > MOST_REFLECTIONS:
            told(("steps",), f"The module has {reflections} reflections; {MOST_REFLECTIONS} is the most that can be "
                             "kept. Leave some out.")
        if not self.points:
            told(("steps",), "Nothing here gives points, so there is no score. Add an activity with points.")
