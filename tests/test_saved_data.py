"""What every earlier version has saved opens in this one: ``tests/saved/`` holds a file of each, made by its own code.

``tests/saved/site.py`` says what stands in them. A file called after a version alone is of its last state; others are
of earlier ones, when only some of the blocks were there.
"""

import base64
import json
import re
from datetime import timedelta

import pytest
from lxml import etree
from submissions.models import StudentItem, Submission
from webob import Request
from xblock.fields import UserScope

from host.people import BY_KEY
from host.runtime import COURSE_ID
from migrempower_xblock import jobs, records
from migrempower_xblock.learner_page import uid
from migrempower_xblock.models import ReportJob
from migrempower_xblock.passport import PassportBlock
from migrempower_xblock.recorded import RecordedBlock
from migrempower_xblock.trainers.files import figures_of

from .saved import site as saved_site

pytestmark = pytest.mark.django_db
FILES = sorted(path.stem for path in saved_site.FOLDER.glob("*.json"))
KEY_OF = {person.anonymous_id: key for key, person in BY_KEY.items()}
AMIRA = BY_KEY["amira"].anonymous_id
MORE = {"report": "<migrempower_cohort_report display_name='For trainers'/>",
        "passport": "<migrempower_passport display_name='My way'/>"}


@pytest.fixture(autouse=True)
def kept_in(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


class Opened:
    """A site of this version with what an earlier one has saved."""

    def __init__(self, name):
        self.data = json.loads((saved_site.FOLDER / f"{name}.json").read_text("utf-8"))
        self.site = saved_site.Site()
        self.site.now += timedelta(days=2)
        for usage_id, olx in self.data["blocks"].items():
            self.site.add(usage_id, olx)
        for slug, olx in MORE.items():  # blocks that are new find what was there before them
            if not any(usage_id.endswith(f"@{slug}") for usage_id in self.data["blocks"]):
                block_type = olx[1:].split()[0]
                self.site.add(f"block-v1:MigrEmpower+Saved+2026+type@{block_type}+block@{slug}", olx)
        for state in self.data["states"]:
            self.site.keep(state)
        for row in self.data["rows"]:
            saved_site.keep_row(row)

    @property
    def people(self):
        return sorted({KEY_OF[each["person"]] for each in self.data["states"]})

    def states(self, name):
        """(usage id, person, what was kept) of a field."""
        return [(each["block"], KEY_OF[each["person"]], each["fields"][name]) for each in self.data["states"]
                if name in each["fields"]]

    def rows(self, *kinds):
        return [row for row in self.data["rows"] if row["item_type"] in kinds]

    def recorded(self, person):
        """The blocks that can be handed in, as a person has them."""
        blocks = [self.site.open(each, person) for each in self.site.order]
        return [block for block in blocks if isinstance(block, RecordedBlock)]


@pytest.fixture(params=FILES)
def opened(request):
    return Opened(request.param)


@pytest.fixture(params=[name for name in FILES if re.fullmatch(r"[0-9.]+", name)])
def whole(request):
    """The last state of a version, in which nothing is missing."""
    return Opened(request.param)


def words(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


# -- this version ------------------------------------------------------------------------------------------------------


def test_what_is_saved_today_is_what_the_file_of_this_version_says():
    """Where this fails, ``python tools/saved.py`` makes the file anew; of a version that is out it stays as it is."""
    made = saved_site.made()
    known = json.loads((saved_site.FOLDER / f"{saved_site.VERSION}.json").read_text("utf-8"))
    for name, value in made.items():
        assert value == known[name], name
    assert made.keys() == known.keys()


def test_each_kind_of_what_is_kept_is_in_the_file():
    known = Opened(saved_site.VERSION)
    assert {row["item_type"] for row in known.data["rows"]} == {
        records.ROUNDS, records.RUNS, records.SHARING, records.VIEWS, records.REPLIES}
    assert {name for state in known.data["states"] for name in state["fields"]} == {
        name for block in known.recorded("amira") + [known.site.open("passport", "amira")]
        for name, field in block.unmixed_class.fields.items() if getattr(field.scope, "user", None) == UserScope.ONE}
    assert {each["kind"] for each in known.data["jobs"]} == {"learners", "answers", "activities", "figures"}
    assert {key.split(":")[0].split("mige")[0] for key in known.data["devices"]} == {
        "migrempower", "migrempower-reply", "migrempower-view", "migrempower-studio"}


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_small(name):
    assert (saved_site.FOLDER / f"{name}.json").stat().st_size < 60_000


# -- blocks ------------------------------------------------------------------------------------------------------------


def test_every_block_opens_without_a_problem_and_goes_out_as_it_came(opened):
    for usage_id, olx in opened.data["blocks"].items():
        block = opened.site.open(usage_id, "author")
        if not isinstance(block, RecordedBlock):
            continue
        assert block.problems == []
        assert [each.text for each in block.validate().messages if each.type == "error"] == []
        node = etree.Element("block")
        block.add_xml_to_node(node)
        again = saved_site.Site()
        again.add(usage_id, etree.tostring(node, encoding="unicode"))
        copy = again.open(usage_id, "author")
        assert copy.load_document() == block.load_document()
        for name, text in etree.fromstring(olx).attrib.items():
            if name in block.fields:
                assert str(getattr(copy, name)) == text


def test_every_view_opens(opened):
    for usage_id in opened.site.order:
        for person in (*opened.people, "trainer", "visitor"):
            assert opened.site.open(usage_id, person).render("student_view").content
        for view in ("author_view", "studio_view"):
            assert opened.site.open(usage_id, "author").render(view).content


# -- what learners have ------------------------------------------------------------------------------------------------


def test_what_was_under_way_is_still_there(opened):
    for usage_id, person, progress in opened.states("progress"):
        block = opened.site.open(usage_id, person)
        if isinstance(block, PassportBlock):
            kept, number = block.portfolio.to_json(), "number"
        else:
            kept, number = block.sheet.to_json(), block.count_name
        for name in ("answers", "entries", "tries"):
            assert kept.get(name) == progress.get(name)
        assert kept[number] == progress[number]


def test_a_page_shows_what_was_under_way_or_handed_in(opened):
    for usage_id, person, progress in opened.states("progress"):
        html = opened.site.open(usage_id, person).student_view().content
        for entry in progress.get("answers", progress.get("entries")).values():
            for text in (entry.get("evidence"), entry.get("will"), entry.get("did")):
                if text and not entry.get("gone"):
                    assert json.dumps(text, ensure_ascii=False)[1:-1] in html
    assert 'data-screen="result"' in opened.site.open("start", "amira").student_view().content


def test_languages_and_country_stay_chosen(opened):
    for _, person, languages in opened.states("migrempower_languages"):
        block = opened.site.open("start", person)
        assert f'"own":"{languages["own"]}"' in block.student_view().content.replace(" ", "") or (
            f'lang="{languages["own"]}"' in block.student_view().content)
        assert block.migrempower_languages == languages
    for _, person, country in opened.states("migrempower_country"):
        assert opened.site.open("module", person).country_shown == country


def test_nothing_handed_in_is_damaged(opened):
    for person in opened.people:
        learner = BY_KEY[person].anonymous_id
        history = records.history(learner, COURSE_ID)
        assert history.damaged == 0
        theirs = [row for row in opened.data["rows"] if row["student_id"] == learner]
        for kind, found in ((records.ROUNDS, history.rounds), (records.RUNS, history.runs),
                            (records.VIEWS, history.views), (records.REPLIES, history.replies)):
            assert len(found) == sum(row["item_type"] == kind for row in theirs)
        choices = {row["answer"]["block"]: row["answer"]["shared"] for row in sorted(
            theirs, key=lambda row: row["submitted_at"]) if row["item_type"] == records.SHARING}
        assert history.shared_blocks == {block for block, shared in choices.items() if shared}


def test_a_round_has_its_completion(opened):
    """The first ones did not say it."""
    found = {KEY_OF[learner]: history.of_block(next(each for each in opened.site.order if each.endswith("@start")))
             for learner, history in records.histories([BY_KEY[key].anonymous_id for key in opened.people],
                                                       COURSE_ID).items()}
    assert [each.completion for each in found["amira"]] == [1.0]
    assert [each.completion for each in found["grace"]] == [pytest.approx(1 / 3)]


def test_what_is_under_way_can_be_handed_in(opened):
    handed_in = 0
    for person in opened.people:
        for block in opened.recorded(person):
            usage_id, sheet = block.scope_ids.usage_id, block.sheet
            if not block.has_begun or sheet.number in block.store.numbers():
                continue
            before = Submission.objects.filter(student_item__item_id=usage_id).count()
            reply = opened.site.call(usage_id, person, "hand_in", **{block.count_name: sheet.number})
            assert 'data-screen="result"' in reply["html"]
            assert Submission.objects.filter(student_item__item_id=usage_id).count() == before + 1
            handed_in += 1
            assert opened.site.open(usage_id, person).get_score().raw_earned > 0
    assert handed_in >= 2


def test_learners_go_on_after_what_they_deleted(opened):
    block = opened.site.open("start", "omar")
    assert block.has_begun is False and block.history().rounds == []
    number = max(block.sheet.number, 1)
    opened.site.call("start", "omar", "save_answers", round=number, answers={
        "making-1": {"stamp": opened.site.stamp, "level": 3}})
    assert opened.site.open("start", "omar").sheet.answers["making-1"].level == 3


def test_sharing_is_taken_back_and_given_again(opened):
    for shared in (False, True, False):
        reply = opened.site.call("start", "amira", "share", shared=shared, stamp=opened.site.stamp + 60_000)
        assert reply["shared"] is shared
        start = opened.site.open("start", "amira")
        assert (start.scope_ids.usage_id in start.history().shared_blocks) is shared


@pytest.mark.parametrize("way", ["each block", "the passport"])
def test_deleting_leaves_no_row_of_the_learner(opened, way):
    for person in opened.people:
        if way == "the passport":
            opened.site.call("passport", person, "delete_data")
        for block in opened.recorded(person) if way == "each block" else ():
            opened.site.call(block.scope_ids.usage_id, person, "delete_data")
        left = StudentItem.objects.filter(student_id=BY_KEY[person].anonymous_id, submission__isnull=False)
        passports = [item for item in left if "passport" in str(item.submission_set.first().answer.get("block"))]
        assert list(left) == (passports if way == "each block" else [])


# -- what trainers have ------------------------------------------------------------------------------------------------


def start(opened, kind, **more):
    told = opened.site.call("report", "trainer", "start_report", kind=kind, **more)["job"]
    assert told["state"] == "done"
    return ReportJob.objects.get(id=told["id"])


def test_the_report_counts_what_was_handed_in(opened):
    figures = figures_of(start(opened, "figures"))
    assert figures.damaged == 0
    assert sum(figures.frameworks["tea"].rounds.values()) == len(opened.rows(records.ROUNDS))
    runs = opened.rows(records.RUNS)
    if runs:
        counted = {name: module.learners for name, module in figures.modules.items()}
        assert sum(counted.values()) == len({(row["student_id"], row["item_id"]) for row in runs})


def test_the_tables_tell_of_everybody_who_shares(opened):
    table = jobs.open_result(start(opened, "answers", format="csv")).read().decode("utf-8-sig")
    assert "making-1" in table
    shown = jobs.open_result(start(opened, "learners", format="csv")).read().decode("utf-8-sig").splitlines()
    sharing = {person for person in opened.people
               if records.history(BY_KEY[person].anonymous_id, COURSE_ID).shared_blocks}
    assert "amira" in sharing and "lucia" not in sharing
    assert len(shown) == 1 + len(sharing)


def test_a_trainer_opens_the_page_of_a_learner_who_shares(opened):
    html = opened.site.call("report", "trainer", "profile", learner=AMIRA)["html"]
    assert "I can boil water." in html and "In my kitchen" in html
    for row in opened.rows(records.VIEWS, records.REPLIES):
        for text in (row["answer"].get("comment"), row["answer"].get("text")):
            assert text is None or text in html


def test_the_task_of_a_job_can_be_done(whole):
    for kept in whole.data["jobs"]:
        job, is_new = jobs.start(kept["kind"], COURSE_ID, "somebody", kept["task"], name="x", media_type="text/csv")
        jobs.run_here(job)
        assert is_new and job.state == jobs.DONE
        assert len(jobs.open_result(job).read()) > 100


def test_the_platforms_own_report_has_a_row_for_each_learner(opened):
    from types import SimpleNamespace

    for block in opened.recorded("trainer"):
        usage_id = block.scope_ids.usage_id
        states = [SimpleNamespace(username=person, state={"progress": progress})
                  for block_id, person, progress in opened.states("progress") if block_id == usage_id]
        assert [name for name, row in block.generate_report_data(iter(states)) if len(row) > 2] == [
            state.username for state in states]


# -- the passport ------------------------------------------------------------------------------------------------------


def test_the_passport_shows_it_all(opened):
    has_written = any("experience:own/a" in each.get("entries", {}) for _, _, each in opened.states("progress"))
    page = opened.site.open("passport", "amira").student_view().content
    document = opened.site.call("passport", "amira", "preview")["html"]
    files = {kind: json.dumps(opened.site.open("passport", "amira").download(Request.blank("/"), kind).json,
                              ensure_ascii=False) for kind in ("json", "all")}
    for told in (page, document, files["json"]):
        assert "تحضير الشاي" in told or "Making tea" in told
        assert ("Tea for guests" in told) == has_written
        assert ("In my kitchen" in told) != has_written  # else there are other words in its place, kept to herself
    assert ("Buy cups" in page) == ("At home" in page) == has_written
    assert ("Tea at work" in files["json"]) == bool(opened.rows(records.RUNS))
    assert "In my kitchen" in files["all"]


# -- what browsers and authors keep ------------------------------------------------------------------------------------


def test_what_waits_on_a_device_is_taken(whole):
    blocks = {uid(whole.site.open(each, "lucia")): each for each in whole.site.order
              if "cohort_report" not in each}
    waiting = [(key, answer) for key, answer in whole.data["devices"].items() if key.startswith("migrempower:")]
    assert len(waiting) == 3
    for key, answer in waiting:
        _, name, number, entry = key.split(":", 3)  # as learner.js does
        block = whole.site.open(blocks[name], "lucia")
        called = "number" if isinstance(block, PassportBlock) else block.count_name
        reply = whole.site.call(blocks[name], "lucia", "save_answers", **{called: int(number)}, answers={entry: answer})
        assert reply["answers"][entry]["stamp"] == answer["stamp"]


def test_what_a_trainer_or_a_learner_began_to_write_can_be_saved(whole):
    for key, value in whole.data["devices"].items():
        if key.startswith("migrempower-view:"):
            learner = key.split(":")[2]
            block = next(each for each in whole.site.order if each.endswith("@start"))
            html = whole.site.call("report", "trainer", "save_view", learner=learner, block=block, **value)["html"]
            assert value["comment"] in html
        if key.startswith("migrempower-reply:"):
            assert whole.site.call("passport", "amira", "answer_view", session=saved_site.SESSION, text=value,
                                   stamp=whole.site.stamp + 60_000) == {"text": value}


def test_an_authors_draft_can_be_gone_on_with(whole):
    for key, draft in whole.data["devices"].items():
        if key.startswith("migrempower-studio:"):
            reply = whole.site.call("start", "author", "studio_check", document=draft["document"],
                                    settings=draft["settings"])
            assert reply["problems"] == []


def test_the_keys_are_those_the_scripts_use():
    """What the site writes for browsers is what they write: should a key change, old entries must still be found."""
    def script(name):
        return (saved_site.FOLDER.parents[1] / "static" / "js" / f"{name}.js").read_text("utf-8")

    assert "'migrempower:' + args.uid" in script("learner")
    assert "options.prefix + ':' + options.number + ':'" in script("learner")
    assert "storage.setItem(prefix + id, JSON.stringify(answers[id]))" in script("learner")
    assert "session = node.getAttribute('data-session'), key = 'migrempower-reply:' + page.args.uid + session" in (
        script("replies"))
    assert "args.draft + ':' + form().getAttribute('data-learner')" in script("report")
    assert "'migrempower-studio:' + args.draft" in script("studio")
    assert "document: this.state.doc, settings: this.state.settings, revision: this.revision, when: Date.now()" in (
        script("studio"))


def test_files_of_documents_are_read(whole):
    for name, content in whole.data["files"].items():
        slug = "start" if name.startswith("tea.") else "module"
        document = whole.site.open(slug, "author").load_document().to_data()
        reply = whole.site.call(slug, "author", "studio_read_file", document=document, name=name,
                                content=base64.b64encode(content.encode()).decode())
        assert (reply["problems"], reply["changes"], reply["document"]) == ([], [], document), name
