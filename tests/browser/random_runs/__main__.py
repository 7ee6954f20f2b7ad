"""Live through many runs, and tell what they were like."""

import argparse
import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed

from .stage import KINDS, live_some
from .world import STATUS

AT_ONCE = 30  # runs on one stage
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
