"""A trainer and a learner who talk about an evaluation."""

import time

from .self_evaluation import SelfEvaluation
from .server import anonymous_id
from .world import PATIENCE, WORDS, World


class Counselling(World):
    """A trainer, on device A, records what was said with a learner, who answers on device B and perhaps C."""

    slug, usage = SelfEvaluation.slug, SelfEvaluation.usage
    length, names = 60, "ABC"

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.drafts = {}  # by device and, of a learner's answer, session: what is not saved and stands there
        self.texts = 0

    def address_on(self, device):
        """Return where a device works."""
        return f"{self.server.url}/unit/{self.slug}/?student={'trainer' if device.name == 'A' else self.person}"

    def start(self):
        """The learner has handed in and shares it; both open the page."""
        levels = {statement: {"stamp": 1, "level": self.rng.randrange(4)} for statement in SelfEvaluation.places}
        self.server.post(self.usage, "hand_in", self.person, {"round": 1, "answers": levels})
        self.server.post(self.usage, "share", self.person, {"shared": True, "stamp": 1})
        self.new_device()
        self.new_device()

    def mishaps(self):
        """Return {what may happen now: its weight}."""
        return {**super().mishaps(), self.first_page: 0, self.switch: 24 * (len(self.tabs) > 1)}

    def read(self, given):
        """Return ("view" or a session, what was written)."""
        return given["id"], given["value"]

    def saw(self, tab, seen):
        """Forget the drafts that were said to be saved."""
        for answer in tab.life:
            key = self.key(tab, answer)
            if answer.saved and self.drafts.get(key, (None,))[0] == answer.value:
                del self.drafts[key]

    def is_told(self, number, saved):
        """Whether a page says of a record, or an answer to it, that it is saved: it does so of the last one."""
        return number == saved

    def key(self, tab, answer):
        """Return under which key the draft of an answer stands."""
        return tab.device, next(what for what, answers in self.answers.items() if answer in answers)

    def is_through(self):
        """Whether enough was said."""
        return sum(map(len, self.answers.values())) > 12

    def work(self):
        """The trainer writes and saves; the learner reads and answers."""
        self.texts += 1
        (self.train if self.tab.device.name == "A" else self.learn)(
            self.rng.random(), f"{self.rng.choice(WORDS)} #{self.texts}".strip())

    def train(self, chance, words):
        """Open the learner, write, save."""
        tab, deed = self.tab, self.rng.choices(
            ("comment", "level", "situation", "text", "save", "throw away", "back"), (20, 10, 8, 8, 30, 2, 4))[0]
        self.tell(f"trainer: {deed}", tab.name)
        if not self.open_learner():
            return
        before = tab.eyes()["form"]
        if deed in ("save", "back"):
            tab.act((deed,))
        elif deed == "throw away":
            tab.act(("throwAway",))
            if before == self.drafts.get((tab.device, "view"), (None,))[0]:
                del self.drafts[tab.device, "view"]
        else:  # a comment each time, so that no two records are alike
            form = tab.act(("say", deed, chance, words), ("say", "comment", 0, words))["form"]
            if form != before:
                self.write(tab, "view", form)

    def write(self, tab, what, value):
        """Take note of a draft."""
        self.drafts[tab.device, what] = value, tab.device.keeps
        self.story.append(f"    {tab.name}: draft of {what} = {value!r}")

    def open_learner(self):
        """Return whether the trainer sees the learner's page; what was not saved is there again."""
        tab = self.tab
        seen, until = tab.eyes(), time.monotonic() + PATIENCE / 4
        if seen["form"] is not None:
            return True
        while seen["form"] is None:
            if not self.reachable or time.monotonic() > until:
                return False
            seen = tab.act(("report",), ("learner", anonymous_id(self.person)))
            tab.release()
            tab.page.wait_for_timeout(30)
        self.check_draft(tab, "view", seen["form"], {})
        return True

    def check_draft(self, tab, what, shown, without):
        """A draft that the device keeps is there, unless it has been saved and nobody could say so."""
        draft, is_kept = self.drafts.get((tab.device, what), (without, True))
        if is_kept and shown != draft:
            asked = any(each.value == draft and each.tab.device is tab.device for each in self.answers.get(what, ()))
            self.require(asked and shown == without,
                         f"{tab.name}: {shown!r} stands there, written was {draft!r}", lost=1)
            self.drafts.pop((tab.device, what), None)

    def learn(self, chance, words):
        """Answer what a trainer recorded."""
        tab = self.tab
        before = tab.eyes()["answers"]
        if not before:
            if self.reachable:
                self.tell("learner looks", tab.name)
                tab.load(tab.page.reload)
        elif self.rng.random() < 0.6:
            self.tell("learner writes", tab.name)
            now = tab.act(("answer", chance, words))["answers"]
            for session in now:
                if now[session] != before[session]:
                    self.write(tab, session, now[session])
        else:
            self.tell("learner sends", tab.name)
            self.after(list(before)[int(chance * len(before))])
            tab.act(("send", chance))

    def end(self):
        """Hold what the server has against what both were told."""
        self.calm()
        for tab in self.tabs:
            tab.load(tab.page.reload)
            if tab.device.name != "A":
                for session, text in tab.eyes()["answers"].items():
                    self.check_draft(tab, session, text, text)
        self.tab = next(tab for tab in self.tabs if tab.device.name == "A")
        self.require(self.open_learner(), "the trainer cannot open the learner")
        views = [_view(each) for each in self.server.kept("migrempower_views", self.person)]
        asked = self.answers.get("view", [])
        for view in views:
            self.require(views.count(view) == 1, f"{view} was recorded twice", too_often=1)
            self.require(view in [each.value for each in asked], f"{view} was never saved")
        for each in asked:
            self.require(not each.saved or each.value in views, f"{each.value} was said to be saved", lost=1)
        for answers in self.answers.values():
            for each in answers:
                each.kept = False  # who writes an answer sends it, or finds it again
        replies = self.server.kept("migrempower_replies", self.person)
        self.check_answers({each["session"]: each["text"] for each in replies}, but=["view"])
        self.require(not self.errors, f"errors of scripts: {self.errors}")


def _view(kept):
    return {"levels": kept["levels"], "notes": kept["notes"], "steps": [each["text"] for each in kept["steps"]],
            "comment": kept["comment"]}
