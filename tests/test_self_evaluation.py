"""The block's views, its OLX, its score and what it tells the platform."""

import json
from collections import namedtuple
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from lxml import etree
from submissions.models import StudentItem, Submission
from xblock.scorable import Score

from host.models import Grade
from host.people import BY_KEY
from host.runtime import HostRuntime
from migrempower_xblock import platform
from migrempower_xblock.olx import FRAMEWORK_OLX, preset_framework
from migrempower_xblock.self_evaluation import SelfEvaluationBlock

from .generate import frameworks
from .test_handlers import NOW, STATEMENTS, answer, everything, hand_in, save

pytestmark = pytest.mark.django_db
MODULES = 10  # of the sample course

TWO_COMPETENCES = """<migrempower_self_evaluation moment="end" rounds="2" weight="3.5" display_name="Mine">
  <framework id="mine" version="7" languages="en">
    <title xml:lang="en">Mine</title>
    <scale id="help"/>
    <area id="a">
      <title xml:lang="en">A</title>
      <competence id="one"><title xml:lang="en">One</title>
        <statement id="one-1"><text xml:lang="en">I can &lt;b&gt;one&lt;/b&gt;.</text></statement></competence>
      <competence id="two"><title xml:lang="en">Two</title>
        <statement id="two-1"><text xml:lang="en">I can two.</text></statement></competence>
    </area>
  </framework>
</migrempower_self_evaluation>"""


def export(block):
    node = etree.Element("placeholder")
    block.add_xml_to_node(node)
    return etree.tostring(node, encoding="unicode")


def content(block, view="student_view"):
    return block.render(view).content


# -- OLX ---------------------------------------------------------------------------------------------------------------

def test_a_block_survives_the_way_through_olx(make_block):
    block = make_block(TWO_COMPETENCES)
    copy = make_block(export(block))
    for name in ("moment", "rounds", "weight", "display_name"):
        assert getattr(copy, name) == getattr(block, name)
    assert (copy.moment, copy.rounds, copy.weight, copy.display_name) == ("end", 2, 3.5, "Mine")
    assert copy.load_document() == block.load_document()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(frameworks)
def test_any_framework_survives_import_and_export_of_its_block(make_block, framework):
    block = make_block(f"<migrempower_self_evaluation>{FRAMEWORK_OLX.to_text(framework)}</migrempower_self_evaluation>")
    assert block.load_document() == framework
    assert make_block(export(block)).load_document() == framework


def test_an_export_is_never_taken_for_a_pointer_and_holds_no_learner(make_block, call):
    block = make_block("<migrempower_self_evaluation/>")
    save(call, block, {STATEMENTS[0]: answer(evidence="In my job.")})
    exported = export(block.runtime.get_block(block.scope_ids.usage_id))
    assert exported.startswith('<migrempower_self_evaluation moment="start"')
    assert "In my job" not in exported and "progress" not in exported and "languages" not in exported


def test_a_broken_framework_leaves_as_it_came(make_block):
    block = make_block(TWO_COMPETENCES.replace('id="two-1"', 'id="one-1"'))
    copy = make_block(export(block))
    assert copy.problems and "one-1" in copy.problems[0]


@pytest.mark.parametrize(("olx", "hint"), [
    (TWO_COMPETENCES.replace('id="two-1"', 'id="one-1"'), "Line 10, <statement>: Another statement"),
    (TWO_COMPETENCES.replace('moment="end"', 'moment="later"'), "Line 1, <migrempower_self_evaluation>: moment"),
    (TWO_COMPETENCES.replace('rounds="2"', 'rounds="many"'), "rounds"),
    (TWO_COMPETENCES.replace('rounds="2"', 'rounds="-1"'), "rounds"),
    (TWO_COMPETENCES.replace('weight="3.5"', 'weight="-1"'), "weight"),
    (TWO_COMPETENCES.replace('weight="3.5"', 'weight="nan"'), "weight"),
    (TWO_COMPETENCES.replace("  <framework", "<colour/><framework"), "Line 2, <colour>"),
    (TWO_COMPETENCES.replace('rounds="2"', 'rounds="["'), "rounds"),
    (TWO_COMPETENCES.replace('rounds="2"', 'rounds=".inf"'), "rounds"),
    (TWO_COMPETENCES.replace("  <framework", "words <framework"), "outside of any element"),
    ('<migrempower_self_evaluation framework="nothing"/>', "no shipped framework"),
    ('<migrempower_self_evaluation><framework id="a" version="1" languages="en"/><framework/>'
     "</migrempower_self_evaluation>", "second <framework>"),
])
def test_an_import_with_mistakes_loads_and_tells_the_author(make_block, olx, hint):
    block = make_block(olx)
    assert any(hint in message.text for message in block.validate().messages)
    learner, author = content(block), content(make_block(olx, "author"))
    assert "not ready yet" in learner
    assert "mige-problems" not in learner
    assert "mige-problems" in author
    assert "mige-problems" in content(block, "author_view")


def test_a_broken_block_keeps_what_the_author_set_since(make_block):
    block = make_block(TWO_COMPETENCES.replace('rounds="2"', 'rounds="many" url_name="old"'))
    block.display_name = "Renamed"
    node = etree.Element("x", url_name="new")
    block.add_xml_to_node(node)
    assert (node.get("url_name"), node.get("display_name"), node.get("rounds")) == ("new", "Renamed", "many")
    assert len(node) == 1


def test_entities_stay_behind_and_break_no_export(make_block):
    doctype = '<!DOCTYPE x [<!ENTITY e "words">]>'
    parser = etree.XMLParser(resolve_entities=False)
    node = etree.fromstring(doctype + TWO_COMPETENCES.replace(">Mine<", ">&e;<"), parser)
    block = make_block("<migrempower_self_evaluation/>")
    broken = type(block).parse_xml(node, block.runtime, block.scope_ids)
    assert broken.problems
    assert "framework" in export(broken)


def test_very_many_mistakes_are_told_in_part(make_block):
    block = make_block(TWO_COMPETENCES.replace("  <framework", "<a/>" * 500 + "<framework"))
    assert len(block.problems) == 51
    assert "450 more" in block.problems[-1]


def test_comments_in_an_import_are_no_mistake(make_block):
    block = make_block(TWO_COMPETENCES.replace("I can two.", "I can <!-- really --><?really yes?>two.").replace(
        "  <framework", "<!-- ours --><framework"))
    assert block.load_document().statements["two-1"].text["en"] == "I can two."


def test_what_the_author_may_want_to_mend_is_a_warning(make_block):
    block = make_block(TWO_COMPETENCES.replace('rounds="2"', 'second_language="fr"').replace(
        '<area id="a">', '<area id="a" picture="huose">'))
    messages = block.validate().messages
    assert [message.type for message in messages] == ["warning", "warning"]
    assert "huose" in content(block, "author_view") and "huose" not in content(block)


def test_a_right_block_has_nothing_to_tell(make_block):
    assert not make_block(TWO_COMPETENCES).validate().messages


# -- views -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("view", ["student_view", "author_view", "public_view"])
@pytest.mark.parametrize("person", ["new", "author", "visitor"])
@pytest.mark.parametrize("slug", ["start", "looking-back", "closed", "with-mistakes"])
def test_looking_changes_nothing(open_block, view, person, slug):
    from workbench.models import XBlockState

    def kept():
        states = XBlockState.objects.exclude(state="{}").order_by("id").values_list("scope_id", "user_id", "state")
        return list(states), StudentItem.objects.count(), Submission.objects.count(), Grade.objects.count()

    before = kept()
    block = open_block(slug, person)
    assert content(block, view)
    block.student_view_data()
    block.index_dictionary()
    block.save()
    assert kept() == before


def test_author_text_is_escaped(make_block):
    block = make_block(TWO_COMPETENCES)
    assert "<b>one</b>" not in content(block) + content(block, "author_view")


@pytest.mark.parametrize("view", ["student_view", "public_view", "author_view"])
def test_the_shared_style_and_script_come_before_the_blocks_own(open_block, view):
    urls = [resource.data for resource in getattr(open_block(), view)().resources]
    assert [url.rsplit("/", 1)[1] for url in urls] == [
        "learner.css", "self_evaluation.css", "learner.js", "replies.js", "self_evaluation.js"]


def test_a_visitor_is_invited(open_block):
    html = content(open_block(key="visitor"))
    assert "log in" in html and "application/json" not in html


def test_two_blocks_on_a_page_share_no_id(open_block):
    import re

    page = content(open_block("two-on-one-page"))
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) > 4 and len(ids) == len(set(ids))


def test_the_interface_follows_the_account_then_the_learner(open_block, call):
    assert 'lang="ar" dir="rtl"' in content(open_block(key="amira"))
    call(open_block(key="amira"), "choose_languages", {"own": "es"})
    assert 'lang="es" dir="ltr"' in content(open_block(key="amira"))


def test_the_authors_second_language_is_shown_until_the_learner_chooses(make_block, call):
    olx = '<migrempower_self_evaluation second_language="es"/>'
    block = make_block(olx)
    shown = '<option value="es" lang="es" selected>'
    assert shown in content(block)
    call(block, "choose_languages", {"own": "en", "beside": ""})
    assert shown not in content(block.runtime.get_block(block.scope_ids.usage_id))


def test_a_result_shows_strengths_steps_and_earlier_rounds(open_block, call):
    hand_in(call, open_block("start"), everything(0))
    block = open_block("end")
    status, reply = hand_in(call, block, everything(1) | {STATEMENTS[3]: answer(3), STATEMENTS[4]: answer(
        None, skip="unclear")})
    html = reply["html"]
    framework = preset_framework("migrempower")
    strengths = html[html.index("Your strengths"):html.index("Your next steps")]
    steps = html[html.index("Your next steps"):html.index("All areas")]
    assert framework.competences[3].title["en"] in strengths
    assert framework.competences[0].advice["en"] in steps
    assert framework.statements[STATEMENTS[4]].text["en"] in steps
    assert "At the start" in html


def test_looking_back_tells_what_has_grown_and_nothing_to_do(open_block, call):
    hand_in(call, open_block("end"), everything(1) | {STATEMENTS[5]: answer(3)})
    _, reply = hand_in(call, open_block("looking-back"), everything(1) | {STATEMENTS[6]: answer(3)})
    html = reply["html"]
    grown = html[html.index("What has grown"):html.index("All areas")]
    framework = preset_framework("migrempower")
    assert framework.competences[5].title["en"] in grown
    assert framework.competences[6].title["en"] not in grown
    assert "Your next steps" not in html and "Your strengths" not in html


def test_a_result_without_any_level_says_so(open_block, call):
    _, reply = hand_in(call, open_block(), {STATEMENTS[0]: answer(None, skip="private")})
    assert "no levels to show" in reply["html"]
    assert "Your strengths" not in reply["html"] and "Your next steps" not in reply["html"]


def test_answers_survive_a_change_of_statements_and_scale(make_block, call):
    block = make_block(TWO_COMPETENCES)
    save(call, block, {"one-1": answer(3), "two-1": answer(2, evidence="precious")})
    changed = TWO_COMPETENCES[:TWO_COMPETENCES.index('<competence id="two">')] + "</area></framework>" \
        "</migrempower_self_evaluation>"
    levels = "".join(f'<level value="{n}"><label xml:lang="en">L{n}</label></level>' for n in (0, 1))
    block.document = make_block(changed.replace('<scale id="help"/>', f'<scale id="new">{levels}</scale>')).document
    block.save()
    status, reply = hand_in(call, block, {})
    assert status == 200
    record = Submission.objects.get().answer
    assert record["answers"]["two-1"]["evidence"] == "precious"
    assert record["ratings"] == {} and record["completion"] == 0 and record["unanswered"] == ["one-1"]


def test_the_report_goes_on_while_a_framework_has_mistakes(open_block):
    State = namedtuple("State", "username state")
    rows = list(open_block("with-mistakes").generate_report_data(iter([State("amira", {})])))
    assert rows[0][1]["Rounds handed in"] == 0


def test_old_rounds_stay_readable_when_the_framework_changes(make_block, call):
    block = make_block(TWO_COMPETENCES)
    hand_in(call, block, {"one-1": answer(2), "two-1": answer(3)})
    changed = TWO_COMPETENCES[:TWO_COMPETENCES.index('<competence id="two">')] + "</area></framework>" \
        "</migrempower_self_evaluation>"
    block.document = make_block(changed).document
    block.save()
    block = block.runtime.get_block(block.scope_ids.usage_id)
    assert 'data-screen="result"' in content(block)
    status, data = call(block, "download", method="GET", suffix="json")
    assert data["rounds"][0]["answers"]["two-1"]["level"] == 3
    assert call(block, "download", method="GET", suffix="csv")[0] == 200


# -- score and platform ------------------------------------------------------------------------------------------------

def test_the_highest_score_is_known_without_a_learner(open_block):
    from host import course

    assert HostRuntime().get_block(course.BY_SLUG["start"].usage_id).max_score() == 1.0
    assert SelfEvaluationBlock.has_score
    assert SelfEvaluationBlock.has_custom_completion


def test_a_rescore_gives_what_a_fresh_score_gives_and_keeps_it(open_block, call, fresh):
    block = open_block()
    hand_in(call, block, {s: answer() for s in STATEMENTS[:15]})
    block = fresh(block)
    block.set_score(Score(raw_earned=0.1, raw_possible=1.0))
    block.save()
    block = fresh(block)
    block.rescore(only_if_higher=False)
    block.save()
    assert fresh(block).get_score() == Score(0.5, 1.0)
    assert Grade.objects.get().earned == 0.5


def test_a_rescore_only_upwards_leaves_a_higher_score(open_block, call, fresh):
    block = open_block()
    hand_in(call, block, {s: answer() for s in STATEMENTS[:15]})
    block = fresh(block)
    block.set_score(Score(1, 1))
    block.rescore(only_if_higher=True)
    assert block.get_score() == Score(1.0, 1.0)


def test_nothing_handed_in_cannot_be_rescored(open_block):
    with pytest.raises(ValueError, match="handed in"):
        open_block().rescore(only_if_higher=False)


def test_an_instructors_score_is_kept_on_our_scale(open_block):
    block = open_block()
    block.set_score(Score(raw_earned=4, raw_possible=5))
    assert block.get_score() == Score(0.8, 1.0)


def test_clearing_a_learners_state_reaches_the_records(open_block, call):
    block = open_block()
    hand_in(call, block)
    block.clear_student_state(user_id=block.place.learner, course_id=block.place.course, item_id=block.place.block,
                              requesting_user_id="staff")
    assert not StudentItem.objects.exists()


def test_the_report_has_the_same_columns_for_everybody_and_answers_only_where_shared(open_block, call, fresh):
    State = namedtuple("State", "username state")
    shared, private, under_way = (open_block("end", key) for key in ("amira", "daniel", "grace"))
    for block in (shared, private):
        hand_in(call, block, everything(2))
    call(shared, "share", {"shared": True, "stamp": NOW})
    save(call, under_way, {STATEMENTS[0]: answer()})
    states = [State(key, {"progress": fresh(block).progress}) for key, block in
              (("amira", shared), ("daniel", private), ("grace", under_way))]
    states.append(State("stranger", {}))
    rows = list(shared.generate_report_data(iter(states)))
    assert [username for username, _ in rows] == ["amira", "daniel", "grace", "stranger"]
    assert len({tuple(row) for _, row in rows}) == 1
    column = f"Level: {STATEMENTS[0]}"
    assert [row[column] for _, row in rows] == [2, "", "", ""]
    assert [row["Rounds handed in"] for _, row in rows] == [1, 1, 0, 0]
    assert [row["Answered now"] for _, row in rows] == [0, 0, 1, 0]
    assert len(list(shared.generate_report_data(iter(states), limit_responses=2))) == 2


def test_a_native_client_gets_the_questions_and_a_search_finds_them(open_block):
    data = open_block().student_view_data()
    assert data["framework"] == preset_framework("migrempower").to_data()
    assert json.dumps(data)
    assert "CV" in open_block().index_dictionary()["content"]["statements"]
    assert open_block("with-mistakes").student_view_data() == {"ready": False}
    assert open_block("with-mistakes").index_dictionary() is not None


def test_in_a_content_library_nothing_is_graded_completed_or_recorded(open_block, call, monkeypatch):
    monkeypatch.setattr(platform, "in_course", lambda block: False)
    block = open_block()
    assert save(call, block, {STATEMENTS[0]: answer()})[0] == 200
    assert hand_in(call, block)[0] == 403
    assert call(block, "share", {"shared": True, "stamp": NOW})[0] == 403
    assert call(block, "delete_data", {})[0] == 200
    assert not Grade.objects.exists() and not StudentItem.objects.exists()
    assert 'data-screen="start"' in content(block)


def test_without_a_user_service_the_runtimes_learner_counts(open_block, monkeypatch):
    block = open_block()
    monkeypatch.setitem(block.runtime._services, "user", None)
    assert block.person.id == BY_KEY["new"].anonymous_id
    assert content(block)


def test_static_addresses_of_authors_go_through_the_platform(open_block, monkeypatch):
    block = open_block()
    assert platform.authored_address(block, "/static/a.mp3") == "/static/a.mp3"
    service = mock.Mock(replace_urls=lambda text: text.replace("/static/", "/asset-v1:x/"))
    monkeypatch.setitem(block.runtime._services, "replace_urls", service)
    assert platform.authored_address(block, "/static/a.mp3") == "/asset-v1:x/a.mp3"
    assert platform.authored_address(block, "https://example.org/a.mp3") == "https://example.org/a.mp3"


@pytest.mark.parametrize("path", [
    "../presets/frameworks/migrempower.xml", "css/../../presets/x.css", "/etc/passwd", "css/./learner.css",
    "pictures/openmoji/LICENSE.txt", "__init__.py", "js/learner.js\n", "css", "",
])
def test_only_public_files_are_served(path):
    from xblock.exceptions import DisallowedFileError

    with pytest.raises(DisallowedFileError):
        SelfEvaluationBlock.open_local_resource(path)


def test_public_files_are_served():
    with SelfEvaluationBlock.open_local_resource("css/learner.css") as file:
        assert b".mige" in file.read()
    with SelfEvaluationBlock.open_local_resource(b"pictures/own/steps-1.svg") as file:
        assert file.read().startswith(b"<svg")


# -- the database's work -----------------------------------------------------------------------------------------------

def queries(request, block):
    """Count the statements that touch tables; what only opens or closes a transaction is left out."""
    with CaptureQueriesContext(connection) as captured:
        request(block)
    return sum(query["sql"].startswith(("SELECT", "INSERT", "UPDATE", "DELETE")) for query in captured)


def long_framework(count):
    statements = "".join(
        f'<competence id="c{n}"><title xml:lang="en">C{n}</title><statement id="s{n}"><text xml:lang="en">I can {n}.'
        "</text></statement></competence>" for n in range(count))
    return ('<migrempower_self_evaluation rounds="3"><framework id="long" version="1" languages="en">'
            '<title xml:lang="en">Long</title><scale id="help"/><area id="a"><title xml:lang="en">A</title>'
            f"{statements}</area></framework></migrempower_self_evaluation>")


@pytest.mark.parametrize("has_history", [False, True])
def test_each_request_asks_the_database_no_more_for_many_statements(make_block, call, fresh, monkeypatch, has_history):
    monkeypatch.setattr(HostRuntime, "publish", lambda *args: None)  # the host's own gradebook is not ours to count
    counts = []
    for size in (24, 240):
        block = make_block(long_framework(size))
        fresh(block).student_view()  # the workbench makes its empty state rows at the first look
        answers = {f"s{n}": answer() for n in range(size)}
        number = 1
        if has_history:
            hand_in(call, block, answers)
            call(block, "start_again", {})
            number = 2
        requests = {
            "view": lambda block: fresh(block).student_view(),
            "first save": lambda block, number=number: save(call, block, {"s0": answer()}, number),
            "save": lambda block, number=number: save(call, block, {"s1": answer(stamp=NOW)}, number),
            "hand in": lambda block, number=number, answers=answers: hand_in(call, block, answers, number),
            "result": lambda block: fresh(block).student_view(),
        }
        counts.append({name: queries(request, block) for name, request in requests.items()})
    assert counts[0] == counts[1]
    # The workbench asks for each field of a module that a next step may link to; the modulestore of the LMS does not.
    most = {"hand in": 18 + 3 * MODULES, "result": 15 + 3 * MODULES}
    assert all(count <= most.get(name, 15) for name, count in counts[0].items()), counts[0]
