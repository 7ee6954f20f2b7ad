"""Everything a version saves, made by people who do what can be done at the blocks of ``blocks.xml``, always at the
same moments: so it comes out the same each time.
"""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lxml import etree
from submissions.models import StudentItem, Submission
from webob import Request
from xblock.core import XBlock
from xblock.fields import Scope, ScopeIds, UserScope
from xblock.runtime import DictKeyValueStore, KvsFieldData, Runtime

from host.people import BY_KEY
from host.runtime import COURSE_ID, HostPermissions, HostUserService
from migrempower_xblock.merging import stamp_of
from migrempower_xblock.models import ReportJob

VERSION = "1.0.0"
FOLDER = Path(__file__).resolve().parent
BEGAN = datetime(2026, 11, 24, 9, tzinfo=UTC)
RECORDED = {"migrempower_self_evaluation": "round", "migrempower_training_module": "run"}
WRONG = {"choice": ["no"], "several": ["yes"], "true-false": ["true"], "pictures": ["bag"],
         "matching": {"cup": "knife", "knife": "cup"}, "ordering": ["wait", "pour", "boil"],
         "gaps": {"drink": "coffee", "milk": "decoy-0"}, "dialogue": ["away"], "reflection": "They wait.",
         "checklist": ["ask"]}
RIGHT = {"choice": ["thanks"], "several": ["again", "slowly"], "true-false": ["false"], "pictures": ["cup"],
         "matching": {"cup": "cup", "knife": "knife"}, "ordering": ["boil", "pour", "wait"],
         "gaps": {"drink": "tea", "milk": "right"}, "dialogue": ["please"],
         "reflection": "They ask three times.\nThen they bring it.", "checklist": ["ask", "offer"]}
SEEN = ("read", "watch", "country")


class Site:
    """A host that keeps a course's blocks and people's states in memory. ``now`` is its clock; ``order`` are the usage
    ids as the course reads.
    """

    def __init__(self):
        self.fields, self.order, self.now = DictKeyValueStore(), [], BEGAN

    def add(self, usage_id, olx):
        """Read a block from OLX."""
        node = etree.fromstring(olx)
        runtime = SiteRuntime(self)
        block = XBlock.load_class(node.tag).parse_xml(node, runtime, ScopeIds(None, node.tag, usage_id, usage_id))
        block.save()
        self.order.append(usage_id)

    def open(self, usage_id, person):
        """Return a block as a request of a person has it, by usage id or its last word."""
        found = next(each for each in self.order if each == usage_id or each.endswith(f"@{usage_id}"))
        return SiteRuntime(self, BY_KEY[person]).get_block(found)

    def call(self, usage_id, person, handler, **body):
        """Do what a person asks of a block, a minute later, and return the reply. Raises ``ValueError`` where it is
        refused.
        """
        self.now += timedelta(minutes=1)
        block = self.open(usage_id, person)
        request = Request.blank("/", method="POST", body=json.dumps(body).encode(), content_type="application/json")
        reply = block.runtime.handle(block, handler, request)
        if reply.status_int != 200:
            raise ValueError(f"{usage_id} {handler}: {reply.status} {reply.text}")
        return reply.json

    @property
    def stamp(self):
        """The moment as a stamp."""
        return stamp_of(self.now)

    def states(self):
        """Return what is kept of people in fields: {"person", "block", "fields"} of each; "" for all blocks."""
        found = {}
        for key, value in self.fields.db_dict.items():
            if key.scope.user != UserScope.NONE:
                place = (key.user_id, "" if key.scope == Scope.user_info else key.block_scope_id)
                found.setdefault(place, {})[key.field_name] = value
        return [{"person": person, "block": block, "fields": fields}
                for (person, block), fields in sorted(found.items())]

    def keep(self, state):
        """Keep one of ``states``."""
        key = next(person.key for person in BY_KEY.values() if person.anonymous_id == state["person"])
        for usage_id in self.order:
            block = self.open(usage_id, key)
            for name, value in state["fields"].items():
                if state["block"] == usage_id or (not state["block"] and name in block.fields):
                    setattr(block, name, value)
            block.save()


class SiteRuntime(Runtime):
    """The runtime of one person's request; what ``platform`` asks a host is answered."""

    is_host = True

    def __init__(self, site, person=None):
        services = {"field-data": KvsFieldData(site.fields)}
        if person:
            services["user"] = HostUserService(person, person.language)
        if person and person.role == "author":
            services["studio_user_permissions"] = HostPermissions()
        super().__init__(id_reader=None, id_generator=None, services=services)
        self.site, self.key = site, person and person.anonymous_id

    def get_block(self, usage_id, for_parent=None):
        """Return a block."""
        block_type = re.search(r"type@(\w+)", usage_id)[1]
        block = self.construct_xblock(block_type, ScopeIds(self.key, block_type, usage_id, usage_id))
        block.course_id, block.now = COURSE_ID, lambda: self.site.now
        return block

    def blocks_of_type(self, block_type):
        """Return the blocks of a type with addresses of their pages."""
        return [(self.get_block(each), f"/unit/{each}") for each in self.site.order if f"type@{block_type}+" in each]

    def latest_state(self, block, name):
        """Return a field as it is kept now."""
        return getattr(self.get_block(block.scope_ids.usage_id), name)

    def has_begun(self, block):
        """Return whether anybody has a state at a block."""
        return any(state["block"] == block.scope_ids.usage_id for state in self.site.states())

    def handler_url(self, block, handler_name, suffix="", query="", thirdparty=False):
        """Return an address."""
        return f"/handler/{block.scope_ids.usage_id}/{handler_name}/{suffix}"

    def local_resource_url(self, block, uri):
        """Return an address."""
        return f"/static/{uri}"

    def resource_url(self, resource):
        """Return an address."""
        return f"/static/{resource}"

    def publish(self, block, event_type, event_data):
        """Tell nobody."""


# -- what people do ----------------------------------------------------------------------------------------------------

def _sources():
    course = etree.parse(str(FOLDER / "blocks.xml"), etree.XMLParser(remove_comments=True)).getroot()
    return {f"block-v1:MigrEmpower+Saved+2026+type@{node.tag}+block@{node.get('url_name')}":
            etree.tostring(node, encoding="unicode", with_tail=False) for node in course}


def replies(block, given, stamp, check=0):
    """Return what a browser sends of ``{activity id: reply in the author's ids}`` and of the steps that were seen."""
    module, veil = block.load_document(), block.veil
    sent = {step: {"stamp": stamp, "reply": module.activities[step].show_reply(reply, veil),
                   **({"check": check} if check and not module.activities[step].takes_part
                      and module.activities[step].form != "dialogue" else {})} for step, reply in given.items()}
    return sent | {step: {"stamp": stamp, "reply": True} for step in SEEN if step in module.by_id}


def evaluate(site):
    """Rounds at the start, at the end and looking back; handed in, under way, shared or not, deleted."""
    call = site.call
    call("start", "amira", "choose_languages", own="ar", beside="en")
    call("start", "amira", "save_answers", round=1, answers={
        "making-1": {"stamp": site.stamp, "level": 3, "evidence": "In my kitchen, \"twice\" <b>."},
        "making-2": {"stamp": site.stamp, "skip": "private"}})
    call("start", "amira", "hand_in", round=1, answers={"talking-1": {"stamp": site.stamp, "level": 0}})
    call("start", "amira", "share", shared=True, stamp=site.stamp)
    call("end", "amira", "hand_in", round=1, answers={"making-1": {"stamp": site.stamp, "level": 3},
                                                      "making-3": {"stamp": site.stamp, "level": 2}})
    call("end", "amira", "share", shared=True, stamp=site.stamp)
    call("end", "amira", "start_again")
    call("end", "amira", "save_answers", round=2, answers={"making-3": {"stamp": site.stamp, "level": 1}})
    call("start", "lucia", "save_answers", round=1, answers={
        "making-1": {"stamp": site.stamp, "level": 1, "evidence": "Con mi vecina."},
        "talking-1": {"stamp": site.stamp, "skip": "unclear"}, "making-2": {"stamp": site.stamp, "evidence": "?"}})
    call("start", "lucia", "share", shared=True, stamp=site.stamp)
    call("start", "lucia", "share", shared=False, stamp=site.stamp)
    for person in ("grace", "omar"):
        call("start", person, "hand_in", round=1, answers={"making-1": {"stamp": site.stamp, "level": 1}})
    call("start", "omar", "delete_data")


def train(site):
    """Runs: handed in, under way with tries, marked at the end, deleted."""
    call = site.call
    call("module", "amira", "choose_country", country="ES")
    call("module", "amira", "save_answers", run=1, answers=replies(site.open("module", "amira"), WRONG, site.stamp, 1))
    call("module", "amira", "hand_in", run=1, answers=replies(site.open("module", "amira"), RIGHT, site.stamp, 2))
    call("module", "amira", "share", shared=True, stamp=site.stamp)
    call("module", "amira", "start_again")
    call("module", "amira", "save_answers", run=2, answers=replies(
        site.open("module", "amira"), {"choice": ["thanks"], "checklist": ["offer"]}, site.stamp, 1))
    call("module", "lucia", "choose_country", country="")
    call("module", "lucia", "save_answers", run=1, answers=replies(site.open("module", "lucia"), WRONG, site.stamp, 1))
    call("at-end", "lucia", "save_answers", run=1, answers=replies(
        site.open("at-end", "lucia"), {"true-false": ["true"]}, site.stamp))
    call("module", "omar", "hand_in", run=1, answers=replies(site.open("module", "omar"), RIGHT, site.stamp, 1))
    call("module", "omar", "delete_data")


SESSION = "0123456789abcdef"
VIEW = {"levels": {"making": 1}, "notes": {"making": {"situation": "A break", "action": "She made tea for ten."}},
        "steps": [{"text": "Offer tea to a neighbour", "by": "2026-12-24"}, {"text": "Ask", "by": ""}],
        "comment": "Well done."}


def counsel(site):
    """A trainer's view and the learner's reply, the passport, the tasks of every kind of file."""
    call, learner = site.call, BY_KEY["amira"].anonymous_id
    start = next(each for each in site.order if each.endswith("@start"))
    call("report", "trainer", "save_view", learner=learner, block=start, session=SESSION, **VIEW)
    call("passport", "amira", "answer_view", session=SESSION, text="Thank you.", stamp=site.stamp)
    call("passport", "amira", "save_answers", number=1, answers={
        "step:one": {"stamp": site.stamp, "will": "Buy cups", "on": "2026-12-01", "with": "Noor",
                     "competence": "making"},
        "step:two": {"stamp": site.stamp, "will": "Gone again", "gone": True},
        "experience:own/a": {"stamp": site.stamp, "where": "Café Luna", "when": "2024", "did": "Tea for guests",
                             "outcome": "They came again."},
        "experience:tea/making-1": {"stamp": site.stamp, "did": "At home", "private": True},
        f"agreed:{SESSION}/0": {"stamp": site.stamp, "done": True},
        "choices": {"stamp": site.stamp, "name": "Amira", "host": "de", "own": "ar", "without_plan": True}})
    passport = next(each for each in site.order if each.endswith("@passport"))
    call("passport", "amira", "share_block", block=passport, shared=True, stamp=site.stamp)
    for kind in ("learners", "answers", "activities", "figures"):
        call("report", "trainer", "start_report", kind=kind, format="csv", named=kind == "learners")


# -- what is saved -----------------------------------------------------------------------------------------------------

def arguments(fragment):
    """Return the JSON a page's script is given."""
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', fragment.content, re.DOTALL)[1])


def on_devices(site):
    """Return what browsers keep until it has been sent, as the scripts write it: {key: value}."""
    def uid(slug):
        return arguments(site.open(slug, "lucia").student_view())["uid"]

    stamp, reply = site.stamp, replies(site.open("module", "lucia"), {"gaps": RIGHT["gaps"]}, site.stamp, 2)["gaps"]
    report = arguments(site.open("report", "trainer").student_view())["draft"]
    studio = arguments(site.open("start", "author").studio_view())
    return {
        f"migrempower:{uid('start')}:1:making-2": {"stamp": stamp, "level": 3, "evidence": "?"},
        f"migrempower:{uid('module')}:1:gaps": reply,
        f"migrempower:{uid('passport')}:1:step:three": {"stamp": stamp, "will": "Ask", "on": "", "with": ""},
        f"migrempower-reply:{uid('passport')}{SESSION}": "See you.",
        f"{report}:{BY_KEY['amira'].anonymous_id}": {**VIEW, "session": "fedcba9876543210"},
        f"migrempower-studio:{studio['draft']}:k2j4h5": {
            **{name: studio["state"][name] for name in ("document", "settings", "revision")}, "when": stamp},
    }


def files(site):
    """Return the files the form in Studio gives of the blocks' own documents: {name: text}."""
    found = {}
    for slug in ("start", "module"):
        document = site.open(slug, "author").load_document().to_data()
        for kind in ("csv", "json", "xml"):
            file = site.call(slug, "author", "studio_write_file", document=document, kind=kind)
            found[file["name"]] = base64.b64decode(file["content"]).decode("utf-8")
    return found


def _olx(block):
    node = etree.Element("block")
    block.add_xml_to_node(node)
    return etree.tostring(node, method="c14n").decode()


def rows():
    """Return what the blocks keep for good, in edx-submissions."""
    found = Submission.objects.select_related("student_item").filter(student_item__course_id=COURSE_ID).order_by(
        "student_item__student_id", "student_item__item_type", "student_item__item_id", "attempt_number")
    return [{"student_id": row.student_item.student_id, "item_id": row.student_item.item_id,
             "item_type": row.student_item.item_type, "attempt_number": row.attempt_number,
             "submitted_at": row.submitted_at.isoformat(), "answer": row.answer} for row in found]


def keep_row(row):
    """Keep one of ``rows``."""
    item, _ = StudentItem.objects.get_or_create(course_id=COURSE_ID, **{
        name: row[name] for name in ("student_id", "item_id", "item_type")})
    Submission.objects.create(student_item=item, attempt_number=row["attempt_number"], answer=row["answer"],
                              submitted_at=datetime.fromisoformat(row["submitted_at"]))


def made():
    """Return all that this version saves, as plain data. Wants a database without rows of the sample course."""
    site, sources = Site(), _sources()
    *own, shipped = sources
    for usage_id in own:
        site.add(usage_id, sources[usage_id])
    for deeds in (evaluate, train, counsel):
        deeds(site)
    site.add(shipped, sources[shipped])
    site.call(shipped, "amira", "save_answers", round=1, answers={
        "everyday-office-1": {"stamp": site.stamp, "level": 2}})
    saved = {
        "version": VERSION,
        "blocks": {usage_id: _olx(site.open(usage_id, "author")) for usage_id in site.order},
        "states": site.states(),
        "rows": rows(),
        "jobs": [{"kind": job.kind, "task": json.loads(job.task)} for job in ReportJob.objects.order_by("kind")],
        "devices": on_devices(site),
        "files": files(site),
    }
    return json.loads(json.dumps(saved))


def text(saved):
    """Return the file's text: a line for each thing."""
    def line(value):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

    def lines(value):
        if isinstance(value, dict):
            return "{\n" + ",\n".join(f"{line(name)}:{line(each)}" for name, each in value.items()) + "\n}"
        return "[\n" + ",\n".join(map(line, value)) + "\n]" if isinstance(value, list) else line(value)

    return "{\n" + ",\n".join(f"{line(name)}: {lines(value)}" for name, value in saved.items()) + "\n}\n"
