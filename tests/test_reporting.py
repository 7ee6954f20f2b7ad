"""Summaries of a cohort: the same however it is cut, right by SciPy's account, and telling nobody's own answers."""

import itertools
import json
import math
import random
from datetime import UTC, datetime, timedelta

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from migrempower_xblock import cohorts, records
from migrempower_xblock.olx import preset_framework
from migrempower_xblock.reporting import statistics, summary
from migrempower_xblock.reporting.items import ModuleSummary
from migrempower_xblock.reporting.statistics import UNIT, Change, Pairs, Rows, Spread, Sums, t_quantile, units
from migrempower_xblock.reporting.summary import (
    COMPARED,
    KINDS,
    ROUNDS,
    RUNS,
    SHARING,
    TRAINER,
    TRAINING,
    VIEWS,
    CohortSummary,
    CourseSummary,
)

SMALL = {"home": ("tea", "soup"), "work": ("plan", "ask", "write")}
OTHER = {"words": ("read", "write")}
COMPETENCES = [each for area in SMALL.values() for each in area]
STATEMENTS = ("tea-1", "soup-1")
POINTS = {"quiz": 2, "match": 1, "talk": 3}
MOMENTS = ("start", "end", "looking-back")
BLOCKS = ("a", "b", "c")


def empty():
    return CourseSummary({"small": CohortSummary(SMALL, STATEMENTS), "other": CohortSummary(OTHER, ("read-1",))},
                         {"module": ModuleSummary(POINTS)})


def summed(cohort, **asked):
    found = empty()
    found.add(((f"learner-{number}", rows) for number, rows in enumerate(cohort)), **asked)
    return found


def small(cohort):
    return summed(cohort).frameworks["small"]


def handed_in(found, moment):
    """Return how many rounds of a moment were counted, of any version."""
    return sum(times for (each, _), times in found.rounds.items() if each == moment)


def three(found, competence):
    """Return the mean ``Figure``s of a competence: of learners at the end, of trainers and of training."""
    return [found.mean(series, competence) for series in ("end", TRAINER, TRAINING)]


# -- what records look like --------------------------------------------------------------------------------------------

WHOLE = {"framework": "small", "version": "1", "moment": "end", "ratings": {}, "answers": {}, "unanswered": []}
RUN = {"module": "module", "shares": dict.fromkeys(POINTS, 1.0), "ratings": {"tea": 1.0}, "earned": 6, "possible": 6}
VIEW = {"framework": "small", "block": "a", "trainer": "t", "ratings": {"tea": 1.0}}


def row(kind, block, record):
    return kind, block, record if isinstance(record, str) else json.dumps(record)


def round_at(block, moment="end", ratings=None, **fields):
    return row(ROUNDS, block, {**WHOLE, "moment": moment, "ratings": ratings or {}, **fields})


def run_at(block, **fields):
    return row(RUNS, block, {**RUN, **fields})


def view_at(block, trainer, **ratings):
    return row(VIEWS, f"hash-{block}-{trainer}", {**VIEW, "block": block, "trainer": trainer, "ratings": ratings})


def sharing_at(block, shared=True):
    return row(SHARING, f"hash-{block}", {"block": block, "shared": shared, "stamp": 1})


ratings = st.sampled_from([0, 0.0, 0.25, 0.3333, 0.5, 0.6667, 0.75, 1, 1.0])
blocks = st.sampled_from(BLOCKS)
some_ratings = st.dictionaries(st.sampled_from([*COMPETENCES, "read", "gone"]), ratings)
rounds = st.builds(
    row, st.just(ROUNDS), blocks, st.fixed_dictionaries({
        "framework": st.sampled_from(["small", "small", "other", "elsewhere"]), "version": st.sampled_from(["1", "2"]),
        "moment": st.sampled_from(MOMENTS), "ratings": some_ratings,
        "unanswered": st.lists(st.sampled_from(STATEMENTS), max_size=2, unique=True),
        "answers": st.dictionaries(st.sampled_from([*STATEMENTS, "gone-1"]), st.sampled_from([
            {"stamp": 1, "level": 2}, {"stamp": 1, "skip": "unclear"}, {"stamp": 1, "skip": "private"},
            {"stamp": 1, "evidence": "skip"}]))}))
runs = st.builds(
    run_at, blocks, module=st.sampled_from(["module", "module", "another"]), ratings=some_ratings,
    shares=st.dictionaries(st.sampled_from([*POINTS, "gone"]), ratings) | st.fixed_dictionaries(
        dict.fromkeys(POINTS, ratings)), earned=st.integers(0, 6))
views = st.builds(
    row, st.just(VIEWS), st.just("hash"), st.fixed_dictionaries({
        "framework": st.sampled_from(["small", "small", "other", "elsewhere"]), "block": blocks,
        "trainer": st.sampled_from(["t", "u"]), "ratings": some_ratings}))
sharing = st.builds(sharing_at, blocks, st.booleans())
BROKEN = ["", "{", "{}{}", "[" * 5_000, "null", "3", "[]", "{}", '"text"']
DAMAGED = [
    *[row(kind, "a", each) for kind in KINDS for each in BROKEN],
    *[row(kind, "a", json.dumps(each) + "{}") for kind, each in ((ROUNDS, WHOLE), (RUNS, RUN), (VIEWS, VIEW))],
    *[row(ROUNDS, "a", {**WHOLE, **each}) for each in (
        {"framework": 3}, {"framework": []}, {"framework": None}, {"version": 1}, {"version": None}, {"moment": "once"},
        {"moment": []}, {"ratings": []}, {"ratings": None}, {"ratings": {"tea": "x"}}, {"ratings": {"tea": "0.5"}},
        {"ratings": {"tea": None}}, {"ratings": {"tea": True}}, {"ratings": {"gone": [1]}}, {"ratings": {"tea": 2}},
        {"ratings": {"tea": 1.0001}}, {"ratings": {"tea": -0.5}}, {"ratings": {"tea": math.nan}},
        {"ratings": {"tea": math.inf}}, {"unanswered": 3}, {"unanswered": None}, {"unanswered": "tea-1"},
        {"unanswered": ["tea-1", []]}, {"answers": []}, {"answers": {"tea-1": "skip"}}, {"answers": {"tea-1": None}},
        {"answers": {"tea-1": 3}})],
    *[row(ROUNDS, "a", {name: part for name, part in WHOLE.items() if name != missing}) for missing in WHOLE],
    *[row(RUNS, "a", {**RUN, **each}) for each in (
        {"module": 3}, {"module": []}, {"shares": []}, {"shares": {"quiz": "x"}}, {"shares": {"quiz": True}},
        {"shares": {"quiz": 2}}, {"ratings": None}, {"ratings": {"tea": None}}, {"earned": "6"}, {"earned": True},
        {"earned": -1}, {"earned": 7}, {"earned": math.nan}, {"possible": None}, {"possible": "6"},
        {"earned": math.inf, "possible": math.inf}, {"earned": 0.5, "possible": 10**400})],
    *[row(RUNS, "a", {name: part for name, part in RUN.items() if name != missing}) for missing in RUN],
    *[row(VIEWS, "a", {**VIEW, **each}) for each in (
        {"framework": 3}, {"trainer": None}, {"trainer": []}, {"block": []}, {"ratings": []},
        {"ratings": {"tea": "x"}})],
    *[row(VIEWS, "a", {name: part for name, part in VIEW.items() if name != missing}) for missing in VIEW],
    *[row(SHARING, "a", each) for each in ({"shared": True}, {"block": "a"}, {"block": [], "shared": True})],
]
damaged = st.sampled_from(DAMAGED)
whole_cohorts = st.lists(st.lists(rounds | runs | views | sharing | damaged, max_size=6), max_size=14)


# -- merging -----------------------------------------------------------------------------------------------------------

def again(found):
    return CourseSummary.from_json(json.loads(json.dumps(found.to_json())))


@settings(max_examples=200)
@given(cohort=whole_cohorts, data=st.data())
def test_a_summary_is_the_same_however_the_cohort_is_cut_and_in_which_order(cohort, data):
    whole = summed(cohort)
    mixed = data.draw(st.permutations(cohort))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(cohort)), max_size=4)))
    with pytest.MonkeyPatch.context() as patch:  # the sizes of what waits inside are cuts too
        patch.setattr(summary, "_AT_ONCE", data.draw(st.sampled_from([1, 3, 2_000])))
        patch.setattr(summary, "_MOST_COUNTED", data.draw(st.sampled_from([0, 7, 20_000])))
        parts = [summed(mixed[low:high]) for low, high in zip([0, *cuts], [*cuts, len(cohort)], strict=True)]
    merged = empty()
    for part in data.draw(st.permutations(parts)):
        merged.merge(again(part) if data.draw(st.booleans()) else part)
    assert merged == whole == again(whole)
    assert json.dumps(merged.to_json()) == json.dumps(whole.to_json())
    assert all_figures(merged) == all_figures(whole)


@given(cohort=whole_cohorts)
def test_reading_a_summary_changes_nothing(cohort):
    found = summed(cohort)
    before = found.to_json()
    all_figures(found)
    assert found.to_json() == before


def all_figures(found):
    """Return everything that can be read off a summary."""
    figures = {}
    for name, framework in found.frameworks.items():
        competences = [each for area in framework.areas.values() for each in area]
        for moment in MOMENTS:
            for each in competences:
                figures[name, "distribution", moment, each] = framework.distribution(moment, each)
            for each in framework.areas:
                figures[name, "area", moment, each] = framework.area_mean(moment, each)
                figures[name, "alpha", moment, each] = framework.alpha(moment, each)
            for each, figure in framework.not_understood(moment):
                figures[name, "unclear", moment, each] = figure
        for series, each in itertools.product((*MOMENTS, TRAINER, TRAINING), competences):
            figures[name, "mean", series, each] = framework.mean(series, each)
        for moments in COMPARED:
            for each in competences:
                figures[name, "change", moments, each] = framework.change(moments, each)
            for each in framework.areas:
                figures[name, "area change", moments, each] = framework.area_change(moments, each)
    for name, module in found.modules.items():
        figures[name, "passed"] = module.passed(50)
        for item in module.items():
            figures[name, "facility", item.activity] = item.facility
            figures[name, "discrimination", item.activity] = item.discrimination
    return figures


def test_summaries_of_other_frameworks_or_modules_do_not_merge():
    for other in (CourseSummary({}), CourseSummary({"small": CohortSummary(SMALL, STATEMENTS)}),
                  CourseSummary({**empty().frameworks, "small": CohortSummary(OTHER)}, empty().modules),
                  CourseSummary(empty().frameworks, {"module": ModuleSummary({"quiz": 1})})):
        found = summed([[round_at("a", ratings={"tea": 1})]] * 5)
        with pytest.raises(ValueError, match="not of the same"):
            found.merge(other)
        assert found == summed([[round_at("a", ratings={"tea": 1})]] * 5)


# -- figures, against the same worked out one by one -------------------------------------------------------------------

def mean_of(values):
    """The mean of units as a summary keeps it: in whole units."""
    values = [value for value in values if value is not None]
    return round(sum(values) / len(values)) if values else None


class Plain:
    """What a cohort's records say, learner by learner and without any hurry: ``{figure: [(value, is shared), …]}``."""

    def __init__(self, cohort):
        self.values, self.damaged, self.runs = {}, 0, 0
        known_damage = set(DAMAGED)
        for rows in cohort:
            good = [each for each in rows if each not in known_damage]
            self.damaged += len(rows) - len(good)
            read = {kind: [(block, json.loads(text)) for each, block, text in good if each == kind] for kind in KINDS}
            choices = {record["block"]: record["shared"] for _, record in read[SHARING]}
            self.shared = {block for block, shared in choices.items() if shared}
            for name, areas in (("small", SMALL), ("other", OTHER)):
                self.add_rounds(name, areas, [each for each in read[ROUNDS] if each[1]["framework"] == name])
                self.add_views(name, areas, [record for _, record in read[VIEWS] if record["framework"] == name])
                self.add_training(name, areas, read[RUNS])
            self.add_runs([each for each in read[RUNS] if each[1]["module"] == "module"])

    def put(self, value, is_shared, *figure):
        if value is not None:
            self.values.setdefault(figure, []).append((value, is_shared))

    def add_rounds(self, name, areas, found):
        latest = {record["moment"]: (block, record) for block, record in found}
        values = {}
        for moment, (block, record) in latest.items():
            mine = {each: units(rating) for each, rating in record["ratings"].items()}
            for area, competences in areas.items():
                part = [mine.get(each) for each in competences]
                values |= {(moment, "mean", each): mine.get(each) for each in competences}
                values[moment, "area", area] = mean_of(part)
                self.put(tuple(part) if None not in part else None, block in self.shared, name, "alpha", moment, area)
            for statement in STATEMENTS if name == "small" else ():
                if statement in record["answers"] and statement not in record["unanswered"]:
                    self.put(record["answers"][statement].get("skip") == "unclear", block in self.shared,
                             name, "unclear", moment, statement)
        for (moment, kind, what), value in values.items():
            self.put(value, latest[moment][0] in self.shared, name, kind, moment, what)
        for earlier, later in COMPARED:
            for kind, what in {(kind, what) for _, kind, what in values}:
                pair = values.get((earlier, kind, what)), values.get((later, kind, what))
                if None not in pair:
                    self.put(pair, {latest[earlier][0], latest[later][0]} <= self.shared,
                             name, "change" if kind == "mean" else "area change", (earlier, later), what)

    def add_views(self, name, areas, found):
        for competence in itertools.chain(*areas.values()):
            latest = {view["trainer"]: view for view in found if competence in view["ratings"]}
            self.put(mean_of([units(view["ratings"][competence]) for view in latest.values()]),
                     {view["block"] for view in latest.values()} <= self.shared, name, "mean", TRAINER, competence)

    def add_training(self, name, areas, found):
        latest = {run["module"]: (block, run) for block, run in found}
        for competence in itertools.chain(*areas.values()):
            mine = [(block, units(run["ratings"][competence])) for block, run in latest.values()
                    if competence in run["ratings"]]
            self.put(mean_of([rating for _, rating in mine]), {block for block, _ in mine} <= self.shared,
                     name, "mean", TRAINING, competence)

    def add_runs(self, found):
        if not found:
            return
        self.runs += len(found)
        best = max(run["earned"] / run["possible"] for _, run in found)
        self.put(best, {block for block, _ in found} <= self.shared, "module", "passed")
        block, first = found[0]
        whole = POINTS.keys() <= first["shares"].keys()
        for activity in POINTS:
            share = first["shares"].get(activity)
            self.put(share, block in self.shared, "module", "facility", activity)
            if whole:
                rest = sum(POINTS[each] * units(first["shares"][each]) for each in POINTS if each != activity)
                self.put((units(share), rest), block in self.shared, "module", "discrimination", activity)

    def pooled(self, *figure):
        """Return (values, how many are left out): those who do not share are counted from five on."""
        found = self.values.get(figure, [])
        others = [value for value, is_shared in found if not is_shared]
        shared = [value for value, is_shared in found if is_shared]
        return (shared + others, 0) if len(others) >= 5 else (shared, len(others))

    def everybody(self, *figure):
        return len(self.values.get(figure, []))


def close(found, wanted):
    return found is wanted if wanted is None else math.isclose(found, wanted, abs_tol=1e-9)


crowds = st.lists(st.lists(rounds | runs | views | sharing | sharing | damaged, max_size=7), min_size=10, max_size=40)


@settings(max_examples=150)
@given(cohort=crowds)
def test_every_figure_is_what_one_gets_learner_by_learner(cohort):
    compare(cohort)


@pytest.mark.parametrize("seed", range(5))
def test_every_figure_of_a_large_cohort_is_what_one_gets_learner_by_learner(seed):
    rng = random.Random(seed)

    def rated(competences, ability):
        return {each: round(min(4, max(0, round(4 * ability + rng.gauss(0, 1)))) / 4, 4)
                for each in competences if rng.random() < 0.98}

    def learner():
        ability, rows = rng.random(), []
        for block, moment in zip("abc", MOMENTS, strict=True):
            if rng.random() < 0.9:
                rows.append(round_at(block, moment, rated(COMPETENCES, ability), answers={
                    each: {"skip": "unclear"} if rng.random() < 0.3 else {"level": 1} for each in STATEMENTS}))
        for trainer in "tuv":
            if rng.random() < 0.4:
                rows.append(view_at("a", trainer, **rated(COMPETENCES, ability)))
        for _ in range(rng.randrange(3)):
            shares = rated(POINTS, ability)
            rows.append(run_at("d", shares=shares, ratings=rated(COMPETENCES, ability), earned=round(6 * ability, 4)))
        return rows + [sharing_at(block, rng.random() < 0.9) for block in "abcd" if rng.random() < 0.9]

    cohort = [learner() for _ in range(300)]
    figures = compare(cohort)
    assert {figure[1] for figure, told in figures.items() if getattr(told, "value", 1) is not None} == {
        "distribution", "mean", "area", "alpha", "unclear", "change", "area change", "passed", "facility",
        "discrimination"}


def compare(cohort):
    """Compare all figures of a summary with those worked out one by one; return them."""
    found, plain = summed(cohort), Plain(cohort)
    assert found.damaged == plain.damaged
    assert found.modules["module"].runs == plain.runs
    assert found.modules["module"].learners == plain.everybody("module", "passed")
    figures = all_figures(found)
    for figure, told in figures.items():
        name, kind, *what = figure
        values, left_out = plain.pooled(name, "mean" if kind == "distribution" else kind, *what)
        assert (told.n, told.left_out) == (len(values), left_out), figure
        check = {"change": changed, "area change": changed}.get(kind, single)
        check(plain, figure, told, values)
    for figure in [each for each in plain.values if each[1] == "unclear"]:
        values, _ = plain.pooled(*figure)
        assert (figure in figures) == (len(values) >= 5 and any(values))  # what has nothing to tell is not listed
    return figures


def single(_plain, figure, told, values):
    kind = figure[1]
    if len(values) < (20 if kind == "alpha" else 5):
        assert told.value is None
    elif kind == "distribution":
        assert told.value == {value / UNIT: values.count(value) for value in values}
    elif kind == "passed":
        assert told.value == sum(value >= 0.5 for value in values)
    elif kind == "alpha":
        assert close(told.value, plain_alpha(values))
    elif kind == "discrimination":
        assert close(told.value, plain_correlation(values))
    elif kind in ("facility", "unclear"):
        assert close(told.value, numpy.mean([units(value) / UNIT for value in values]))
    else:
        assert close(told.value, numpy.mean(values) / UNIT)


def changed(plain, figure, told, pairs):
    name, kind, moments, what = figure
    alone = {"change": "mean", "area change": "area"}[kind]
    assert told.missing == sum(plain.everybody(name, alone, moment, what) for moment in moments) - (
        2 * plain.everybody(*figure))
    if len(pairs) < 5:
        assert (told.mean, told.low, told.high, told.effect) == (None,) * 4
    else:
        check_change(told, pairs)


def check_change(told, pairs):
    """Compare with SciPy; ``pairs`` are in units."""
    before, after = (numpy.array(side) / UNIT for side in zip(*pairs, strict=True))
    differences, n = after - before, len(pairs)
    assert close(told.mean, differences.mean())
    deviation = differences.std(ddof=1)
    if deviation > 1e-9:
        low, high = stats.t.interval(0.95, n - 1, differences.mean(), deviation / math.sqrt(n))
        assert close(told.low, low) and close(told.high, high)
    else:
        assert close(told.low, told.mean) and close(told.high, told.mean)
    spread = (before.std(ddof=1) + after.std(ddof=1)) / 2
    assert close(told.effect, differences.mean() / spread * (1 - 3 / (4 * (n - 1) - 1)) if spread > 1e-9 else None)


def plain_alpha(rows):
    table = numpy.array(rows) / UNIT
    whole, items = table.sum(axis=1).var(ddof=1), table.shape[1]
    return items / (items - 1) * (1 - table.var(axis=0, ddof=1).sum() / whole) if whole > 1e-12 else None


def plain_correlation(pairs):
    one, other = (numpy.array(side) for side in zip(*pairs, strict=True))
    return numpy.corrcoef(one, other)[0, 1] if one.std() and other.std() else None


# -- the rules, one by one ---------------------------------------------------------------------------------------------

def told(shared, others):
    """Return the mean of so many learners who share (all 1) and so many who do not (all 0)."""
    return small([[round_at("a", ratings={"tea": 1}), sharing_at("a")]] * shared
                 + [[round_at("a", ratings={"tea": 0})]] * others).mean("end", "tea")


@pytest.mark.parametrize(("shared", "others", "value", "n", "left_out"), [
    (9, 1, 1.0, 9, 1), (9, 4, 1.0, 9, 4), (5, 5, 0.5, 10, 0), (0, 5, 0.0, 5, 0), (4, 4, None, 4, 4),
    (4, 5, 4 / 9, 9, 0), (0, 4, None, 0, 4), (5, 0, 1.0, 5, 0), (0, 0, None, 0, 0)])
def test_who_does_not_share_is_counted_only_among_five_such_learners(shared, others, value, n, left_out):
    figure = told(shared, others)
    assert (figure.value, figure.n, figure.left_out) == (value, n, left_out)


def test_a_learner_shares_what_is_at_blocks_they_share_now():
    both = [round_at("a", "start", {"tea": 0}), round_at("b", "end", {"tea": 1})]
    cohort = [[*both, sharing_at("a"), sharing_at("b")]] * 5 + [[*both, sharing_at("a")]] * 2 + [
        [*both, sharing_at("a"), sharing_at("b"), sharing_at("b", False)]]
    found = small(cohort)
    assert (found.mean("start", "tea").n, found.mean("start", "tea").left_out) == (8, 0)
    assert (found.mean("end", "tea").n, found.mean("end", "tea").left_out) == (5, 3)
    change = found.change(("start", "end"), "tea")
    assert (change.n, change.left_out, change.mean, change.missing) == (5, 3, 1.0, 0)


def test_where_sharing_is_not_possible_nobody_shares():
    cohort = [[round_at("a", ratings={"tea": 1}), sharing_at("a")]] * 4
    assert summed(cohort).frameworks["small"].mean("end", "tea").n == 4
    assert summed(cohort, may_share={"b"}).frameworks["small"].mean("end", "tea").left_out == 4
    assert summed(cohort, may_share={"a"}) == summed(cohort)


def test_some_learners_only_and_without_staff():
    cohort = [[round_at("a", ratings={"tea": 1})]] * 9
    def learners(**asked):
        return summed(cohort, **asked).frameworks["small"].learners

    assert learners() == 9
    assert learners(only={"learner-1", "learner-7", "somebody"}) == 2
    assert learners(without={"learner-1", "somebody"}) == 8
    assert learners(only={"learner-1", "learner-2"}, without={"learner-1"}) == 1
    assert learners(only=set()) == 0


def test_the_latest_round_of_a_moment_counts_and_all_are_counted():
    found = small([[round_at("a", "start", {"tea": rating}, version=str(rating)) for rating in (0, 1)]] * 5)
    assert handed_in(found, "start") == 10 and handed_in(found, "end") == 0 and found.learners == 5
    assert found.distribution("start", "tea").value == {1: 5}
    assert found.older("1") == 5 and found.older("2") == 10


def test_a_damaged_round_leaves_the_one_before_it():
    found = summed([[round_at("a", ratings={"tea": 0.5}), round_at("a", ratings={"tea": "1"})]] * 5)
    assert found.damaged == 5
    assert found.frameworks["small"].mean("end", "tea").value == 0.5
    assert handed_in(found.frameworks["small"], "end") == 5


@pytest.mark.parametrize("record", DAMAGED)
def test_what_cannot_be_read_is_counted_and_left_out(record):
    found = summed([[record]])
    assert found.damaged == 1
    found.damaged = 0
    assert found == empty()


def test_a_round_of_another_framework_is_neither_counted_nor_damaged():
    found = summed([[round_at("a", framework="elsewhere", ratings="x", moment=None)]])
    assert found == empty()
    both = summed([[round_at("a", ratings={"tea": 1}), round_at("b", framework="other", ratings={"read": 0})]] * 5)
    assert both.frameworks["small"].mean("end", "tea").value == 1
    assert both.frameworks["other"].mean("end", "read").value == 0
    assert [each.learners for each in both.frameworks.values()] == [5, 5] and both.damaged == 0


def test_older_versions_count_for_what_the_framework_still_has():
    found = small([[round_at("a", "start", {"tea": 0, "gone": 1}, version="0", answers={"gone-1": {"skip": "unclear"}}),
                    round_at("b", "end", {"tea": 1, "soup": 1})]] * 5)
    assert found.change(("start", "end"), "tea").mean == 1
    assert found.change(("start", "end"), "soup") == Change(0, missing=5)
    assert found.older("1") == 5
    assert not found.not_understood("start")


def test_who_answered_only_once_is_missing_in_the_change():
    found = small([*[[round_at("a", "start", {"tea": 0}), round_at("a", "end", {"tea": 1})]] * 6,
                   [round_at("a", "start", {"tea": 1})], [round_at("a", "end", {"tea": 1})],
                   [round_at("a", "start", {"soup": 1}), round_at("a", "end", {"tea": 0})]])
    assert found.change(("start", "end"), "tea").n == 6
    assert found.change(("start", "end"), "tea").missing == 3
    assert found.area_change(("start", "end"), "home").n == 7
    assert found.area_change(("start", "end"), "home").missing == 2
    assert found.change(("looking-back", "end"), "tea") == Change(0, missing=8)


def test_the_end_is_held_against_the_start_and_against_what_learners_think_of_the_start_later():
    found = small([[round_at("a", "start", {"tea": 0.5}), round_at("b", "end", {"tea": 1}),
                    round_at("c", "looking-back", {"tea": 0})]] * 5)
    assert found.change(("start", "end"), "tea").mean == 0.5
    assert found.change(("looking-back", "end"), "tea").mean == 1


def test_statements_most_often_not_understood_come_first_of_those_who_answered():
    def learner(**answers):
        return [round_at("a", answers={statement.replace("_", "-"): answer for statement, answer in answers.items()},
                         unanswered=["soup-1"] if "soup_1" not in answers else [])]

    unclear, level, begun = {"skip": "unclear"}, {"level": 1}, {"evidence": "a note"}
    found = small([learner(tea_1=unclear, soup_1=level)] * 2 + [learner(tea_1=level, soup_1=unclear)] * 3 + [
        learner(tea_1=level)] * 3 + [[round_at("a", answers={"soup-1": begun}, unanswered=["tea-1", "soup-1"])]])
    (first, soup), (second, tea) = found.not_understood("end")
    assert (first, soup.value, soup.n) == ("soup-1", 3 / 5, 5)
    assert (second, tea.value, tea.n) == ("tea-1", 2 / 8, 8)


@pytest.mark.parametrize(("learners", "has_value"), [(4, False), (19, False), (20, True)])
def test_alpha_is_told_from_twenty_learners_on_who_rated_all(learners, has_value):
    cohort = [[round_at("a", ratings={"tea": number % 2, "soup": number % 2})] for number in range(learners)]
    figure = small([*cohort, [round_at("a", ratings={"tea": 1})]]).alpha("end", "home")
    assert (figure.n, figure.left_out) == ((learners, 0) if learners >= 5 else (0, learners))
    assert (figure.value == 1) == has_value == (figure.value is not None)


def test_three_series_stand_side_by_side():
    found = small([[round_at("a", ratings={"tea": 0.25}), view_at("a", "t", tea=0.5), view_at("b", "u", tea=1, soup=1),
                    view_at("a", "t", tea=0.75), view_at("a", "t", soup=0), run_at("c", ratings={"tea": 0}),
                    run_at("c", ratings={"tea": 1}), run_at("d", module="another", ratings={"tea": 0.5})]] * 5)
    self, trainer, training = three(found, "tea")
    assert (self.value, self.n) == (0.25, 5)
    assert (trainer.value, trainer.n) == (0.875, 5)  # the latest of each trainer
    assert (training.value, training.n) == (0.75, 5)  # the latest run of each module
    self, trainer, training = three(found, "soup")
    assert (self.n, trainer.value, training.n) == (0, 0.5, 0)


def test_the_trainers_and_the_training_tell_nobodys_rating_either():
    shares = [sharing_at("a"), sharing_at("c")]
    records_of_one = [view_at("a", "t", tea=1), run_at("c", ratings={"tea": 1})]
    found = small([[*records_of_one, *shares]] * 6 + [records_of_one])
    for figure in three(found, "tea")[1:]:
        assert (figure.value, figure.n, figure.left_out) == (1.0, 6, 1)


def test_a_first_run_tells_how_hard_the_activities_are_and_the_best_who_has_passed():
    def first(quiz, match, talk):
        earned = quiz * 2 + match + talk * 3
        return [run_at("c", shares={"quiz": quiz, "match": match, "talk": talk}, earned=earned), run_at("c")]

    module = summed([first(1, 1, 0.5), first(1, 0.5, 0.5), first(0.5, 1, 0.5), first(0.5, 0, 0.5), first(0.5, 0, 0.5)]
                    + [[run_at("c", shares={"quiz": 1}, earned=2)]]).modules["module"]
    assert (module.learners, module.runs) == (6, 11)
    quiz, match, talk = module.items()
    assert (quiz.activity, quiz.facility.value, quiz.facility.n) == ("quiz", 0.75, 6)
    assert (match.facility.value, match.facility.n) == (0.5, 5)
    assert quiz.discrimination.n == 5
    assert math.isclose(quiz.discrimination.value, numpy.corrcoef(
        [1, 1, 0.5, 0.5, 0.5], [2.5, 2, 2.5, 1.5, 1.5])[0, 1], abs_tol=1e-12)
    assert talk.discrimination.value is None and talk.facility.value == 0.5  # everybody did the same
    assert [module.passed(mark).value for mark in (0, 33, 34, 100)] == [6, 6, 5, 5]


# -- statistics --------------------------------------------------------------------------------------------------------

def tallied(kind, rows):
    found = kind()
    for each in set(rows):
        found.add_all([each], [rows.count(each)])
    return found


@settings(max_examples=150)
@given(pairs=st.lists(st.tuples(ratings.map(units), ratings.map(units)), min_size=2, max_size=60))
def test_a_change_agrees_with_scipy(pairs):
    told = Change.of(tallied(Pairs, pairs))
    assert told.n == len(pairs)
    check_change(told, pairs)


def test_one_learner_has_a_change_without_an_interval():
    told = Change.of(tallied(Pairs, [(0, UNIT)]))
    assert told == Change(1, 1.0) and (told.missing, told.left_out) == (0, 0)


@settings(max_examples=150)
@given(pairs=st.lists(st.tuples(ratings.map(units), st.integers(0, 5_000_000)), min_size=2, max_size=60))
def test_a_correlation_agrees_with_numpy(pairs):
    assert close(tallied(Pairs, pairs).correlation, plain_correlation(pairs))


@settings(max_examples=150)
@given(rows=st.lists(st.tuples(ratings.map(units), ratings.map(units), ratings.map(units)), min_size=2, max_size=60))
def test_alpha_agrees_with_its_definition_in_numpy(rows):
    assert close(tallied(Rows, rows).alpha, plain_alpha(rows))


def test_alpha_of_one_item_or_nobody_has_no_value():
    assert tallied(Rows, [(0,), (1,)]).alpha is None
    assert Rows().alpha is None


@pytest.mark.parametrize("count", [
    lambda: Spread().add_all([(1,)], [1, 2]),
    lambda: Pairs().add_all([(1, 2), (3, 4, 5)], [1, 1]),
    lambda: Rows().add_all([(1, 2), (3,)], [1, 1]),
    lambda: tallied(Rows, [(1, 2)]).add_all([(1, 2, 3)], [1]),
    lambda: tallied(Rows, [(1, 2)]).merge(tallied(Rows, [(1, 2, 3)])),
])
def test_rows_that_do_not_belong_together_are_refused(count):
    with pytest.raises(ValueError):
        count()


@pytest.mark.parametrize("df", [1, 2, 3, 4, 7, 30, 199, 5000])
@pytest.mark.parametrize("probability", [0.6, 0.9, 0.975, 0.995])
def test_students_t_agrees_with_scipy(df, probability):
    assert math.isclose(t_quantile(probability, df), stats.t.ppf(probability, df), rel_tol=1e-9)


@given(x=st.floats(0, 0.999) | st.just(1.0), a=st.sampled_from([0.5, 1, 2, 15, 500]), b=st.sampled_from([0.5, 1, 3]))
def test_the_incomplete_beta_function_agrees_with_scipy(x, a, b):
    assert math.isclose(statistics._beta(x, a, b), special.betainc(a, b, x), abs_tol=1e-11)


@given(values=st.lists(ratings.map(units), min_size=2, max_size=50))
def test_sums_are_exact(values):
    one, many = Sums(), tallied(Sums, [(value,) for value in values])
    for value in values:
        one.add(value)
    assert one == many
    assert close(one.variance, (numpy.array(values) / UNIT).var(ddof=1))
    assert close(one.mean, tallied(Spread, [(value,) for value in values]).mean)


# -- reading from the store --------------------------------------------------------------------------------------------

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


def keep(learner, block, kind, record, day, course="course"):
    records._append(records.Place(learner, course, block), kind, record, 1, NEW_YEAR + timedelta(days=day))


def read(*bounds, kinds=KINDS, **options):
    return {learner: [(kind, block, json.loads(text)) for kind, block, text in rows]
            for learner, rows in cohorts.by_learner("course", kinds, *bounds, **options)}


def test_what_is_remembered_while_a_cohort_is_read_has_an_end(monkeypatch):
    found = summary._Units()
    assert [found[written] for written in ("0.3333", "0.33333", "7")] == [units(0.3333), units(0.33333), None]
    assert set(found) == {"0.3333", "7"}
    monkeypatch.setattr(summary, "_MOST_COUNTED", 2)
    parts = summary._Parts()
    first, second = parts[1, None], parts[2, 4]
    assert (first.mean, second.mean) == (1, 3) and parts[1, None] is first and parts[2, 4] is second
    assert parts[3, 3].mean == 3 and len(parts) == 1


def test_learners_wait_until_they_are_some_and_counts_until_they_are_many(monkeypatch):
    monkeypatch.setattr(summary, "_AT_ONCE", 3)
    cohort = [[round_at("a", ratings={"tea": number / 4})] for number in (0, 1, 2, 3, 4, 1, 2)]
    for number in range(1, 8):
        found = small(cohort[:number])
        assert (found._number, bool(found._given), bool(found._counted)) == (number % 3, number % 3 > 0, number >= 3)
    held = sum(map(len, small(cohort[:3])._counted.values()))
    for most in (held, held - 1):
        monkeypatch.setattr(summary, "_MOST_COUNTED", most)
        assert bool(small(cohort[:3])._counted) == (most == held)


def test_summaries_of_other_learners_differ():
    one, two = ([[round_at("a", ratings={"tea": 1})]] * number for number in (1, 2))
    assert small(one) == small(one) != small(two)
    assert small(one) != "a summary"


def test_a_run_that_gave_no_points_has_no_share_of_them():
    assert summary._Run.of(json.loads(run_at("a", earned=0, possible=0)[2]), "a").percent == 0
    assert summary._Run.of(json.loads(run_at("a", earned=3, possible=6)[2]), "a").percent == 50


def test_a_summary_of_a_framework_knows_its_areas_and_statements():
    framework = preset_framework("migrempower")
    found = CohortSummary.of(framework)
    assert {area: len(competences) for area, competences in found.areas.items()} == {
        area.id: len(area.competences) for area in framework.areas}
    assert found.statements == tuple(framework.statements)
    course = CourseSummary.of([framework], {"module": POINTS})
    assert course.frameworks == {"migrempower": found} and list(course.modules) == ["module"]
    assert course.to_json()["format"] == 1  # by which a later release may tell how to read it


def test_the_summed_kinds_are_those_of_the_store():
    assert {records.ROUNDS, records.RUNS, records.SHARING, records.VIEWS} == set(KINDS)


@pytest.mark.django_db
@pytest.mark.parametrize("page", [1, 2, 3, 5, 100])
def test_records_are_read_by_learner_whatever_the_page(page):
    wanted = {}
    for number, times in enumerate((1, 4, 2, 7, 1)):
        learner = f"learner-{number}"
        kinds = [records.RUNS, records.ROUNDS, records.ROUNDS]  # of what is handed in at each block
        for day in sorted(range(times), key=lambda day: day * 5 % 7):  # written in another order than handed in
            keep(learner, f"block-{day % 3}", kinds[day % 3], {"n": day}, day)
        records.set_sharing(records.Place(learner, "course", "block-0"), True, 5, NEW_YEAR + timedelta(days=90))
        item = records.Place(learner, "course", "block-0")._item(records.SHARING)["item_id"]
        wanted[learner] = [(kinds[day % 3], f"block-{day % 3}", {"n": day}) for day in range(times)]
        wanted[learner].append((records.SHARING, item, {"block": "block-0", "shared": True, "stamp": 5}))
    keep("learner-9", "b", records.ROUNDS, {}, 1, course="elsewhere")
    assert read(page=page) == wanted
    parts = [read(after, upto, page=page)
             for after, upto in (("", "learner-1"), ("learner-1", "learner-3"), ("learner-3", None))]
    assert [list(part) for part in parts] == [["learner-0", "learner-1"], ["learner-2", "learner-3"], ["learner-4"]]
    assert {**parts[0], **parts[1], **parts[2]} == wanted
    assert read(kinds=(records.SHARING,), page=page) == {learner: rows[-1:] for learner, rows in wanted.items()}
    assert not read(kinds=("unknown",))


@pytest.mark.django_db
def test_rows_of_one_moment_are_read_in_the_order_they_were_written():
    for number in range(4):
        keep("learner", f"block-{3 - number}", records.ROUNDS, {"n": number}, 1)
    assert [record["n"] for _, _, record in read()["learner"]] == [0, 1, 2, 3]


@pytest.mark.django_db
@pytest.mark.parametrize("learners", [3, 30])
def test_a_page_is_one_query_however_many_learners_it_has(learners, django_assert_num_queries):
    for number in range(learners):
        keep(f"learner-{number:02}", "block", records.ROUNDS, {}, 1)
        keep(f"learner-{number:02}", "module", records.RUNS, {}, 2)
    with django_assert_num_queries(1):
        assert len(read()) == learners


@pytest.mark.django_db
def test_damaged_rows_of_the_store_are_counted():
    from django.db import connection

    keep("learner", "a", records.ROUNDS, WHOLE, 1)
    keep("learner", "b", records.ROUNDS, WHOLE | {"version": "2"}, 2)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE submissions_submission SET raw_answer = SUBSTR(raw_answer, 1, 50) "
                       "WHERE raw_answer LIKE '%%\"version\": \"2\"%%'")
    found = empty()
    found.add(cohorts.by_learner("course", KINDS))
    assert found.damaged == 1 and handed_in(found.frameworks["small"], "end") == 1


@pytest.mark.django_db
def test_the_sample_cohort_is_summed_up(open_block):
    from submissions.models import StudentItem

    from host import sample
    from host.people import BY_KEY

    sample.seed()
    block, module = open_block("start", "trainer"), open_block("my-skills", "trainer").load_document()
    framework = block.load_document()
    points = {activity.id: activity.points for activity in module.activities.values()}
    named = {BY_KEY[key].anonymous_id for key in sample.STORIES}

    def summed_up(**asked):
        whole = CourseSummary.of([framework], {module.id: points})
        whole.add(cohorts.by_learner(block.place.course, KINDS), **asked)
        return whole

    whole, twelve = summed_up(), summed_up(only=named, may_share=frozenset())
    items = StudentItem.objects.filter(course_id=block.place.course, item_type=records.ROUNDS, submission__isnull=False)
    assert whole.frameworks[framework.id].learners == items.values("student_id").distinct().count()
    assert whole.damaged == 0 and whole.modules[module.id].runs >= 4
    known = twelve.frameworks[framework.id]
    assert (known.learners, handed_in(known, "start"), known.older(framework.version)) == (10, 10, 0)
    assert known.change(("start", "end"), "job-search").mean > 0
