"""Sample learners with believable rounds and runs, made through the blocks themselves and the same each time."""

import random
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from submissions.models import StudentItem
from workbench.models import XBlockState

from migrempower_xblock.competences.answers import Answer, AnswerSheet
from migrempower_xblock.merging import stamp_of
from migrempower_xblock.training.activity import Activity
from migrempower_xblock.training.arranging import Ordering
from migrempower_xblock.training.choosing import TrueFalse
from migrempower_xblock.training.dialogue import Dialogue
from migrempower_xblock.training.runs import Change, RunSheet
from migrempower_xblock.training.taking_part import Checklist, Reflection

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
# The modules each has been through, and how many days ago; some share of the answers is right at first.
TRAINING = {
    "amira": {"working-life": 20}, "yusuf": {"my-skills": 30, "equal-treatment": 21},
    "lucia": {"my-skills": 33, "equal-treatment": 25, "working-life": 14},
    "grace": {"my-skills": 35, "equal-treatment": 28, "working-life": 16}, "ines": {"my-skills": 12},
    "tomas": {"equal-treatment": 18}, "daniel": {"my-skills": "under way"},
}


def seed():
    """Make the sample learners' rounds and runs if there are none yet."""
    course.load()
    if Grade.objects.exists():
        return
    now = timezone.now()
    with transaction.atomic():
        for learner in LEARNERS:
            if learner.key in STORIES:
                _tell(learner, now)
            for slug, days in TRAINING.get(learner.key, {}).items():
                _train(learner, slug, days, now)


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


def _train(learner, slug, days, now):
    rng = random.Random(f"{learner.key} {slug}")
    block = HostRuntime(learner).get_block(course.BY_SLUG[slug].usage_id)
    module = block.load_document()
    steps = module.steps if days != "under way" else module.steps[:9]
    when = now - timedelta(days=2 if days == "under way" else days, minutes=rng.randrange(600))
    sheet = RunSheet(1)
    for number, step in enumerate(steps):
        stamp = stamp_of(when) - 45_000 * (len(steps) - number)
        sheet = sheet.merged({step.id: Change(stamp, _reply(learner, step, rng), 1)}, module, block.rules)
    if days == "under way":
        block.keep_sheet(sheet)
        block.emit_completion(block.completion_of(sheet, module))
    else:
        block.add_record(module, sheet, when, block.history())
        block.publish_grade()
    block.save()


def _reply(learner, step, rng):
    """Return what a sample learner leaves at a step: mostly the key, sometimes a mixture."""
    if not isinstance(step, Activity):
        return True
    key = step.key()
    if isinstance(step, Reflection):
        return rng.choice(EVIDENCE[learner.language])
    if isinstance(step, Checklist):
        return [item.id for item in step.items if rng.random() < 0.4]
    if isinstance(step, Dialogue):
        path, scene = [], step.scenes[0]
        while scene.replies:
            path.append(rng.choice(scene.replies).id if rng.random() < 0.4 else max(
                scene.replies, key=lambda reply: reply.points).id)
            scene = step.walk(path)[1]
        return path
    if rng.random() < 0.65:
        return key
    if isinstance(key, dict):
        return dict(zip(key, rng.sample(list(key.values()), len(key)), strict=True))
    if isinstance(step, Ordering):
        return rng.sample(key, len(key))
    return [rng.choice(["true", "false"] if isinstance(step, TrueFalse) else [option.id for option in step.options])]
