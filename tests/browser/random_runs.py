"""Random runs: a learner, or a trainer with one, works in a real browser while whatever can goes wrong. Each time, what
they last saw as saved is what the server holds.

    make random-runs RUNS=300 SEED=1                                       # so many of each kind
    python -m tests.browser.random_runs --kind module --runs 1 --seed 17   # one run again

A run is drawn from its seed: what the person does and what happens to them, in which order, is the same each time; how
quick browser and server are is not. The law of a run: answers are numbered in the order in which they were given, on
whichever tab and device. Of each statement the server holds the last answer that was said to be saved, or a later one;
an answer on a device that keeps things outlives its tab; what is handed in is one record and one grade.
"""

import argparse
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter, deque
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

from tools.browser import QUICK, installed

from .mortal_server import MortalServer, anonymous_id

SCRIPT = (Path(__file__).parent / "random_runs.js").read_text("utf-8")
FORBIDDEN = """
Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }});
"""
PATIENCE = 60  # seconds a page may take
AT_ONCE = 30  # runs on one stage
# What becomes of a request; "late" is delivered once more when nobody expects it.
FATES = ("lost before", "lost after", "lost after", "500", "502", "429", "login page", "stranger", "slow there",
         "slow back", "twice", "late")
STATUS = {"500": 500, "502": 502, "429": 429, "login page": 200, "stranger": 200}
INTERRUPTIONS = {  # what a person calls them: the deeds and fates that are counted
    "network drops": ("offline", "lost before"),
    "replies vanish": ("lost after",),
    "requests late or twice": ("slow there", "slow back", "twice", "late request"),
    "errors instead of replies": tuple(STATUS),
    "server restarts": ("server dies",),
    "tabs die": ("tab crashes",),
    "tabs closed, loaded again": ("tab closes", "reload", "away and back"),
    "a second tab": ("second tab",),
    "another device": ("second device",),
    "moves to another tab": ("switch",),
    "clock jumps or stands still": ("clock", "sleep"),
    "storage full": ("storage full",),
    "storage forbidden": ("storage forbidden",),
}
WORDS = ("tea", "milk", "Last week.", "With my neighbour", "في البيت", "<b>&amp;</b>", "")


class Defect(AssertionError):
    """Something a person gave was ``lost``, so often, or is there ``too_often``, or is shown as it is not."""

    def __init__(self, complaint, lost=0, too_often=0):
        super().__init__(complaint)
        self.lost, self.too_often = lost, too_often


@dataclass(eq=False)
class Answer:
    """One answer as its page showed it; ``at`` is when it was given, in seconds."""

    number: int
    tab: object
    value: object
    at: float
    saved: bool = False  # the page said so
    kept: bool = False  # the device keeps it, or the page said so
    ahead: bool = False  # its page went before it could learn that its clock was ahead


class Device:
    """A browser of its own; its storage "works", or is "forbidden"."""

    def __init__(self, world, name, storage):
        self.world, self.name, self.storage, self.is_full, self.offline = world, name, storage, False, False
        self.context = world.browser.new_context()
        self.context.set_default_timeout(PATIENCE * 1000)
        if storage == "forbidden":
            self.context.add_init_script(FORBIDDEN)
        self.context.add_init_script(SCRIPT)
        self.tabs = []

    @property
    def keeps(self):
        """Whether what is given here outlives its page."""
        return self.storage == "works" and not self.is_full

    def go(self, offline):
        """Lose the network or have it back."""
        self.offline = offline
        self.context.set_offline(offline)


class Tab:
    """A page of a device, as the person sees it."""

    def __init__(self, device, number):
        self.device, self.world, self.name = device, device.world, f"{device.name}{number}"
        self.fates, self.held, self.life, self.shift, self.crashed = deque(), [], [], 0, False
        self.page = device.context.new_page()
        self.page.on("pageerror", lambda error: self.world.errors.append(f"{self.name}: {error}"))
        self.page.on("crash", lambda _: setattr(self, "crashed", True))
        self.page.route("**/handler/**", self._meet)
        device.tabs.append(self)
        self.load(lambda: self.page.goto(self.world.address_on(device)))

    def load(self, going):
        """Have the page anew: ``going`` brings it."""
        self.begun()
        going()
        if self.device.is_full:
            self.page.evaluate("run.fill(true)")

    def begun(self):
        """Know nothing of a page that has just come."""
        self.left()
        self.life, self.shift, self.has_slept = [], 0, False

    def left(self):
        """Take leave of a page."""
        for answer in self.life:
            answer.ahead = self.shift > 0 and not answer.saved
        self.held.clear()

    def eyes(self, seen=None):
        """Return what the person sees, and believe what they are told."""
        seen = seen or self.page.evaluate("run.eyes()")
        for answer in self.life:
            answer.saved = answer.saved or self.world.is_told(answer.number, seen["saved"])
            answer.kept = answer.kept or answer.number <= seen["kept"]
        self.world.saw(self, seen)
        return seen

    def act(self, *steps):
        """Do something; return what the person sees then, with what they have "given"."""
        self.world.numbers += 1
        seen = self.eyes(self.page.evaluate("([number, steps]) => run.act(number, steps)",
                                            [self.world.numbers, [list(step) for step in steps]]))
        if seen["given"]:
            self.world.heard(self, seen["given"])
        return seen

    def close(self):
        """Go away; the page may still say goodbye."""
        self.device.tabs.remove(self)
        self.left()
        with suppress(Error):
            self.page.close()

    def crash(self):
        """Die at once."""
        with suppress(Error):
            self.page.goto("chrome://crash", timeout=2000)  # not every time does the page say that it died
        self.close()

    # -- its requests --------------------------------------------------------------------------------------------------

    def _meet(self, route):
        with suppress(Error):  # the page or the server may be gone meanwhile
            if self.device.offline:
                route.abort("internetdisconnected")
            elif not self.fates or route.request.method != "POST":
                route.continue_()
            else:
                self._deliver(route, self.fates.popleft())

    def _deliver(self, route, fate):
        reply = None
        if fate in ("lost after", "slow back", "twice"):
            try:
                reply = route.fetch()
                if fate == "twice":
                    reply = route.fetch()
            except Error:  # nobody answers
                route.abort()
                return
        self.world.counts[fate] += 1
        if fate in ("lost before", "lost after"):
            route.abort()
        elif fate in STATUS:
            route.fulfill(status=STATUS[fate], body="{}" if fate == "stranger" else "<html>Log in</html>")
        elif fate == "slow there":
            self.held.append(route.continue_)
        elif fate == "late":
            request = route.request
            self.world.echoes.append((request.url, request.headers, request.post_data))
            route.continue_()
        elif fate == "slow back":
            self.held.append(lambda: route.fulfill(response=reply))
        else:
            route.fulfill(response=reply)

    def release(self):
        """Let go what is slow."""
        held, self.held = self.held, []
        for go_on in held:
            with suppress(Error):
                go_on()


class World:
    """One run: a person, their devices, the network and the server. A subclass says what is worked on."""

    slug = usage = record_kind = ""
    nothing = None  # what the server holds of what has no answer
    length = 110  # deeds at most
    names = "AB"  # of the devices

    def __init__(self, browser, server, person, seed):
        self.browser, self.server, self.person, self.seed = browser, server, person, seed
        self.rng = random.Random(f"{type(self).__name__} {seed}")
        self.story, self.errors, self.echoes, self.counts = [], [], [], Counter()
        self.numbers, self.answers, self.devices, self.opened = 0, {}, [], 0
        self.tab = None

    # -- what is told --------------------------------------------------------------------------------------------------

    def tell(self, deed, *details):
        """Write down what happens."""
        self.counts[deed] += 1
        self.story.append(" ".join(map(str, (deed, *details))))

    def require(self, fact, complaint, **what):
        """Raise ``Defect`` where a fact is none."""
        if not fact:
            raise Defect(complaint, **what)

    def heard(self, tab, given):
        """Take note of an answer that was given."""
        what, value = self.read(given)
        answer = Answer(self.numbers, tab, value, time.monotonic(), kept=tab.device.keeps)
        tab.life.append(answer)
        self.answers.setdefault(what, []).append(answer)
        self.story.append(f"    {answer.number} {tab.name}: {what} = {value!r}")

    def read(self, given):
        """Return (what was answered, the value as the page shows it)."""
        raise NotImplementedError

    def is_told(self, number, saved):
        """Whether a page that says "Saved" after the answer numbered ``saved`` tells it of another."""
        return number <= saved

    def saw(self, tab, seen):
        """Take note of what a page shows."""

    # -- devices and tabs ----------------------------------------------------------------------------------------------

    def address_on(self, _device):
        """Return where a device works."""
        return f"{self.server.url}/unit/{self.slug}/?student={self.person}"

    @property
    def tabs(self):
        """All open tabs."""
        return [tab for device in self.devices for tab in device.tabs]

    @property
    def reachable(self):
        """Whether a page can be loaded on the device at hand."""
        return self.server.process is not None and not self.tab.device.offline

    def new_device(self):
        """Take one more device and open the page there."""
        storage = self.rng.choices(("works", "forbidden"), (5, 1))[0]
        self.devices.append(Device(self, self.names[len(self.devices)], storage))
        self.tell("device", self.devices[-1].name)
        self.tell(f"storage {storage}")
        self.new_tab(self.devices[-1])

    def new_tab(self, device):
        """Open one more tab of a device and work there."""
        self.rise()
        if device.offline:
            device.go(False)
        self.opened += 1
        self.tab = Tab(device, self.opened)
        self.tell("tab", self.tab.name)

    def gone(self):
        """Go on after a tab has gone."""
        self.tab = self.rng.choice(self.tabs) if self.tabs else None
        if self.tab is None:
            self.new_tab(self.rng.choice(self.devices))

    def rise(self):
        """Have the server back."""
        if self.server.process is None:
            self.server.rise()
            self.tell("server back")

    # -- what can happen -----------------------------------------------------------------------------------------------

    def mishaps(self):
        """Return {what may happen now: its weight}."""
        tab, device = self.tab, self.tab.device
        tabs = len(device.tabs)
        return {
            self.wait: 6, self.fate: 16, self.switch: 8 * (len(self.tabs) > 1),
            self.network: 12 if device.offline else 4, self.server_dies: 3 * (self.server.process is not None),
            self.rise: 12 * (self.server.process is None), self.release: 8 * bool(tab.held),
            self.reload: 2 * self.reachable, self.closes: 1, self.crashes: 2,
            self.second_tab: 3 * (tabs < 2 and self.reachable),
            self.second_device: 3 * (len(self.devices) < len(self.names) and self.reachable),
            self.echo: 4 * bool(self.echoes), self.clock: 3, self.sleep: 2,
            self.storage: 2 * (device.storage == "works"), self.away_and_back: self.reachable, self.first_page: 2,
        }

    def wait(self):
        """A little while passes."""
        self.tell("wait")
        self.tab.page.wait_for_timeout(self.rng.choice((20, 60, 150)))

    def fate(self):
        """Something is going to happen to the next requests."""
        fates = self.rng.choices(FATES, k=self.rng.choice((1, 1, 2)))
        self.tell("fate", *fates)
        self.tab.fates.extend(fates)

    def switch(self):
        """The person goes on in another tab."""
        self.tab = self.rng.choice([tab for tab in self.tabs if tab is not self.tab])
        self.tell("switch", self.tab.name)

    def network(self):
        """The network goes, or comes back."""
        device = self.tab.device
        device.go(not device.offline)
        self.tell("offline" if device.offline else "online", device.name)

    def server_dies(self):
        """The server is killed."""
        self.server.die()
        self.tell("server dies")

    def release(self):
        """What was slow arrives."""
        self.tell("slow arrives", len(self.tab.held))
        self.tab.release()

    def reload(self):
        """The page is loaded again."""
        self.tell("reload")
        self.tab.eyes()
        self.tab.load(self.tab.page.reload)

    def closes(self):
        """The tab is closed."""
        self.tell("tab closes", self.tab.name)
        self.tab.eyes()
        self.tab.close()
        self.gone()

    def crashes(self):
        """The tab dies."""
        self.tell("tab crashes", self.tab.name)
        self.tab.eyes()
        self.tab.crash()
        self.gone()

    def second_tab(self):
        """Another tab of the same device is opened."""
        self.tell("second tab")
        self.new_tab(self.tab.device)

    def second_device(self):
        """Another device is taken."""
        self.tell("second device")
        self.new_device()

    def echo(self):
        """A request from before arrives once more, late."""
        self.tell("late request")
        self._send(self.echoes.pop(self.rng.randrange(len(self.echoes))))

    def _send(self, echo):
        url, headers, body = echo
        if self.server.process is not None:
            self.devices[0].context.request.post(url, headers=headers, data=body)

    def clock(self):
        """The device's clock is set."""
        tab = self.tab
        if not tab.has_slept:
            tab.shift = max(tab.shift, self.rng.choice((-86_400_000, -3_600_000, -5_000, 5_000, 3_600_000, 86_400_000)))
            self.tell("clock", tab.name, tab.shift // 1000)
            tab.page.evaluate("by => run.clock(by)", tab.shift)

    def sleep(self):
        """The device sleeps a moment; one of its clocks stands still."""
        tab = self.tab
        if not tab.shift:
            tab.has_slept = True
            self.tell("sleep", tab.name)
            tab.page.evaluate("run.sleep()")
            tab.page.wait_for_timeout(150)
            tab.page.evaluate("run.wake()")

    def storage(self):
        """The device is full, or has room again."""
        device = self.tab.device
        device.is_full = not device.is_full
        self.tell("storage full" if device.is_full else "storage has room", device.name)
        for tab in device.tabs:
            tab.page.evaluate("is => run.fill(is)", device.is_full)

    def away_and_back(self):
        """The person opens another page and comes back to one the browser kept."""
        self.tell("away and back")
        self.tab.eyes()
        self.tab.page.goto(self.server.url)
        self.tab.load(self.tab.page.go_back)

    def first_page(self):
        """The person looks at the first page."""
        self.tell("first page")
        self.tab.act(["start"])

    # -- the run -------------------------------------------------------------------------------------------------------

    def after(self, what):
        """Take the time to go from one tab to another: the clock of a page is behind by what its loading took."""
        last = self.answers.get(what, [None])[-1]
        if last is not None and last.tab is not self.tab:
            left = last.at + self.tab.eyes()["lag"] / 1000 + 0.03 - time.monotonic()
            if left > 0:
                self.tab.page.wait_for_timeout(1000 * left)

    def work(self):
        """Do one thing that is asked of the person."""
        raise NotImplementedError

    def is_through(self):
        """Whether everything has been answered."""
        raise NotImplementedError

    def start(self):
        """Take the first device."""
        self.new_device()

    def run(self):
        """Live through it. Raises ``Defect``."""
        self.rise()
        self.start()
        for _ in range(self.length):
            if self.is_through():
                break
            if self.rng.random() < 0.6:
                self.work()
            else:
                mishaps = self.mishaps()
                self.rng.choices(list(mishaps), list(mishaps.values()))[0]()
            if self.tab.crashed:
                self.tab.close()
                self.gone()
        self.end()

    def calm(self):
        """Have network and server back, open each device again, and let everything arrive."""
        self.rise()
        for device in self.devices:
            if device.offline:
                device.go(False)
            for tab in device.tabs:
                tab.fates.clear()
                tab.release()
            if not device.tabs:
                self.new_tab(device)
        self.tell("calm")
        for tab in self.tabs:
            self.settle(tab)

    def settle(self, tab):
        """Let a page send what waits."""
        until = time.monotonic() + PATIENCE
        while not tab.page.evaluate("run.idle()"):
            tab.release()
            tab.page.evaluate("run.online()")
            tab.page.wait_for_timeout(30)
            if time.monotonic() > until:
                raise Defect(f"{tab.name} does not come to rest: {tab.eyes()} {tab.page.evaluate('run.entries()')}")
        tab.eyes()

    def check_answers(self, held, but=()):
        """Hold ``{what: value}`` of the server against what the person was told, ``but`` of some."""
        lost = []
        for what, answers in self.answers.items():
            if what in but:
                continue
            last = max((each.number for each in answers if each.saved or each.kept), default=0)
            allowed = [each.value for each in answers if each.number >= last or each.ahead]
            value = held.get(what, self.nothing)
            if value not in allowed and (last or value != self.nothing):
                given = [(each.number, each.value) for each in answers]
                lost.append(f"{what}: the server holds {value!r}, the person gave {given} and was told of {last}")
        self.require(not lost, "\n".join(lost), lost=len(lost))

    def hand_in(self, tab):
        """Hand in until the result is there."""
        until, before = time.monotonic() + PATIENCE, time.monotonic()
        seen = tab.act([self.ending])
        while seen["screen"] != "result":
            if time.monotonic() > until:
                raise Defect(f"{tab.name} cannot hand in: {seen}")
            tab.page.wait_for_timeout(30)
            seen = tab.eyes()
            if seen["screen"] != "result" and ("no connection" in seen["notice"] or time.monotonic() > before + 5):
                before = time.monotonic()
                self.rise()
                seen = tab.act([self.ending])

    def end(self):
        """Hand in, and hold what the server has against what was seen."""
        self.calm()
        before = self.server.progress(self.usage, self.person)
        self.check_open()
        tab = self.rng.choice(self.tabs)
        if not self.answers:
            tab.act(*self.first)
            self.settle(tab)
            before = self.server.progress(self.usage, self.person)
        self.tell("hands in", tab.name)
        fates = self.rng.choice(((), (), ("lost before",), ("lost after",), ("502",), ("twice",), ("late",)))
        tab.fates.extend(fates)
        self.story.append(f"    {fates}")
        self.hand_in(tab)
        for echo in self.echoes:
            self._send(echo)
        for device in self.devices:
            other = next((each for each in device.tabs if each is not tab), tab)
            other.fates.clear()
            if other is not tab:
                other.load(other.page.reload)
            self.require(other.eyes()["screen"] == "result", f"{other.name} shows no result: {other.eyes()}")
            self.require(not other.page.evaluate("run.entries()"), f"{other.name} keeps answers for nothing")
        records = self.server.kept(self.record_kind, self.person)
        self.require(len(records) == 1, f"{len(records)} records", lost=not records, too_often=len(records) - 1)
        self.check_record(before, records[0])
        grades = self.server.grades(self.person)
        self.require(len(grades) == 1, f"{len(grades)} grades", lost=not grades, too_often=len(grades) - 1)
        self.check_grade(records[0], *grades[0])
        self.require(not self.errors, f"errors of scripts: {self.errors}")

    def close(self):
        """Go away."""
        for device in self.devices:
            device.context.close()


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
                checked = [each.value for each in answers]
                self.require(held[what] in checked, f"{what}: closed with {held[what]!r}, given was {checked}")
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
            self.rng.random(), f"{self.rng.choice(WORDS)} #{self.texts}")

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


KINDS = {"self-evaluation": SelfEvaluation, "module": TrainingModule, "counselling": Counselling}


@contextmanager
def stage(chromium):
    """Give (browser, server) for any number of runs."""
    with tempfile.TemporaryDirectory() as folder:
        server = MortalServer(folder)
        browser = chromium.launch(executable_path=installed(), args=QUICK)
        try:
            yield browser, server
        finally:
            browser.close()
            server.close()


@dataclass
class Outcome:
    """What a run was like; ``defect`` tells its story where something was lost, or anything else went wrong."""

    kind: str
    seed: int
    counts: Counter
    defect: str = ""


def live(browser, server, kind, seed):
    """Live through one run; return its ``Outcome``."""
    begun, person, before = time.monotonic(), f"{kind}-{seed}", server.log.stat().st_size
    server.welcome(person)
    world = KINDS[kind](browser, server, person, seed)
    counts, defect = world.counts, ""
    try:
        world.run()
        with server.log.open("rb") as log:
            log.seek(before)
            told = log.read().decode("utf-8", "replace")
        world.require("Traceback" not in told, f"the server failed: {told[-3000:]}")
    except Exception as error:  # one run that goes wrong does not stop the others
        counts["runs with a defect"] += 1
        counts["answers lost"] += getattr(error, "lost", 0)
        counts["records or grades too many"] += getattr(error, "too_often", 0)
        defect = "\n".join((f"{kind}, seed {seed}: {type(error).__name__}: {error}", *world.story,
                            f"Again: python -m tests.browser.random_runs --kind {kind} --runs 1 --seed {seed}"))
    world.close()
    given = [answer for answers in world.answers.values() for answer in answers]
    counts.update({"runs": 1, "seconds": time.monotonic() - begun, "statements answered": len(world.answers),
                   "answers given": len(given), "seen as saved": sum(each.saved for each in given)})
    return Outcome(kind, seed, counts, defect)


def live_some(runs):
    """Live through some runs, given as (kind, seed), on a stage of their own; return their outcomes."""
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # requests of a tab that died have no end
    with sync_playwright() as playwright, stage(playwright.chromium) as actors:
        return [live(*actors, *run) for run in runs]


def table(outcomes):
    """Return what the runs of each kind were like, as lines of text."""
    sums = {kind: Counter() for kind in dict.fromkeys(each.kind for each in outcomes)}
    for outcome in outcomes:
        sums[outcome.kind].update(outcome.counts)
        for name, deeds in INTERRUPTIONS.items():
            sums[outcome.kind][name] += sum(outcome.counts[deed] for deed in deeds)
    rows = ["runs", "statements answered", "answers given", "seen as saved", *INTERRUPTIONS, "runs with a defect",
            "answers lost", "records or grades too many", "seconds"]
    lines = [("", *sums), *((row, *(f"{counts[row]:,.0f}" for counts in sums.values())) for row in rows)]
    return "\n".join(f"{row:28}" + "".join(f"{figure:>17}" for figure in figures) for row, *figures in lines)


def main(arguments=None):
    """Live through many runs of each kind, print what they were like, and return how many had a defect."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--kind", choices=KINDS, help="only this kind")
    parser.add_argument("--runs", type=int, default=300, help="how many of each kind")
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the next has the next")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    options = parser.parse_args(arguments)
    runs = [(kind, options.seed + number) for number in range(options.runs)
            for kind in ([options.kind] if options.kind else KINDS)]
    begun, outcomes = time.monotonic(), []
    with ProcessPoolExecutor(options.processes) as pool:
        parts = [pool.submit(live_some, runs[at:at + AT_ONCE]) for at in range(0, len(runs), AT_ONCE)]
        for some in as_completed(parts):
            outcomes += some.result()
            minutes = (time.monotonic() - begun) / 60
            print(f"{len(outcomes)} of {len(runs)} runs, {minutes:.1f} minutes", flush=True)
            for outcome in some.result():
                if outcome.defect:
                    print(outcome.defect, file=sys.stderr, flush=True)
    defects = [outcome for outcome in outcomes if outcome.defect]
    print(table(outcomes))
    print(f"{len(outcomes)} runs, {len(defects)} with a defect, {(time.monotonic() - begun) / 60:.1f} minutes")
    for outcome in defects:
        print(f"again: python -m tests.browser.random_runs --kind {outcome.kind} --runs 1 --seed {outcome.seed}")
    return len(defects)


if __name__ == "__main__":
    sys.exit(bool(main()))
