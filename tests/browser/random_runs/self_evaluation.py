"""A learner and forty statements."""

from .world import WORDS, World


class SelfEvaluation(World):
    """A learner answers 40 statements."""

    slug, usage = "forty", "forty.migrempower_self_evaluation.d0.u0"
    record_kind, ending, nothing = "migrempower_rounds", "handIn", ["", ""]
    first = (("statement", 0), ("choose", 0.5))
    places = [f"s{area}{number}" for area in range(4) for number in range(10)]

    def read(self, given):
        """Return (statement, [choice, note])."""
        return self.places[given["place"]], given["value"]

    def is_through(self):
        """Whether each statement has an answer."""
        return len(self.answers) == len(self.places)

    def work(self):
        """Answer a statement: the next one, an earlier one, or one that was answered in another tab."""
        rng, answered = self.rng, list(self.answers)
        deed = rng.choices(("next", "open", "again", "elsewhere", "note", "back"),
                           (50, 22, 9 * bool(answered), 12 * (len(self.tabs) > 1), 9, 3))[0]
        open_ones = [place for place, name in enumerate(self.places) if name not in self.answers]
        chance, text = rng.random(), rng.choice(WORDS) + str(rng.randrange(100))
        target = rng.random()
        if deed == "elsewhere":
            theirs = [what for what, given in self.answers.items() if given[-1].tab is not self.tab]
            if not theirs:
                deed = "open"
        if deed in ("again", "elsewhere"):
            answered = theirs if deed == "elsewhere" else answered
            what = answered[int(target * len(answered))]
            self.tell(f"answer: {deed}", self.tab.name, what)
            self.after(what)
            self.tab.act(("statement", self.places.index(what)),
                         ("choose", chance) if rng.random() < 0.7 else ("note", text))
        elif deed == "back":
            self.tell("goes back", self.tab.name)
            self.tab.act(("back",))
        elif deed == "note":
            self.tell("note", self.tab.name)
            self.shown()
            self.tab.act(("note", text))
            if rng.random() < 0.5:
                self.tab.act(("leave",))
        elif deed == "next":
            self.tell("answer: next", self.tab.name)
            self.tab.act(("next",))
            self.shown()
            self.tab.act(("choose", chance))
        else:
            self.tell("answer: open", self.tab.name)
            self.tab.act(("statement", open_ones[int(target * len(open_ones))]), ("choose", chance))

    def shown(self):
        """Take time where another tab has just answered what this one shows."""
        statement = self.opened > 1 and self.tab.eyes()["statement"]
        if statement:
            self.after(self.places[statement["place"]])

    def check_open(self):
        """Hold the open round against what was seen."""
        held = self.server.progress(self.usage, self.person).get("answers", {})
        self.check_answers({what: _as_shown(answer) for what, answer in held.items()})

    def check_record(self, before, record):
        """What was handed in is what was open."""
        handed_in, was_open = record["answers"], before["answers"]
        self.require(handed_in == was_open, f"handed in {handed_in}, open was {was_open}", lost=1)

    def check_grade(self, record, earned, possible):
        """The grade is the share of what was answered."""
        self.require(abs(earned / possible - record["completion"]) < 1e-9, f"{earned} of {possible}")


def _as_shown(answer):
    choice = f"level:{answer['level']}" if "level" in answer else f"skip:{answer['skip']}" if "skip" in answer else ""
    return [choice, answer.get("evidence", "")]
