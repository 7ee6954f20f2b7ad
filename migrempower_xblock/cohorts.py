"""Reading what is kept of a cohort, in parts and in few queries: how many have handed in, and everybody's rows."""

from collections import Counter
from collections.abc import Collection, Iterator
from itertools import groupby
from operator import itemgetter

from django.db.models import Count, ExpressionWrapper, F, TextField
from submissions.models import StudentItem, Submission

from .platform.directory import MOST_IN_QUERY
from .records import ROUNDS, RUNS

PAGE = 2_000


def learners_at(course: str, blocks: Collection[str], kind: str) -> int:
    """Return how many learners have handed in at any of ``blocks`` of a course; one query."""
    found = Submission.objects.filter(student_item__course_id=course, student_item__item_id__in=blocks,
                                      student_item__item_type=kind)
    return int(found.values("student_item__student_id").distinct().count())


def learners_by_block(course: str, blocks: Collection[str], only: Collection[str] | None = None,
                      without: Collection[str] = ()) -> Counter[str]:
    """Return ``{block: learners}``: how many have handed in at each of ``blocks``.

    ``only`` are the ids that count (None for all), ``without`` those that do not. One query, or one for each 500 ids.
    """
    found = StudentItem.objects.filter(course_id=course, item_id__in=blocks, item_type__in=(ROUNDS, RUNS),
                                       submission__isnull=False).exclude(student_id__in=without)
    only = None if only is None else sorted(only)
    parts = [found] if only is None else [found.filter(student_id__in=only[start:start + MOST_IN_QUERY])
                                          for start in range(0, len(only), MOST_IN_QUERY)]
    counts: Counter[str] = Counter()
    for each in parts:
        counts.update(dict(each.values_list("item_id").annotate(
            learners=Count("student_id", distinct=True)).order_by()))
    return counts


def learners_between(course: str, kinds: Collection[str], after: str = "", upto: str | None = None,
                     size: int = PAGE) -> Iterator[list[str]]:
    """Yield lists of up to ``size`` ids of learners of whom there are records of ``kinds``, in order; of ids above
    ``after`` and, unless it is None, not above ``upto``. A query a list.
    """
    found = StudentItem.objects.filter(course_id=course, item_type__in=kinds)
    if upto is not None:
        found = found.filter(student_id__lte=upto)
    while ids := list(found.filter(student_id__gt=after).order_by("student_id").values_list(
            "student_id", flat=True).distinct()[:size]):
        yield ids
        after = ids[-1]


def cuts(course: str, kinds: Collection[str], size: int) -> Iterator[tuple[str, str | None]]:
    """Yield ranges (after, upto) of learners' ids, each with up to ``size`` learners of whom a course keeps anything of
    ``kinds``. Together they hold every id: the first begins with "", the last has no end (None).
    """
    after = ""
    found = (StudentItem.objects.filter(course_id=course, item_type__in=kinds)
             .order_by("student_id").values_list("student_id", flat=True).distinct())
    while True:
        last = list(found.filter(student_id__gt=after)[size - 1:size + 1])  # the last of the range and the next one
        if len(last) < 2:
            yield after, None
            return
        yield after, last[0]
        after = last[0]


def by_learner(course: str, kinds: Collection[str], after: str = "", upto: str | None = None,
               page: int = 5_000) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Yield (learner, [(kind, item id, JSON as the store holds it), …], oldest first) of a course, in the order of
    learners' ids; ``kinds`` is a tuple.

    Reads in pages of rows by key, so memory does not grow with the cohort; of ids above ``after`` and, unless it is
    None, not above ``upto``, so that parts of a cohort can be read anywhere.
    """
    found = Submission.objects.filter(student_item__course_id=course, student_item__item_type__in=kinds)
    if upto is not None:
        found = found.filter(student_item__student_id__lte=upto)
    # In the order of the store's own index, so that the database reads a page and sorts nothing; what is left to sort
    # are one learner's rows. Dates and JSON stay as they are: making values of them would take longer than reading.
    found = found.order_by("student_item__student_id", "student_item__item_id").values_list(
        "student_item__student_id", ExpressionWrapper(F("submitted_at"), TextField()), "id", "student_item__item_type",
        "student_item__item_id", ExpressionWrapper(F("answer"), TextField()))
    size = page
    while True:
        read, start = 0, after
        rows = found.filter(student_item__student_id__gt=after)[:size].iterator(chunk_size=200)
        for learner, group in groupby(rows, itemgetter(0)):
            theirs = sorted(group)
            read += len(theirs)
            if read < size:  # else the page may have ended in the middle of this one
                yield learner, [row[3:] for row in theirs]
                after = learner
        if read < size:
            return
        size = page if after > start else 2 * size  # where one learner has more than a page, the next one is larger
