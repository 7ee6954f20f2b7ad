"""A browser and a server on which runs are lived through."""

import logging
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import sync_playwright

from tools.browser import QUICK, installed

from .counselling import Counselling
from .self_evaluation import SelfEvaluation
from .server import MortalServer
from .training_module import TrainingModule

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
