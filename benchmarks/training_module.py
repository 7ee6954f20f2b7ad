"""Speed and size of a training module, beside the drag-and-drop block in its assessment mode, in one run.

Run by ``make bench`` in an environment of its own. A module of 20 steps, 10 of them activities, made of steps of the
shipped ones; a turn checks one activity, as the drag-and-drop block's ``do_attempt`` does. Printed: the median and 95th
percentile in milliseconds, SQL statements, gzipped bytes, and the ratios.
"""

import argparse
from itertools import cycle, islice

from measuring import REQUESTS, STAMP, Case, measure, print_assets, report

from migrempower_xblock.olx import MODULE_OLX, preset_module
from migrempower_xblock.training.module import KIND_OF, Module, Read
from migrempower_xblock.training_module import TrainingModuleBlock

ACTIVITIES = ("choice", "true-false", "picture-choice", "matching", "ordering", "gaps", "dialogue", "reflection",
              "checklist", "choice")


def module(steps, language, beside=""):
    """Return OLX of a block whose module has ``steps`` steps, half of them activities, one of each kind in turn."""
    shipped = preset_module("working-life")
    languages = [language, *([beside] if beside else [])]
    reading = cycle([step for step in shipped.steps if isinstance(step, Read)])
    by_kind = {kind: cycle([step for step in shipped.steps if KIND_OF[type(step)] == kind]) for kind in ACTIVITIES}
    chosen = []
    for number, kind in zip(range(steps // 2), cycle(ACTIVITIES), strict=False):
        chosen += [(number, next(reading)), (number, next(by_kind[kind]))]
    data = shipped.to_data() | {"id": "bench", "languages": languages, "steps": [
        {"kind": KIND_OF[type(step)], **step.to_data(), "id": f"{step.id}-{number}"} for number, step in chosen]}
    olx = MODULE_OLX.to_text(Module.from_data(only(data, languages)))
    return f'<migrempower_training_module second_language="{beside}">{olx}</migrempower_training_module>'


def only(data, languages):
    """Return plain data with texts in some languages only."""
    if isinstance(data, list):
        return [only(each, languages) for each in data]
    if isinstance(data, dict):
        if "en" in data:
            return {language: data[language] for language in islice(languages, 2) if language in data}
        return {name: only(each, languages) for name, each in data.items()}
    return data


def one_check(turn, block):
    """Return a request that checks the first activity with its right answer."""
    activity = next(iter(block.load_document().activities.values()))
    reply = activity.show_reply(activity.key(), block.veil)
    return {"run": 1, "answers": {activity.id: {"stamp": STAMP + turn, "reply": reply, "check": 1}}}


DRAG = Case("drag and drop, assessment", '<drag-and-drop-v2 mode="assessment" max_attempts="3"/>', "do_attempt",
            lambda turn, block: {})
OURS = Case("module, 20 steps", module(20, "en"), "save_answers", one_check)
BOTH = Case("module, 20 steps × 2 languages", module(20, "en", "ar"), "save_answers", one_check)
LONG = Case("module, 80 steps", module(80, "en"), "save_answers", one_check)


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=100)
    medians = report(measure([DRAG, OURS, BOTH, LONG], parser.parse_args().turns))
    print()
    print_assets(TrainingModuleBlock)
    for kind in REQUESTS:
        print(f"{kind}: {medians[OURS.name, kind] / medians[DRAG.name, kind]:.2f} × the drag-and-drop block's time; "
              f"two languages {medians[BOTH.name, kind] / medians[DRAG.name, kind]:.2f} ×")


if __name__ == "__main__":
    main()
