"""A learner and a module with a step of each kind."""

from collections import Counter

from .world import WORDS, World


class TrainingModule(World):
    """A learner goes through a module with a step of each kind, checks answers and earns points."""

    slug, usage = "every-kind", "every-kind.migrempower_training_module.d0.u0"
    record_kind, ending, nothing = "migrempower_runs", "finish", None
    first = (("step", 0), ("reply", 0.5, "tea"))
    length = 90
    order = ["read", "watch", "country", "choice", "several", "true-false", "pictures", "matching", "ordering", "gaps",
             "dialogue", "reflection", "checklist"]
    marked = {"choice": 2, "several": 2, "true-false": 1, "pictures": 1, "matching": 3, "ordering": 2, "gaps": 2,
              "dialogue": 3, "reflection": 1, "checklist": 0}  # how many points each is worth

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.forms, self.checks, self.tried, self.points, self.talks = {}, Counter(), Counter(), {}, {}

    def read(self, given):
        """Return (step, reply)."""
        what = given["id"]
        self.forms[what] = given["form"]
        self.checks[what] += given.get("check", False)
        return what, given["value"] or None

    def saw(self, _tab, seen):
        """Remember what the page told about a step: tries, points, what was said."""
        step = seen["step"]
        if not step:
            return
        what = step["id"]
        self.tried[what] = max(self.tried[what], step["tries"])
        if step["points"] is not None:
            self.points[what] = max(self.points.get(what, 0), step["points"])
        if step["form"] == "dialogue" and seen["mark"] == "Saved":
            self.talks[what] = max(self.talks.get(what, ((0, 0), [])), _talk(step))

    def is_through(self):
        """Whether each step has an answer, and enough was done."""
        return self.numbers > 60 and len(self.answers) == len(self.order)

    def work(self):
        """Reply to a step, check, go on; or reply where another tab has been."""
        rng = self.rng
        deed = rng.choices(("reply", "open", "check", "next", "elsewhere"),
                           (28, 26, 20, 14, 12 * (len(self.tabs) > 1)))[0]
        chance, text, target = rng.random(), rng.choice(WORDS) + str(rng.randrange(100)), rng.randrange(len(self.order))
        self.tell(f"step: {deed}", self.tab.name)
        if deed == "elsewhere":
            theirs = [what for what, given in self.answers.items() if given[-1].tab is not self.tab]
            if theirs:
                target = self.order.index(theirs[int(rng.random() * len(theirs))])
        if deed in ("open", "elsewhere"):
            self.tab.act(("step", target))
        self.take_time()
        if deed in ("check", "next"):
            self.tab.act(("check",) if deed == "check" else ("onward",))
        else:
            self.tab.act(("reply", chance, text))

    def take_time(self):
        """Take the time to come from the tab in which the step shown was answered last."""
        step = self.opened > 1 and self.tab.eyes()["step"]
        if step:
            self.after(step["id"])

    def check_open(self):
        """Hold the open run against what was seen."""
        state = self.server.get(self.usage, "student_view_user_state", self.person)
        shown = {step["id"]: step for step in state["steps"]}
        held = {what: _plain(answer["reply"], self.forms.get(what)) for what, answer in state["answers"].items()}
        for what, form in self.forms.items():
            step, answers = shown[what], self.answers[what]
            if form == "dialogue":
                best, said = self.talks.get(what, ((0, 0), []))
                names = [each["name"] for each in step["said"]]
                now = _talk({"tries": step["tries"], "ended": step["ended"], "value": names})[0]
                self.require(now >= best and (now[0] > best[0] or names[:len(said)] == said),
                             f"{what}: {said} was said in talk {best}, the server holds {names} in {now}", lost=1)
            elif step.get("closed"):
                checked, kept = [each.value for each in answers], held.get(what)
                self.require(kept in checked, f"{what}: closed with {kept!r}, given was {checked}", lost=1)
            if step.get("tries"):
                tries, seen, checks = step["tries"], self.tried[what], self.checks[what]
                self.require(seen <= tries, f"{what}: {tries} tries, seen were {seen}", lost=1)
                self.require(form == "dialogue" or tries <= checks, f"{what}: {tries} tries, {checks} checks",
                             too_often=1)
        self.closed = {what for what, step in shown.items() if step.get("closed")}
        self.check_answers(held, but={*self.closed, *(what for what, form in self.forms.items() if form == "dialogue")})

    def check_record(self, before, record):
        """What was tried and answered is what was marked; points that were shown are earned."""
        expected = {what: list(tries["replies"]) for what, tries in before.get("tries", {}).items()}
        for what, entry in before.get("entries", {}).items():
            if what in self.marked and entry["reply"] and what not in self.closed:
                replies = expected.setdefault(what, [])
                if entry["reply"] not in replies:
                    replies.append(entry["reply"])
        self.require(record["replies"] == expected, f"marked {record['replies']}, open was {expected}", lost=1)
        for what, points in self.points.items():
            earned = record["shares"].get(what, 0) * self.marked[what]
            self.require(earned > points - 0.06, f"{what}: {points} points were shown, {earned} earned", lost=1)

    def check_grade(self, record, earned, possible):
        """The grade is the points of the run."""
        self.require(abs(earned / possible - record["earned"] / record["possible"]) < 1e-3, f"{earned} of {possible}")


def _plain(reply, form):
    if form == "options":
        return sorted(reply) or None
    if isinstance(reply, dict):
        return {name: value.strip() for name, value in reply.items() if value.strip()} or None
    if isinstance(reply, str):
        return reply.strip() or None
    return reply or None


def _talk(step):
    """Return (which talk it is and how far, what was said)."""
    return (step["tries"] + (not step["ended"]), len(step["value"])), step["value"]
