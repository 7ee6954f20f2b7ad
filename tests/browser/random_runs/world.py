"""What each run has: a person, their devices and tabs, the network and the server, and whatever can happen to them."""

import random
import time
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error

SCRIPT = (Path(__file__).parent / "page.js").read_text("utf-8")
FORBIDDEN = """
Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError'); }});
"""
PATIENCE = 60  # seconds a page may take
# What becomes of a request; "late" is delivered once more when nobody expects it.
FATES = ("lost before", "lost after", "lost after", "500", "502", "429", "login page", "stranger", "slow there",
         "slow back", "twice", "late")
STATUS = {"500": 500, "502": 502, "429": 429, "login page": 200, "stranger": 200}
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
    ahead: bool = False  # its page, or that of the answer before, went before it could learn that its clock was ahead


class Device:
    """A browser of its own; its storage "works", or is "forbidden"."""

    def __init__(self, world, name, storage):
        self.world, self.name, self.storage, self.is_full, self.offline = world, name, storage, False, False
        self.shift = 0  # of its clock, in milliseconds
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

    def set_clock(self, shift):
        """Put its clock ahead of the right time, or behind it, in every tab and in those to come."""
        self.shift, script = shift, f"run.clock({shift})"
        self.context.add_init_script(script)
        for tab in self.tabs:
            tab.lead = max(tab.lead, shift - tab.base)
            tab.page.evaluate(script)

    def go(self, offline):
        """Lose the network or have it back."""
        self.offline = offline
        self.context.set_offline(offline)


class Tab:
    """A page of a device, as the person sees it."""

    def __init__(self, device, number):
        self.device, self.world, self.name = device, device.world, f"{device.name}{number}"
        self.fates, self.held, self.life, self.crashed = deque(), [], [], False
        self.page = device.context.new_page()
        self.page.on("pageerror", lambda error: self.world.errors.append(f"{self.name}: {error}"))
        self.page.on("crash", lambda _: setattr(self, "crashed", True))
        self.page.route("**/handler/**", self._meet)
        device.tabs.append(self)
        self.load(lambda: self.page.goto(self.world.address_on(device)))

    def load(self, going):
        """Have the page anew: ``going`` brings it."""
        for tab in self.device.tabs:  # what another waits with is sent from here too, where nobody knows of its clock
            tab.left()
        self.begun()
        going()
        if self.device.is_full:
            self.page.evaluate("run.fill(true)")

    def begun(self):
        """Know nothing of a page that has just come."""
        self.held.clear()
        self.life, self.base, self.lead, self.has_slept = [], self.device.shift, 0, False

    def left(self):
        """Let others send what waits here: it may be ahead."""
        for answer in self.life:
            answer.ahead |= not answer.saved and (self.lead > 0 or self.world.follows_on_one_ahead(answer))

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
        self.held.clear()
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

    def follows_on_one_ahead(self, answer):
        """Whether the device may have given an answer a stamp after that of one that was ahead."""
        given = next(given for given in self.answers.values() if answer in given)
        return any(each.ahead for each in given[:given.index(answer)])

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
        """The device's clock is set. By less than a reply takes nobody could tell it from sleep."""
        device = self.tab.device
        if not any(tab.has_slept for tab in device.tabs):
            device.set_clock(self.rng.choice((-86_400_000, -3_600_000, -60_000, 0, 60_000, 3_600_000, 86_400_000)))
            self.tell("clock", device.name, device.shift // 1000)

    def sleep(self):
        """The device sleeps a moment; one of its clocks stands still."""
        tabs = self.tab.device.tabs
        if not any(tab.lead or tab.base != tab.device.shift for tab in tabs):
            self.tell("sleep", self.tab.device.name)
            for tab in tabs:
                tab.has_slept = True
                tab.page.evaluate("run.sleep()")
            self.tab.page.wait_for_timeout(150)
            for tab in tabs:
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
        """Let a page send what waits, and the server be done with what came."""
        until = time.monotonic() + PATIENCE
        while not tab.page.evaluate("run.idle()") or self.server.is_at_work:
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
            is_late = time.monotonic() > before + 5
            if seen["screen"] != "result" and ("no connection" in seen["notice"] or is_late):
                before = time.monotonic()
                self.rise()
                if is_late:  # a page that is older than any answer has nothing to hand in
                    tab.load(tab.page.reload)
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
