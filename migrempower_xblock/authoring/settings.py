"""The settings of the blocks, as Studio's form asks for them: in words, each with a sentence of help."""

from collections.abc import Callable
from dataclasses import dataclass

from ..shapes import Json
from ..texts import N_


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of a block. ``type`` is line, number, decimal, choice, language or country; ``choices`` are (value,
    words); ``none`` says in words what 0, or nothing, stands for.
    """

    name: str
    type: str
    label: str
    help: str
    choices: tuple[tuple[str, str], ...] = ()
    none: str = ""

    def form(self, _: Callable[[str], str], most: int | None) -> Json:
        """Return the setting for the page, translated by ``_``; ``most`` is the highest number allowed, or None."""
        return {"name": self.name, "type": self.type, "label": _(self.label), "help": _(self.help), "most": most,
                "choices": [[value, _(words)] for value, words in self.choices],
                "none": _(self.none) if self.none else ""}


_NAME = Setting("display_name", "line", N_("Name in the course"), N_("Learners and trainers see it as the title of the "
                                                                     "unit's part and in the gradebook."))
_SHARED = (
    Setting("sharing", "choice", N_("Sharing with trainers"),
            N_("Sharing is the learner's own choice and never moves a score. Here you can leave the question out."),
            (("ask", N_("Learners may share what they answer")), ("never", N_("Nothing is shared")))),
    Setting("second_language", "language", N_("Second language beside the learner's own"),
            N_("Shown to learners who have chosen none. They can change it."), none=N_("None")),
    Setting("after_due", "choice", N_("After the due date"),
            N_("The date is set in Studio, for the whole subsection."),
            (("close", N_("Closed: nothing more can be answered")), ("stay-open", N_("Open: learners can go on")))),
    Setting("weight", "decimal", N_("Weight in the grade"),
            N_("What the whole activity counts among others of the subsection. 0 does not count.")),
)

SELF_EVALUATION = (
    _NAME,
    Setting("moment", "choice", N_("Moment"),
            N_("Which view of time it takes. Looking back asks how it was before, and opens after the evaluation at "
               "the end."),
            (("start", N_("At the start")), ("end", N_("At the end")), ("looking-back", N_("Looking back")))),
    Setting("rounds", "number", N_("Rounds"), N_("How often a learner may hand in. Each round is kept with its date."),
            none=N_("without limit")),
    *_SHARED,
)

TRAINING_MODULE = (
    _NAME,
    Setting("marking", "choice", N_("When it is marked"),
            N_("At each check the learner sees at once what is right. At the end nothing is told before handing in."),
            (("on-check", N_("At each check")), ("at-end", N_("At the end, when it is handed in")))),
    Setting("attempts", "number", N_("Attempts for each activity"),
            N_("How often an activity may be checked in one run. An activity can have its own number."),
            none=N_("without limit")),
    Setting("show_answers", "choice", N_("When right answers show"),
            N_("Who has seen them can give them in the next run."),
            (("after-attempt", N_("After the first check, which is then the only one")),
             ("after-last-attempt", N_("After the last attempt")), ("after-due", N_("After the due date")),
             ("never", N_("Never")))),
    Setting("pass_mark", "number", N_("Pass mark in percent"),
            N_("Learners see it and whether they reached it."), none=N_("none")),
    Setting("runs", "number", N_("Runs"), N_("How often the whole module may be done and handed in."),
            none=N_("without limit")),
    Setting("counts", "choice", N_("Which run counts in the grade"), N_("A later run never takes points away if the "
                                                                        "best one counts."),
            (("best", N_("The best one")), ("latest", N_("The latest one")))),
    Setting("country", "country", N_("Host country"),
            N_("Its notes show to learners who have chosen no country. They can change it."), none=N_("No country")),
    *_SHARED,
)
