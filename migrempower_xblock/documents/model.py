"""What the learner's document says, whatever file it becomes: one value. Pure Python.

Texts of a framework, module or the interface are ``Text``. What a person typed is a ``str`` in a language nobody knows:
name, course, the fields of ``Experience`` and ``Step``.
"""

from dataclasses import dataclass
from datetime import datetime

from ..texts import Text

# Who gave a rating. The three are kept apart, never averaged.
SELF, TRAINER, TRAINING = "self", "trainer", "training"


@dataclass(frozen=True, slots=True)
class Series:
    """One dated view of the learner's competences. A self-evaluation has a ``moment``, a module its ``title``."""

    source: str
    when: datetime
    moment: str = ""
    title: Text = Text()


@dataclass(frozen=True, slots=True)
class Rating:
    """A competence in one series: its place on the scale, 0.0 to 1.0, and the level's words (none for training)."""

    series: Series
    place: float
    words: Text = Text()


@dataclass(frozen=True, slots=True)
class Competence:
    """A competence with its ratings, oldest first. ``same_as`` is the same concept's address in ESCO or DigComp."""

    id: str
    title: Text
    ratings: tuple[Rating, ...] = ()
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """A group of competences."""

    title: Text
    competences: tuple[Competence, ...]


@dataclass(frozen=True, slots=True)
class Framework:
    """The competences of one framework. ``levels`` are the words of its scale, lowest first."""

    id: str
    version: str
    title: Text
    areas: tuple[Area, ...]
    levels: tuple[Text, ...] = ()
    source: Text = Text()


@dataclass(frozen=True, slots=True)
class Experience:
    """A situation in the learner's own words, and the titles of the competences it shows."""

    did: str
    where: str = ""
    when: str = ""
    outcome: str = ""
    competences: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the plan, "I will … on … with …", in the learner's own words. ``agreed`` with the trainer or not."""

    will: str
    on: str = ""
    with_whom: str = ""
    done: bool = False
    agreed: bool = False
    competence: Text = Text()


@dataclass(frozen=True, slots=True)
class Document:
    """What one learner shows of themselves. Sections they left out are empty.

    ``languages`` has the host language and, if wanted, the learner's own beside it. ``strengths`` are competences with
    the rating that makes them one. ``notes`` tell what could not be shown.
    """

    made: datetime
    languages: tuple[str, ...]
    name: str = ""
    course: str = ""
    frameworks: tuple[Framework, ...] = ()
    strengths: tuple[Competence, ...] = ()
    experiences: tuple[Experience, ...] = ()
    plan: tuple[Step, ...] = ()
    notes: tuple[Text, ...] = ()

    def __post_init__(self):
        if not 1 <= len(self.languages) <= 2:
            raise ValueError("A document is in one or two languages.")

    @property
    def competences(self):
        """Return all competences in order."""
        return tuple(each for framework in self.frameworks for area in framework.areas for each in area.competences)
