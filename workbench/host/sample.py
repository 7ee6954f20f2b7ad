"""Sample learners with believable rounds, made through the blocks themselves and the same each time."""

import random
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from submissions.models import StudentItem
from workbench.models import XBlockState

from migrempower_xblock.competences.answers import Answer, AnswerSheet
from migrempower_xblock.merging import stamp_of

from . import course
from .models import Grade
from .people import LEARNERS
from .runtime import HostRuntime

EVIDENCE = {
    "en": ["Last week, with my neighbour.", "In my job at the bakery.", "I did this when I rented my flat."],
    "es": ["La semana pasada, con mi vecina.", "En mi trabajo en la panadería.", "Lo hice al alquilar mi piso."],
    "ar": ["الأسبوع الماضي مع جارتي.", "في عملي في المخبز.", "عندما استأجرت شقتي."],
}
# How far each learner has come: days ago of the rounds at start, end and looking back; None is not yet.
STORIES = {
    "amira": (45, 6, 5), "yusuf": (44, 8, None), "lucia": (45, 5, 5), "mateo": (43, None, None),
    "grace": (45, 7, 6), "samuel": (40, 9, None), "layla": (38, None, None), "omar": ("under way", None, None),
    "ines": (45, 4, 4), "daniel": (30, None, None), "noor": ("under way", None, None), "tomas": (42, 6, None),
}


def seed():
    """Make the sample learners' rounds if there are none yet."""
    course.load()
    if Grade.objects.exists():
        return
    now = timezone.now()
    with transaction.atomic():
        for learner in LEARNERS:
            if learner.key in STORIES:
                _tell(learner, now)


def reset():
    """Delete every learner's state, records and grades, then seed again."""
    with transaction.atomic():
        StudentItem.objects.all().delete()
        Grade.objects.all().delete()
        XBlockState.objects.exclude(user_id=None).delete()
    seed()


def _tell(learner, now):
    rng = random.Random(learner.key)
    level = {area: rng.uniform(0.1, 0.7) for area in range(8)}
    rounds = zip(("start", "end", "looking-back"), STORIES[learner.key], (0, 0.25, -0.08), strict=True)
    for slug, days, growth in rounds:
        if days is None:
            continue
        block = HostRuntime(learner).get_block(course.BY_SLUG[slug].usage_id)
        framework = block.load_document()
        share_answered = 0.4 if days == "under way" else rng.choice((1, 1, 1, 0.9))
        when = now - timedelta(days=3 if days == "under way" else days, minutes=rng.randrange(600))
        sheet = AnswerSheet(1, _answers(learner, framework, rng, level, growth, share_answered, when))
        if days == "under way":
            block.keep_sheet(sheet)
            block.emit_completion(sheet.completion(framework))
        else:
            block.add_record(framework, sheet, when, block.history())
            block.publish_grade()
        block.save()


def _answers(learner, framework, rng, level, growth, share_answered, when):
    answers = {}
    placed = list(framework.placed_statements())
    for number, (area, _, statement) in enumerate(placed[:round(len(placed) * share_answered)]):
        stamp = stamp_of(when) - 12_000 * (len(placed) - number)
        if rng.random() < 0.06:
            answers[statement.id] = Answer(stamp, skip=rng.choice(("unclear", "unclear", "private")))
            continue
        place = min(1, max(0, level[area] + growth + rng.gauss(0, 0.18)))
        evidence = rng.choice(EVIDENCE[learner.language]) if place > 0.5 and rng.random() < 0.25 else ""
        answers[statement.id] = Answer(stamp, level=framework.scale.nearest(place).value, evidence=evidence)
    return answers
