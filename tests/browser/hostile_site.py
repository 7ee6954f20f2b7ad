"""A workbench whose people wrote nothing but payloads: its directory, and what they did there."""

import json
from dataclasses import replace

from webob import Request

from host import course
from host.directory import SampleDirectory
from host.people import EVERYBODY
from host.runtime import HostRuntime
from migrempower_xblock.merging import stamp_of
from migrempower_xblock.olx import FRAMEWORK_OLX, MODULE_OLX
from tests.payloads import ALL, filled, packed, shown
from tests.test_docs import FRAMEWORK_PART, MODULE_PART, examples

FRAMEWORKS, MODULE, PASSPORT, REPORT = ("start", "end"), "my-skills", "passport", "cohort-report"
BROKEN = {"with-mistakes": FRAMEWORK_OLX, "module-with-mistakes": MODULE_OLX}
LEARNER, TRAINER, AUTHOR = "new", "trainer", "author"


class Directory(SampleDirectory):
    """As many learners as there are payloads, and groups; they are called what nobody is."""

    def __init__(self, course):
        super().__init__(course)
        some = len(self._enrolled) - len(ALL)
        self._enrolled = [person for number, person in enumerate(self._enrolled)
                          if number >= some or person.key == LEARNER]

    def _named(self, learners):
        return [learner and replace(learner, name=shown(ALL[number % len(ALL)])) for number, learner in enumerate(
            learners)]

    def page(self, after="", size=200, group=""):
        return self._named(super().page(after, size, group))

    def find(self, learner):
        return self._named([super().find(learner)])[0]

    def names(self, ids):
        return {learner: (username, shown(ALL[number % len(ALL)]))
                for number, (learner, (username, _)) in enumerate(super().names(ids).items())}

    def groups(self):
        return [(group, shown(ALL[number])) for number, (group, _) in enumerate(super().groups())]


def opened(unit, person):
    return HostRuntime(EVERYBODY[person]).get_block(course.BY_SLUG[unit].usage_id)


def ask(unit, person, handler, **body):
    block = opened(unit, person)
    request = Request.blank("/", method="POST", content_type="application/json", body=json.dumps(body).encode())
    reply = block.runtime.handle(block, handler, request)
    assert reply.status_int == 200, (unit, person, handler, reply.body[:2_000])
    return reply.json


def document(document_format, part):
    """Return the plain data of the documented example, which has all there can be, with payloads for texts."""
    from lxml import etree

    node = etree.fromstring(examples(part)[1]).find(document_format.tag)
    return filled(document_format.cls, document_format.from_element(node).to_data())


def with_mistakes(document_format):
    """Return OLX of a document as an import leaves it that has a mistake: nothing in it is cleaned."""
    from xml.sax.saxutils import escape, quoteattr

    text = "".join(map(escape, map(shown, ALL)))
    inside = {
        "framework": f"<area id='a' picture={quoteattr(shown(ALL[20]))}><title xml:lang='en'>{text}</title></area>",
        "module": f"<read id='r' checked='never'><title xml:lang='en'>{text}</title><text xml:lang='en'>{text}</text>"
                  "</read>"}[document_format.tag]
    return (f"<{document_format.tag} id='x' version={quoteattr(shown(ALL[1]))} languages='en'>"
            f"<title xml:lang='en'>{text}</title>{inside}</{document_format.tag}>")


def fill():
    """Let author, learner and trainer write."""
    course.load()
    titles = packed(200)
    for unit in FRAMEWORKS:
        data = document(FRAMEWORK_OLX, FRAMEWORK_PART) | {"version": "9"}
        ask(unit, AUTHOR, "studio_save", document=data, settings={"display_name": titles[0]},
            revision=opened(unit, AUTHOR)._revision())
    ask(MODULE, AUTHOR, "studio_save", document=document(MODULE_OLX, MODULE_PART), settings={
        "display_name": titles[1], "country": "ES"}, revision=opened(MODULE, AUTHOR)._revision())
    for unit in (PASSPORT, REPORT):
        ask(unit, AUTHOR, "submit_studio_edits", values={"display_name": titles[2]}, defaults=[])
    for unit, document_format in BROKEN.items():
        block = opened(unit, AUTHOR)
        block.document, block.problems = with_mistakes(document_format), [shown(each) for each in ALL[:30]]
        block.save()
    learn()
    counsel()


def learn():
    stamp = stamp_of(opened("start", LEARNER).now()) - 1_000
    notes, long = packed(200), packed(1_000)
    for unit in FRAMEWORKS:
        statements = list(opened(unit, LEARNER).load_document().statements)
        ask(unit, LEARNER, "hand_in", round=1, answers={
            each: {"stamp": stamp, "level": 1, "evidence": notes[number % len(notes)]}
            for number, each in enumerate(statements)})
        ask(unit, LEARNER, "share", shared=True, stamp=stamp)
    steps = {step["id"]: step for step in state(MODULE)["steps"]}
    answers = {"after-hello": {"stamp": stamp, "reply": long[0]}} if "after-hello" in steps else {}
    for step in steps.values():
        if step["form"] == "writing":
            answers[step["id"]] = {"stamp": stamp, "reply": long[0]}
        if step["form"] == "gaps":
            answers[step["id"]] = {"stamp": stamp, "check": 1, "reply": {
                piece["gap"]["name"]: piece["gap"]["choices"][0]["name"] if piece["gap"]["choices"] else shown(ALL[20])
                for piece in step["pieces"] if "gap" in piece}}
    ask(MODULE, LEARNER, "save_answers", run=1, answers=answers)
    ask(MODULE, LEARNER, "hand_in", run=1)
    ask(MODULE, LEARNER, "share", shared=True, stamp=stamp)
    entries = {"choices": {"stamp": stamp, "name": shown(ALL[19])}}
    for number, text in enumerate(packed(300)):
        entries[f"step:{number}"] = {"stamp": stamp, "will": text, "with": shown(ALL[number])[:100], "on": "2026-12-24"}
    for number, text in enumerate(packed(600)):
        entries[f"experience:own/{number}"] = {"stamp": stamp, "did": text, "outcome": text,
                                               "where": shown(ALL[number])[:100], "when": shown(ALL[-number])[:100]}
    ask(PASSPORT, LEARNER, "save_answers", number=1, answers=entries)
    ask(PASSPORT, LEARNER, "share_block", block=str(opened(PASSPORT, LEARNER).scope_ids.usage_id), shared=True,
        stamp=stamp)


def state(unit):
    block = opened(unit, LEARNER)
    return block.runtime.handle(block, "student_view_user_state", Request.blank("/")).json


def counsel():
    block, texts = opened("end", TRAINER), packed(1_000)
    competences = [each.id for each in block.load_document().competences]
    session = shown('"><img/src=x/onerror=hit()>')
    ask("end", TRAINER, "save_view", learner=EVERYBODY[LEARNER].anonymous_id, session=session,
        block=str(block.scope_ids.usage_id), comment=packed(1_900)[0], levels={competences[0]: 1},
        notes={competences[0]: dict(zip(("situation", "task", "action", "result"), texts * 4, strict=False))},
        steps=[{"text": text, "by": "2026-12-24"} for text in packed(300)[:5]])
    ask("end", LEARNER, "answer_view", session=session, text=packed(1_000)[-1],
        stamp=stamp_of(block.now()) - 1_000)
