"""Time and size of a document of 24 competences in two languages, five dated series each, as each format.

The goal for PDF: at most 1.5 seconds and 300 kB on two cores. ``first`` is in a new process, libraries and fonts read.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime

from migrempower_xblock.documents import FORMATS
from migrempower_xblock.documents.collecting import read_framework, strengths
from migrempower_xblock.documents.model import SELF, TRAINER, TRAINING, Document, Experience, Series, Step
from migrempower_xblock.olx import preset_framework

COMPETENCES = 24
LANGUAGES = ("en", "ar")


def sample():
    """Return a document as a learner has it at the end of a course."""
    framework = preset_framework("migrempower")
    ids = [each.id for each in framework.competences][:COMPETENCES]
    series = [Series(SELF, _day(3), "start"), Series(TRAINING, _day(5), title=framework.competences[0].title),
              Series(SELF, _day(6), "end"), Series(SELF, _day(7), "looking-back"), Series(TRAINER, _day(8))]
    rated = [(each, framework.version, {name: (3 * place + number) % 11 / 10 for place, name in enumerate(ids)})
             for number, each in enumerate(series)]
    part, notes = read_framework(framework, rated, LANGUAGES)
    experience = Experience("ساعدت جارتي في ملء استمارة في البلدية، ثم اتصلنا معاً.", "Madrid", "2025",
                            "She got her papers.", (framework.competences[1].title,))
    step = Step("call the office", "Monday", "my sister", competence=framework.competences[2].title)
    return Document(_day(9), LANGUAGES, "Amina", "Welcome to work", (part,), strengths(part), (experience,) * 5,
                    (step,) * 5, notes)


def _day(month):
    return datetime(2026, month, 3, 10, tzinfo=UTC)


def timed(kind, document):
    """Return (seconds, bytes) of one file."""
    began = time.perf_counter()
    data = FORMATS[kind].write(document)
    return time.perf_counter() - began, len(data)


def main(turns):
    """Print the table."""
    document = sample()
    assert len(document.competences) == COMPETENCES
    print(f"{'format':8}{'first s':>9}{'median s':>10}{'worst s':>9}{'bytes':>9}")
    for kind in FORMATS:
        first = json.loads(subprocess.run([sys.executable, __file__, "--once", kind], check=True, capture_output=True,
                                          text=True).stdout)
        runs = [timed(kind, document) for _ in range(turns)]
        seconds = [each for each, _ in runs]
        print(f"{kind:8}{first:9.3f}{statistics.median(seconds):10.3f}{max(seconds):9.3f}{runs[0][1]:9}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--once", choices=FORMATS)
    given = parser.parse_args()
    if given.once:
        print(json.dumps(timed(given.once, sample())[0]))
    else:
        main(given.turns)
