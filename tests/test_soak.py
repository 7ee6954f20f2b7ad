"""Everything the blocks do, for a short while, in one server process; the hour is ``python -m tools.soak``."""

import subprocess
import sys
from collections import Counter

import pytest

from tools import soak

pytestmark = pytest.mark.worker


def test_nothing_fails_grows_or_stays_behind_while_everything_is_done_again_and_again():
    done = subprocess.run([sys.executable, "-m", "tools.soak", "--minutes", "0.33", "--learners", "2", "--each", "1",
                           "--every", "0", "--warm-up", "1", "--without-cohort"],
                          capture_output=True, text=True, check=False)
    assert "no error, nothing left behind, the same SQL at the end" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def moment(**more):
    return soak.Moment(**{"at": 0, "memory": 100.0, "threads": 5, "open_files": 9, "rows": Counter(grades=3),
                          "database": None, "stored": 1, "temporary": 0, "took": 0, **more})


@pytest.mark.parametrize("grown", [{"threads": 6}, {"open_files": 10}, {"rows": Counter(grades=4)},
                                   {"rows": Counter(grades=3, jobs=1)}, {"stored": 2}, {"temporary": 1}])
def test_whatever_stays_behind_is_told(grown):
    assert len(soak.more(moment(), moment(**grown))) == 1
    assert not soak.more(moment(**grown), moment()) and not soak.more(moment(), moment(memory=900.0))


def test_a_kind_of_request_that_asks_the_database_for_more_and_more_is_told():
    steady = [("open", 0.1, "4"), ("open", 0.1, "7")] * 8
    growing = [("save", 0.1, str(number)) for number in range(16)]
    (told,) = soak.other_statements(steady + growing)
    assert told == "save took [0, 1, 2, 3] statements at first and [12, 13, 14, 15] at the end"


def minutes(megabytes_an_hour, disturbed=()):
    """Return forty minutes of a process of 200 MB, some of them disturbed, all a little uneven."""
    return [(60 * n, 200 + megabytes_an_hour * n / 60 + 0.1 * (-1) ** n + (90 if n in disturbed else 0))
            for n in range(40)]


def test_growth_is_told_by_the_hour_though_some_minutes_are_disturbed():
    per_hour, percent, is_flat = soak.growth(minutes(12, disturbed=(3, 4, 5, 21, 30)))
    assert per_hour == pytest.approx(12, rel=0.15) and percent == pytest.approx(6, rel=0.15) and not is_flat


@pytest.mark.parametrize("slow", [0, 1, -12])
def test_what_hardly_grows_is_flat(slow):
    assert soak.growth(minutes(slow, disturbed=(39,)))[2]


def test_a_growth_within_what_minutes_differ_anyhow_is_flat():
    uneven = [(at, 200 + (at // 60 * 37 % 40)) for at, _ in minutes(0)]
    assert soak.growth([(at, y + 4 * at / 3600) for at, y in uneven])[2]


def test_too_short_a_time_tells_nothing():
    assert soak.growth(minutes(12)[:4]) is None and soak.growth([]) is None
