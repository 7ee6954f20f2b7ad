"""Sample learners with believable rounds, runs and choices, made through the blocks themselves and the same each time.

The named ones have stories of their own; those of the cohort are drawn. What trainers recorded about two of the named
ones stands at the end.
"""

import json
import random
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from submissions.models import StudentItem, Submission
from workbench.models import XBlockState
from xblock.field_data import DictFieldData
from xblock.fields import Scope

from migrempower_xblock import platform, records, stores
from migrempower_xblock.competences.answers import Answer
from migrempower_xblock.competences.views import read_view
from migrempower_xblock.merging import stamp_of
from migrempower_xblock.training.activity import Activity
from migrempower_xblock.training.arranging import Ordering
from migrempower_xblock.training.choosing import TrueFalse
from migrempower_xblock.training.dialogue import Dialogue
from migrempower_xblock.training.runs import Change
from migrempower_xblock.training.taking_part import Checklist, Reflection

from . import course
from .models import Grade
from .people import BY_KEY, COHORT, LEARNERS
from .runtime import COURSE_ID, HostRuntime

EVIDENCE = {
    "en": ["Last week, with my neighbour.", "In my job at the bakery.", "I did this when I rented my flat."],
    "es": ["La semana pasada, con mi vecina.", "En mi trabajo en la panadería.", "Lo hice al alquilar mi piso."],
    "ar": ["الأسبوع الماضي مع جارتي.", "في عملي في المخبز.", "عندما استأجرت شقتي."],
}
AREAS = 8


@dataclass(frozen=True)
class Deed:
    """What a learner did at one unit: handed in ``days`` ago, or left under way then with a ``part`` of it done.

    Of an evaluation: ``growth`` since the start, the share of ``skips``. Of a module: the share of ``right`` replies.
    """

    days: int
    part: float | None = None
    growth: float = 0
    skips: float = 0.06
    right: float = 0.65


@dataclass(frozen=True)
class Story:
    """What a learner can do in each area (0 to 1), their deeds by unit, and the units at which they chose to share, or
    not to any more.
    """

    abilities: list[float]
    deeds: dict[str, list[Deed]]
    shared: dict[str, bool]


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
EVALUATIONS = {"start": 0, "end": 0.25, "looking-back": -0.08}  # how much more they can do than at the start
MODULES = ("my-skills", "equal-treatment", "working-life")
UNITS = (*EVALUATIONS, *MODULES)
SHARING = {"amira": UNITS, "lucia": UNITS, "grace": UNITS, "ines": UNITS, "yusuf": ("start",), "samuel": ("start",)}

# What a learner of the cohort can do in each area, on average; how many have not started, and are under way.
ABILITIES = (0.25, 0.6, 0.45, 0.3, 0.4, 0.35, 0.55, 0.2)
NOT_STARTED, UNDER_WAY = 0.1, 0.15
# One in ten does not understand much of what is asked.
SKIPS = (0.05,) * 9 + (0.4,)


def seed(cohort=False):
    """Make the sample learners' rounds and runs, the cohort's too if wanted, where there are none yet."""
    course.load()
    now = timezone.now()
    known = set(Grade.objects.values_list("learner", flat=True))
    with transaction.atomic():
        if not any(learner.key in known for learner in LEARNERS):
            _tell([learner for learner in LEARNERS if learner.key in STORIES], _named_story, now)
            for session in SESSIONS:
                _counsel(session, now)
        if cohort and not any(learner.key in known for learner in COHORT):
            _tell(COHORT, _drawn_story, now)


def reset(cohort=False):
    """Delete everybody's state, records and grades, then seed again."""
    with transaction.atomic():
        StudentItem.objects.all().delete()
        Grade.objects.all().delete()
        XBlockState.objects.exclude(user_id=None).delete()
    seed(cohort)


def _named_story(learner, rng):
    abilities = [rng.uniform(0.1, 0.7) for _ in range(AREAS)]
    deeds = {slug: [Deed(3, 0.4) if days == "under way" else Deed(days, growth=EVALUATIONS[slug])]
             for slug, days in zip(EVALUATIONS, STORIES[learner.key], strict=True) if days is not None}
    deeds |= {slug: [Deed(2, 0.4) if days == "under way" else Deed(days)]
              for slug, days in TRAINING.get(learner.key, {}).items()}
    return Story(abilities, deeds, dict.fromkeys(SHARING.get(learner.key, ()), True))


def _drawn_story(_learner, rng):
    abilities = [ability + rng.gauss(0, 0.18) for ability in ABILITIES]
    fate = rng.random()
    if fate < NOT_STARTED:
        return Story(abilities, {}, {})
    skips = rng.choice(SKIPS)
    trust = rng.choice((0.95, 0.95, 0.95, 0.5, 0.15))  # how readily they share
    shared = {slug: rng.random() < trust for slug in UNITS if rng.random() < 0.95}
    if fate < NOT_STARTED + UNDER_WAY:
        days = rng.choice((1, 2, 4, 6, 9, 16, 19, 25, 33))
        return Story(abilities, {"start": [Deed(days, rng.choice((0.3, 0.5, 0.7, 0.9)), skips=skips)]}, shared)
    began, ended = rng.randrange(35, 60), rng.randrange(1, 14)
    deeds = {"start": [Deed(began, skips=skips)]}
    if rng.random() < 2 / 3:
        deeds["end"] = [Deed(ended, growth=rng.gauss(0.18, 0.12), skips=skips / 2)]
        if rng.random() < 1 / 2:
            deeds["looking-back"] = [Deed(ended - 1, growth=EVALUATIONS["looking-back"], skips=skips / 2)]
    chance = 0.25 * len(deeds)
    for slug in MODULES:
        if rng.random() < chance:
            deeds[slug] = _drawn_runs(rng, rng.randrange(ended + 6, began))
    return Story(abilities, deeds, shared)


def _drawn_runs(rng, days):
    """Return the runs of one module: mostly one; sometimes two, of which the second helped or did not."""
    first, second = Deed(days, right=rng.uniform(0.6, 0.95)), Deed(days - rng.randrange(2, 6), right=0.85)
    failed = Deed(days, right=0.15)
    return rng.choice((
        [first], [first], [first], [first], [first], [first], [failed, second],
        [failed, Deed(second.days, right=0.15)], [Deed(days, rng.uniform(0.2, 0.8), right=0.7)]))


class _Desk:
    """Fills blocks in for many learners, in memory, and puts what came of it into the database at once."""

    def __init__(self):
        self._blocks, self._items, self._submissions, self._states, self._grades = {}, [], [], [], []

    def block(self, slug, learner):
        """Return a unit's block as a learner finds it who has not begun; nothing of it is in the database."""
        if slug not in self._blocks:
            block = HostRuntime().get_block(course.BY_SLUG[slug].usage_id)
            fields = {name: getattr(block, name) for name, field in block.fields.items()
                      if field.scope in (Scope.content, Scope.settings)}
            self._blocks[slug] = block, fields, block.load_document()
        block, fields, document = self._blocks[slug]
        copy = block.runtime.construct_xblock_from_class(type(block), block.scope_ids, DictFieldData(dict(fields)))
        copy.course_id = COURSE_ID
        copy.person = platform.Person(learner.anonymous_id)
        copy.load_document = lambda: document
        copy.store = stores.RehearsalStore(copy.place)
        return copy

    def keep(self, learner, block, shared, when):
        """Keep what a block holds now of a learner, and their choice to share, made at ``when``; None for no choice."""
        usage_id, place, handed_in = block.scope_ids.usage_id, block.place, block.store.records
        self._append(place, place.kind, [(each.to_json(), each.number, each.handed_in) for each in handed_in])
        if shared is not None:
            choice = {"block": usage_id, "shared": shared, "stamp": stamp_of(when)}
            self._append(place, records.SHARING, [(choice, 1, when)])
        scenario, tag, _ = usage_id.split(".", 2)
        self._states.append(XBlockState(scope="usage", scope_id=usage_id, user_id=learner.anonymous_id,
                                        scenario=scenario, tag=tag, state=json.dumps({"progress": block.progress})))
        score = block.get_score()
        self._grades.append(Grade(
            learner=learner.key, block=usage_id, earned=score.raw_earned if handed_in else None,
            possible=score.raw_possible if handed_in else None,
            completion=max(block.completion_of(block.sheet, block.load_document()), block.progress.get("complete", 0))))

    def _append(self, place, kind, rows):
        if not rows:
            return
        item = StudentItem(**place._item(kind))
        self._items.append(item)
        self._submissions += [Submission(student_item=item, answer=answer, attempt_number=number, submitted_at=when)
                              for answer, number, when in rows]

    def write(self):
        """Put everything into the database."""
        for rows in (self._items, self._submissions, self._states, self._grades):
            type(rows[0])._default_manager.bulk_create(rows)


def _tell(learners, story_of, now):
    ids = [learner.anonymous_id for learner in learners]  # somebody may have been them already
    StudentItem.objects.filter(course_id=COURSE_ID, student_id__in=ids).delete()
    XBlockState.objects.filter(scope="usage", user_id__in=ids).delete()
    desk = _Desk()
    for learner in learners:
        rng = random.Random(learner.key)
        story = story_of(learner, rng)
        for slug, deeds in story.deeds.items():
            block = desk.block(slug, learner)
            if slug in MODULES:
                rng = random.Random(f"{learner.key} {slug}")
            for number, deed in enumerate(deeds, 1):
                when = _do(block, number, deed, learner, story, rng, now)
            desk.keep(learner, block, story.shared.get(slug), when)
    desk.write()


def _do(block, number, deed, learner, story, rng, now):
    """Do a deed at a block, as its round or run ``number``; return when it was."""
    document = block.load_document()
    if block.record_kind == records.ROUNDS:
        part = rng.choice((1, 1, 1, 0.9)) if deed.part is None else deed.part
        when = now - timedelta(deed.days, minutes=rng.randrange(600))
        changes = _answers(document, deed, learner, story, rng, part, when)
    else:
        when = now - timedelta(deed.days, minutes=rng.randrange(600))
        changes = _replies(document, deed, learner, rng, when)
    sheet = block.merge(block.left_of(block.sheet, number), changes, document)
    if deed.part is None:
        block.add_record(document, sheet, when, block.history())
    else:
        block.keep_sheet(sheet)
    return when


def _answers(framework, deed, learner, story, rng, part, when):
    answers = {}
    placed = list(framework.placed_statements())
    for number, (area, _, statement) in enumerate(placed[:round(len(placed) * part)]):
        stamp = stamp_of(when) - 12_000 * (len(placed) - number)
        if rng.random() < deed.skips:
            answers[statement.id] = Answer(stamp, skip=rng.choice(("unclear", "unclear", "private")))
            continue
        place = min(1, max(0, story.abilities[area] + deed.growth + rng.gauss(0, 0.18)))
        evidence = rng.choice(EVIDENCE[learner.language]) if place > 0.5 and rng.random() < 0.25 else ""
        answers[statement.id] = Answer(stamp, level=framework.scale.nearest(place).value, evidence=evidence)
    return answers


def _replies(module, deed, learner, rng, when):
    steps = module.steps if deed.part is None else module.steps[:round(len(module.steps) * deed.part)]
    return {step.id: Change(stamp_of(when) - 45_000 * (len(steps) - number), _reply(learner, step, rng, deed.right), 1)
            for number, step in enumerate(steps)}


def _reply(learner, step, rng, right):
    """Return what a sample learner leaves at a step: the key with a probability of ``right``, else a mixture."""
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
            path.append(rng.choice(scene.replies).id if rng.random() > right else max(
                scene.replies, key=lambda reply: reply.points).id)
            scene = step.walk(path)[1]
        return path
    if rng.random() < right:
        return key
    if isinstance(key, dict):
        return dict(zip(key, rng.sample(list(key.values()), len(key)), strict=True))
    if isinstance(step, Ordering):
        return rng.sample(key, len(key))
    return [rng.choice(["true", "false"] if isinstance(step, TrueFalse) else [option.id for option in step.options])]


@dataclass(frozen=True)
class Session:
    """What a trainer recorded at an evaluation, ``days`` ago, when the two sat down together; ``steps`` are (what, in
    how many days).
    """

    learner: str
    trainer: str
    slug: str
    days: int
    levels: dict[str, int]
    notes: dict[str, dict[str, str]]
    steps: tuple[tuple[str, int], ...]
    comment: str
    reply: str = ""


SESSIONS = (
    Session(
        "amira", "trainer", "start", 32,
        {"conversation": 2, "strengths": 3, "job-search": 1, "online-forms": 1, "equal-treatment": 1},
        {"conversation": {
            "situation": "At the pharmacy, with a long queue behind her.",
            "task": "She had to ask how often to take a medicine.",
            "action": "She asked, repeated the answer in her own words and asked again about the evening.",
            "result": "The pharmacist wrote it down for her. She took it the right way."}},
        (("Take the module about working life", 12), ("Ask Samira at the library about the evening course", 20)),
        "You listen well and you ask until you understand. That is a strength at any place of work. We look for work "
        "offers together next time."),
    Session(
        "amira", "colleague", "end", 3,
        {"conversation": 3, "online-forms": 2, "email": 2, "declared-work": 1, "interview": 2},
        {"interview": {
            "situation": "A trial interview with two of us, for a job in a hotel kitchen.",
            "action": "She told in three sentences what she did in her last job and gave an example.",
            "result": "We would have invited her."}},
        (("Send the application to the hotel; I read it before", 4), ("Bring the contract before you sign it", 18)),
        "أحسنتِ. تقدّمكِ واضح في المحادثة والنماذج على الإنترنت. اتّصلي بي قبل أن توقّعي أي عقد."),
    Session(
        "lucia", "colleague", "start", 29,
        {"applying": 2, "job-goal": 2, "public-offices": 1, "signing": 1, "passwords": 2},
        {"signing": {
            "situation": "Le ofrecieron un contrato de alquiler de ocho páginas.",
            "action": "Pidió llevárselo a casa y lo leyó con una amiga.",
            "result": "Encontró un pago que no habían hablado. Lo quitaron."}},
        (("Hacer el módulo sobre igualdad de trato", 10), ("Pedir cita en la oficina de empleo", 14)),
        "Lees con calma antes de firmar: muy bien hecho. En la próxima cita preparamos la visita a la oficina de "
        "empleo."),
    Session(
        "lucia", "trainer", "end", 2,
        {"applying": 3, "interview": 2, "equal-treatment": 1, "public-offices": 2, "reading-letters": 2},
        {"public-offices": {
            "situation": "Appointment at the employment office, alone.",
            "task": "She wanted to know which course she can join.",
            "action": "She brought her papers in order and asked for the answer in writing.",
            "result": "She has a place in the course from next month."}},
        (("Read the letter of the course together", 5), ("Show two others how to write to an employer", 21)),
        "Your application is clear and friendly. You rate yourself carefully in equal treatment: I think you know "
        "more than you say. Let us talk about it.",
        "Gracias. La próxima vez traigo la carta. Sobre la igualdad de trato quiero practicar más."),
)


def _counsel(session, now):
    block = HostRuntime(BY_KEY[session.learner]).get_block(course.BY_SLUG[session.slug].usage_id)
    when = now - timedelta(session.days)
    name = f"session-{session.learner}-{session.slug}"
    view = read_view({
        "session": name, "levels": session.levels, "notes": session.notes, "comment": session.comment,
        "steps": [{"text": text, "by": (when + timedelta(days)).date().isoformat()} for text, days in session.steps],
    }, block.load_document(), BY_KEY[session.trainer].anonymous_id, block.place.block)
    records.add_view(block.place, view, when)
    if session.reply:
        answered = when + timedelta(hours=20)
        records.set_reply(block.place, name, session.reply, stamp_of(answered), answered)
