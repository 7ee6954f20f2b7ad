"""Summaries of a cohort: the same however it is cut, and right by SciPy's account."""

import copy
import json
import math
from datetime import UTC, datetime

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from migrempower_xblock import records
from migrempower_xblock.reporting import statistics
from migrempower_xblock.reporting.statistics import UNIT, Sums, alpha, change, t_quantile, units
from migrempower_xblock.reporting.summary import COMPARED, CohortSummary

AREAS = {"home": ("tea", "soup"), "work": ("plan", "ask", "write")}
COMPETENCES = [each for area in AREAS.values() for each in area]
ratings = st.sampled_from([0, 0.25, 0.3333, 0.5, 0.6667, 0.75, 1, 1.0])
rounds = st.fixed_dictionaries({
    "framework": st.just("small"), "version": st.sampled_from(["1", "2"]),
    "moment": st.sampled_from(["start", "end", "looking-back"]),
    "ratings": st.dictionaries(st.sampled_from(COMPETENCES), ratings),
    "unanswered": st.lists(st.sampled_from(["tea-1", "soup-1"]), max_size=2, unique=True),
    "answers": st.dictionaries(st.sampled_from(["tea-1", "soup-1"]), st.sampled_from(
        [{"stamp": 1, "level": 2}, {"stamp": 1, "skip": "unclear"}, {"stamp": 1, "skip": "private"}]))})
WHOLE = {"moment": "end", "version": "1", "ratings": {}, "answers": {}, "unanswered": []}
damaged = st.sampled_from([None, 3, [], {}, "{", {"moment": "start"}, WHOLE | {"moment": "once"},
                           WHOLE | {"moment": []}, WHOLE | {"ratings": {"tea": "x"}}, WHOLE | {"ratings": []},
                           WHOLE | {"unanswered": 3}, WHOLE | {"answers": {"tea-1": {"skip": []}}},
                           WHOLE | {"answers": {"tea-1": "skip"}}, WHOLE | {"unanswered": ["tea-1", []]}])
cohorts = st.lists(st.lists(rounds | damaged, max_size=4), max_size=12)


def summary(cohort):
    found = CohortSummary(AREAS)
    for learner in cohort:
        found.add([each if isinstance(each, str) else json.dumps(each) for each in learner])
    return found


@settings(max_examples=200)
@given(cohort=cohorts, data=st.data())
def test_a_summary_is_the_same_however_the_cohort_is_cut_and_in_which_order(cohort, data):
    whole = summary(cohort)
    mixed = data.draw(st.permutations(cohort))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(cohort)), max_size=4)))
    parts = [summary(mixed[low:high]) for low, high in zip([0, *cuts], [*cuts, len(cohort)], strict=True)]
    merged = CohortSummary(AREAS)
    for part in data.draw(st.permutations(parts)):
        merged.merge(part)
    assert merged == whole
    for moments in COMPARED:
        assert [merged.change(moments, each) for each in COMPETENCES] == [
            whole.change(moments, each) for each in COMPETENCES]
        assert [merged.area_change(moments, each) for each in AREAS] == [
            whole.area_change(moments, each) for each in AREAS]


@given(cohort=cohorts)
def test_reading_a_summary_changes_nothing(cohort):
    found = summary(cohort)
    before = copy.deepcopy(found)
    for moment in ("start", "end", "looking-back"):
        for competence in COMPETENCES:
            found.distribution(moment, competence)
            found.mean(moment, competence)
        for area in AREAS:
            found.alpha(moment, area)
    found.not_understood()
    assert found == before


@given(cohort=cohorts)
def test_no_group_under_five_is_broken_down(cohort):
    found = summary(cohort)
    for moment in ("start", "end", "looking-back"):
        for competence in COMPETENCES:
            mean, n = found.mean(moment, competence)
            assert (mean is None) == (found.distribution(moment, competence) is None) == (n < 5)
    for moments in COMPARED:
        assert all(each is None or each.n >= 5 for each in (found.change(moments, what) for what in COMPETENCES))


def test_the_latest_round_of_a_moment_counts_and_all_are_counted():
    found = summary([[WHOLE | {"moment": "start", "ratings": {"tea": rating}} for rating in (0, 1)]] * 5)
    assert found.rounds == {"start": 10} and found.learners == 5
    assert found.distribution("start", "tea") == {1: 5}


def test_what_cannot_be_read_is_counted_and_left_out():
    found = summary([[None, WHOLE | {"ratings": {"tea": "x"}}], [{}]])
    assert (found.damaged, found.learners) == (3, 0)


@settings(max_examples=150)
@given(pairs=st.lists(st.tuples(ratings, ratings), min_size=1, max_size=60))
def test_a_change_agrees_with_scipy(pairs):
    counted = {pair: pairs.count(pair) for pair in pairs}
    found = change(counted)
    both = [(units(before) / UNIT, units(after) / UNIT) for before, after in pairs]
    assert found.n == len(both)
    if len(both) < 2:
        assert found.low is None and found.effect is None
        return
    before, after = (numpy.array(side) for side in zip(*both, strict=True))
    differences = after - before
    assert math.isclose(found.mean, differences.mean(), abs_tol=1e-9)
    deviation = differences.std(ddof=1)
    if deviation > 1e-9:
        low, high = stats.t.interval(0.95, len(both) - 1, differences.mean(), deviation / math.sqrt(len(both)))
        assert math.isclose(found.low, low, abs_tol=1e-9) and math.isclose(found.high, high, abs_tol=1e-9)
    spread = (before.std(ddof=1) + after.std(ddof=1)) / 2
    if spread > 1e-9:
        effect = differences.mean() / spread * (1 - 3 / (4 * (len(both) - 1) - 1))
        assert math.isclose(found.effect, effect, abs_tol=1e-9)


@settings(max_examples=150)
@given(rows=st.lists(st.tuples(ratings, ratings, ratings), min_size=2, max_size=60))
def test_alpha_agrees_with_its_definition_in_numpy(rows):
    found = alpha({row: rows.count(row) for row in rows})
    table = numpy.array([[units(value) / UNIT for value in row] for row in rows])
    whole = table.sum(axis=1).var(ddof=1)
    if whole < 1e-12:
        assert found is None
    else:
        assert math.isclose(found, 3 / 2 * (1 - table.var(axis=0, ddof=1).sum() / whole), abs_tol=1e-9)


@pytest.mark.parametrize("df", [1, 2, 3, 4, 7, 30, 199, 5000])
@pytest.mark.parametrize("probability", [0.9, 0.975, 0.995])
def test_students_t_agrees_with_scipy(df, probability):
    assert math.isclose(t_quantile(probability, df), stats.t.ppf(probability, df), rel_tol=1e-9)


@given(x=st.floats(0, 0.999), a=st.sampled_from([0.5, 1, 2, 15, 500]), b=st.sampled_from([0.5, 1, 3]))
def test_the_incomplete_beta_function_agrees_with_scipy(x, a, b):
    assert math.isclose(statistics._beta(x, a, b), special.betainc(a, b, x), abs_tol=1e-11)


@pytest.mark.django_db
@pytest.mark.parametrize("page", [1, 2, 3, 5, 100])
def test_records_are_read_by_learner_whatever_the_page(page):
    wanted = {}
    for number, times in enumerate((1, 4, 2, 7, 1)):
        learner = f"learner-{number}"
        for block in range(times):
            place = records.Place(learner, "course", f"block-{block}")
            records._append(place, records.ROUNDS, {"n": block}, 1, datetime(2026, 1, block + 1, tzinfo=UTC))
        wanted[learner] = [{"n": block} for block in range(times)]
    elsewhere = records.Place("learner-9", "elsewhere", "b")
    records._append(elsewhere, records.ROUNDS, {}, 1, datetime(2026, 1, 1, tzinfo=UTC))
    def read(*bounds):
        return {learner: [json.loads(text) for text in texts]
                for learner, texts in records.by_learner("course", records.ROUNDS, *bounds, page=page)}

    assert read() == wanted
    parts = [read(after, upto)
             for after, upto in (("", "learner-1"), ("learner-1", "learner-3"), ("learner-3", None))]
    assert [list(part) for part in parts] == [["learner-0", "learner-1"], ["learner-2", "learner-3"], ["learner-4"]]
    assert {**parts[0], **parts[1], **parts[2]} == wanted
    assert not list(records.by_learner("course", records.RUNS))


@pytest.mark.django_db
def test_the_sample_cohort_is_summed_up(open_block):
    from host import sample

    sample.seed()
    block = open_block("start", "trainer")
    whole = CohortSummary.of(block.load_document())
    for _, found in records.by_learner(block.place.course, records.ROUNDS):
        whole.add(found)
    assert whole.learners == 10 and whole.damaged == 0 and whole.rounds["start"] == 10
    assert whole.change(("start", "end"), "job-search").mean > 0


@given(values=st.lists(ratings, min_size=2, max_size=50))
def test_sums_are_exact(values):
    one, many = Sums(), Sums()
    for value in values:
        one.add(units(value))
    for value in sorted(set(values)):
        many.add(units(value), sum(1 for each in values if each == value))
    assert one == many
    assert math.isclose(one.variance, numpy.array([units(value) / UNIT for value in values]).var(ddof=1), abs_tol=1e-12)


def test_who_answered_only_once_is_missing_in_the_change():
    def round_of(moment, **ratings):
        return WHOLE | {"moment": moment, "ratings": ratings}

    found = summary([*[[round_of("start", tea=0), round_of("end", tea=1)]] * 6, [round_of("start", tea=1)],
                     [round_of("end", tea=1)], [round_of("start", soup=1), round_of("end", tea=0)]])
    assert found.change(("start", "end"), "tea").n == 6
    assert found.change(("start", "end"), "tea").missing == 3
    assert found.area_change(("start", "end"), "home").n == 7
    assert found.area_change(("start", "end"), "home").missing == 2
    assert found.change(("looking-back", "end"), "tea") is None
