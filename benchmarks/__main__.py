"""All measurements, one after the other: ``make bench``, or ``python -m benchmarks`` where the packages are.

Each part is a program of this folder, in a process of its own, and can be run alone.
"""

import argparse
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tools import browser, redis_server  # noqa: E402


def parts(wish):
    """Return ``{part: (title, the program and its arguments, what it lacks on this machine or "")}``."""
    turns = ["--turns", str(wish.turns)] if wish.turns else []
    redis = "" if redis_server.installed() else redis_server.NAME
    chromium = "" if find_spec("playwright") and browser.installed() else "Chromium, or Playwright for Python"
    return {
        "peers": ("Our blocks beside others", ["peers.py", *turns, *(["--install"] if wish.install else [])], ""),
        "report": ("The course summary beside merely reading its rows", ["reporting.py"], ""),
        "memory": ("Memory against the size of the cohort",
                   ["reporting.py", "--memory", "--rounds", *map(str, wish.rounds)], ""),
        "jobs": ("A report as a job: two workers beside one", ["jobs.py"], redis),
        "documents": ("A learner's document", ["documents.py"], ""),
        "pages": ("The parts of the report, and the passport", ["report_page.py"], ""),
        "phone": ("A weak phone", ["phone.py"], chromium),
    }


def main():
    """Run the parts that are wished for; the exit code is 1 where one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks")
    parser.add_argument("--only", nargs="+", metavar="PART", help="run these parts and no other")
    parser.add_argument("--without", nargs="+", metavar="PART", default=[], help="leave these parts out")
    parser.add_argument("--turns", type=int, help="turns of the table of peers")
    parser.add_argument("--rounds", type=int, nargs="+", default=[10_000, 100_000],
                        help="sizes of which the memory is compared, such as 10000 1000000")
    parser.add_argument("--install", action="store_true", help="install the other blocks that are not here")
    wish = parser.parse_args()
    known = parts(wish)
    for name in (*wish.without, *(wish.only or [])):
        if name not in known:
            parser.error(f"There is no part {name}; there are {', '.join(known)}.")
    failed = []
    for name, (title, program, lacks) in known.items():
        if name in wish.without or (wish.only and name not in wish.only):
            continue
        print(f"\n{title} ({name})\n", flush=True)
        if lacks:
            print(f"Not measured: this machine has no {lacks}.")
        elif subprocess.run([sys.executable, "-W", "ignore", HERE / program[0], *program[1:]], check=False).returncode:
            failed.append(name)
    if failed:
        sys.exit(f"\nfailed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
