"""Studio's form: who may use it, what it tells, what it saves, and that nothing is half-saved."""

import base64
import copy
import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from submissions.models import StudentItem, Submission
from workbench.models import XBlockState

from host.models import Grade
from host.runtime import HostRuntime
from migrempower_xblock import platform
from migrempower_xblock.authoring.changes import Changes, raised, with_retired
from migrempower_xblock.authoring.form import form_of
from migrempower_xblock.authoring.labels import FIELDS, ITEMS
from migrempower_xblock.authoring.phrases import phrases
from migrempower_xblock.authoring.walking import walk
from migrempower_xblock.competences.framework import Framework
from migrempower_xblock.olx import (
    FRAMEWORK_OLX,
    MODULE_OLX,
    framework_names,
    module_names,
    preset_framework,
    preset_module,
    scale_names,
)
from migrempower_xblock.schema import inside, parts
from migrempower_xblock.self_evaluation import SelfEvaluationBlock
from migrempower_xblock.studio import LARGEST_DRAFT
from migrempower_xblock.training.module import Module
from migrempower_xblock.training_module import TrainingModuleBlock
from migrempower_xblock.words import interface_languages

from .generate import frameworks, modules
from .test_handlers import answer, everything, hand_in
from .test_training_module import KEYED

pytestmark = pytest.mark.django_db
HANDLERS = ["studio_start", "studio_check", "studio_save", "studio_preview", "studio_write_file", "studio_read_file"]
BLOCKS = {"own-framework": SelfEvaluationBlock, "own-module": TrainingModuleBlock}


def stored(block):
    """Return everything the database holds about content and people."""
    states = XBlockState.objects.exclude(state="{}").values_list("scope", "scope_id", "user_id", "state")
    return (sorted(states, key=str),
            list(Submission.objects.values_list("id", "answer")), StudentItem.objects.count(), Grade.objects.count())


def state_of(block):
    return block.runtime.get_block(block.scope_ids.usage_id)._state()


def sent(block, document=None, **more):
    """Return the body of a request with what the form would send."""
    state = state_of(block)
    return {"document": state["document"] if document is None else document,
            "settings": state["settings"] | more.pop("settings", {}), "revision": state["revision"], **more}


SCALE = {"id": "yes", "levels": [{"value": 0, "label": {"en": "No"}}, {"value": 1, "label": {"en": "Yes"}}]}


def small(**changes):
    """Return the plain data of a framework of one statement."""
    return {"id": "small", "version": "1", "languages": ["en"], "title": {"en": "Small"}, "scale": copy.deepcopy(SCALE),
            "areas": [{"id": "home", "title": {"en": "Home"}, "competences": [
                {"id": "tea", "title": {"en": "Tea"}, "statements": [{"id": "tea-1", "text": {"en": "I can."}}]}]}],
            **changes}


@pytest.fixture
def framework_block(open_block):
    return open_block("own-framework", "author")


@pytest.fixture
def answered(make_block, call):
    """A block whose framework of two statements a learner has answered, as its author has it."""
    document = small()
    document["areas"][0]["competences"][0]["statements"].append({"id": "tea-2", "text": {"en": "I do."}})
    olx = FRAMEWORK_OLX.to_text(FRAMEWORK_OLX.from_data(document))
    block = make_block(f'<migrempower_self_evaluation rounds="0">{olx}</migrempower_self_evaluation>')
    assert hand_in(call, block, {"tea-1": answer(1), "tea-2": answer(None, skip="unclear")})[0] == 200
    return as_author(block)


def as_author(block):
    from host.people import BY_KEY

    return HostRuntime(BY_KEY["author"]).get_block(block.scope_ids.usage_id)


def of(block, key):
    from host.people import BY_KEY

    return HostRuntime(BY_KEY[key]).get_block(block.scope_ids.usage_id)


# -- who may -----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("slug", BLOCKS)
@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("key", ["new", "amira", "trainer", "visitor"])
def test_nobody_but_an_author_in_studio_may_use_the_form(open_block, call, slug, handler, key):
    block = open_block(slug, key)
    body, before = sent(block, settings={"display_name": "Mine now"}), stored(block)
    status, reply = call(block, handler, {**body, "name": "nothing", "kind": "json", "state": {}})
    assert status == 403 and reply["error"] and reply.keys() == {"error"}
    assert stored(block) == before


@pytest.mark.parametrize("slug", BLOCKS)
@pytest.mark.parametrize("key", ["new", "trainer", "visitor"])
def test_the_form_shows_nothing_of_the_document_to_others(open_block, slug, key):
    fragment = open_block(slug, key).render("studio_view")
    assert "Only authors" in fragment.content and "application/json" not in fragment.content
    assert not any("studio" in resource.data for resource in fragment.resources)


def test_where_studio_says_no_nobody_may(open_block, call, monkeypatch):
    block = open_block("own-framework", "author")
    monkeypatch.setattr("host.runtime.HostPermissions.can_write", lambda *_: False)
    assert call(block, "studio_save", sent(block))[0] == 403


def test_newer_permission_services_are_asked_by_their_own_name(open_block, call):
    block = open_block("own-framework", "author")

    class Newer:
        def can_edit_content(self, _key):
            return True

    block.runtime._services["studio_user_permissions"] = Newer()
    assert platform.may_author(block)


@pytest.mark.parametrize("slug", BLOCKS)
@pytest.mark.parametrize("handler", HANDLERS)
@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"3", b'"x"', b"{", b"\xff\xfe", b'{"document": null}',
                                 b'{"document": [], "settings": {}, "state": {}}', b"[" * 100_000,
                                 b'{"document": {}, "settings": 3, "name": 4, "kind": [], "content": {}, "state": 1}'])
def test_requests_of_a_wrong_form_are_refused_and_change_nothing(open_block, call, slug, handler, raw):
    block = open_block(slug, "author")
    before = stored(block)
    status, reply = call(block, handler, raw=raw)
    assert status in (400, 404) and reply["error"]
    assert stored(block) == before


def test_a_request_of_ten_megabytes_is_refused(framework_block, call):
    body = json.dumps({"document": {"id": "x" * (LARGEST_DRAFT + 1)}}).encode()
    assert call(framework_block, "studio_check", raw=body)[0] == 413


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5)
    | st.sampled_from(["choice", "read", "en", "tea-1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["id", "kind", "languages", "title", "text", "scale", "levels", "areas", "competences", "steps",
                         "statements", "options", "retired", "en", "practice", "version"]), inner, max_size=4),
    max_leaves=15)


@pytest.mark.parametrize("handler", ["studio_check", "studio_save", "studio_preview", "studio_write_file"])
@pytest.mark.parametrize("where", ["id", "title", "languages", "picture"])
@pytest.mark.parametrize("junk", ["\ud83d", "/static/a\x01b.png", "\ufffe", "\x00"])
def test_half_characters_and_controls_are_answered(framework_block, call, handler, where, junk):
    data = small()
    if where == "picture":
        data["areas"][0]["picture"] = junk
    else:
        data[where] = {"title": {"en": junk}, "languages": ["en", junk]}.get(where, junk)
    before = stored(framework_block)
    status, _ = call(framework_block, handler, sent(framework_block, data, state={}, kind="json"))
    assert status in (200, 422) and (handler != "studio_save" or status == 422)
    assert stored(framework_block) == before


@pytest.mark.parametrize("languages", [[["en"]], [{"en": 1}], [None], "en", {"en": 1}])
def test_languages_of_a_wrong_form_are_told_beside_a_scale_that_ships(framework_block, call, languages):
    data = small(scale={"id": "help"}, languages=languages)
    status, reply = call(framework_block, "studio_check", sent(framework_block, data))
    assert status == 200 and "languages" in {each["path"][0] for each in reply["problems"]}


def test_a_huge_heap_of_mistakes_is_told_in_a_small_reply(framework_block, call):
    for data in (small(areas=[{}] * 100_000), small(**{f"x{number}": 1 for number in range(50_000)}),
                 small(languages=[f"a{number:03}"[:3] for number in range(2000)], areas=[{}] * 1000)):
        status, reply = call(framework_block, "studio_check", sent(framework_block, data))
        assert status == 200 and 0 < len(reply["problems"]) <= 500
        assert len(json.dumps(reply)) < 200_000


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(slug=st.sampled_from(list(BLOCKS)), handler=st.sampled_from(HANDLERS), document=anything, more=anything)
def test_any_draft_is_answered_and_only_a_right_one_saved(open_block, call, slug, handler, document, more):
    block = open_block(slug, "author")
    body, before = sent(block), stored(block)
    body |= {"document": document, "state": more, "kind": "xlsx", "name": more, "content": more}
    status, _ = call(block, handler, body)
    assert status in (200, 400, 404, 422)
    assert stored(block) == before  # nothing drawn here is a whole document


# -- what the form knows ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("slug", "cls"), [("own-framework", Framework), ("own-module", Module)])
def test_the_form_has_a_field_for_each_part_of_a_document(slug, cls):
    form = form_of(cls, lambda text: text)
    seen = set()

    def check(each):
        if each.__name__ in seen:
            return
        seen.add(each.__name__)
        fields = {field["name"]: field for field in form["items"][each.__name__]["fields"]}
        assert fields.keys() == parts(each).keys() - {"retired"}
        for name, part in parts(each).items():
            if name in fields:
                assert fields[name]["label"] and fields[name]["required"] == part.required
            for inner in (part.kinds.values() if part.place == "many" else [part.cls] if part.place == "one" else ()):
                if name != "retired":
                    check(inner)

    check(cls)
    assert seen == form["items"].keys()


def test_no_label_is_left_over():
    known = {(cls.__name__, name) for root in (Framework, Module) for cls in classes_of(root) for name in parts(cls)}
    for owner, name in FIELDS:
        assert (owner, name) in known if owner else any(name == field for _, field in known), (owner, name)
    assert {cls.__name__ for root in (Framework, Module) for cls in classes_of(root)} - {"Retired"} == ITEMS.keys()


def classes_of(cls, found=None):
    found = set() if found is None else found
    if cls not in found:
        found.add(cls)
        for part in parts(cls).values():
            for inner in part.kinds.values() if part.place == "many" else [part.cls] if part.place == "one" else ():
                classes_of(inner, found)
    return found


def test_the_script_asks_for_the_words_it_is_given_and_for_no_other():
    from pathlib import Path

    scripts = (Path(__file__).resolve().parents[1] / "static" / "js").glob("studio*.js")
    script = "".join(path.read_text("utf-8") for path in scripts)
    used = set(re.findall(r"words\.([A-Za-z]+)", script))
    given_words = phrases(lambda text: text)
    assert used <= given_words.keys()
    by_name = {name for name in given_words if name.startswith(("tab-", "missing-"))} | {"link", "image", "beside"}
    assert given_words.keys() - by_name <= used


@pytest.mark.parametrize("slug", BLOCKS)
@pytest.mark.parametrize("language", ["en", "es", "ar"])
def test_the_form_opens_in_the_language_of_the_account(slug, language):
    from host import course
    from host.people import BY_KEY

    block = HostRuntime(BY_KEY["author"], language).get_block(course.BY_SLUG[slug].usage_id)
    html = block.render("studio_view").content
    arguments = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)[1])
    assert f'lang="{language}"' in html and arguments["language"] == language
    assert {each.name for each in BLOCKS[slug].settings} == {each["name"] for each in arguments["settings"]}
    assert len(arguments["countries"]) > 200 and [code for code, _ in arguments["countries"] if code == "ES"] == ["ES"]
    assert {"ps", "ti", "so", "uk", "pt-BR"} <= {each["tag"] for each in arguments["languages"]}


def test_the_gallery_has_what_ships_and_what_stands_in_the_course(open_block, call):
    block = open_block("own-framework", "author")
    cards = {card["name"]: card for card in block._gallery()}
    assert {f"shipped:{name}" for name in framework_names()} <= cards.keys()
    assert {"migrempower", "lifecomp", "digcomp-3", "digcomp-2-2", "entrecomp", "key-competences", "cefr",
            "everyday"} == set(framework_names())
    assert [card["where"] for card in cards.values() if card["name"].startswith("block:")]
    for name in cards:
        status, reply = call(block, "studio_start", {"name": name})
        assert status == 200 and FRAMEWORK_OLX.from_data(reply["document"])
    assert "CC BY 4.0" in cards["shipped:lifecomp"]["source"]


@pytest.mark.parametrize("name", ["shipped:other", "block:other", "shipped:", "other", "", None, 3, []])
def test_what_is_not_in_the_gallery_is_told(framework_block, call, name):
    assert call(framework_block, "studio_start", {"name": name})[0] == 404


@pytest.mark.parametrize("slug", BLOCKS)
@pytest.mark.parametrize("language", ["ar", "x", "", None, "<script>"])
def test_nothing_to_begin_with_is_a_document_in_one_language(open_block, call, slug, language):
    _, reply = call(open_block(slug, "author"), "studio_start", {"name": "nothing", "language": language})
    assert reply["document"]["languages"] == ["ar" if language == "ar" else "en"]


def test_a_module_can_train_the_competences_of_every_framework(open_block):
    known = open_block("own-module", "author").known_competences()
    ids = [each["id"] for each in known]
    assert len(ids) == len(set(ids)) and {"equal-treatment", "lifecomp-empathy"} <= set(ids)
    assert all(each["frameworkTitle"] and each["title"] for each in known)


def test_scales_may_be_taken_in_every_language_of_the_interface(framework_block):
    assert [scale["id"] for scale in framework_block.scales()] == list(scale_names())
    assert all(set(interface_languages()) == level["label"].keys() for scale in framework_block.scales()
               for level in scale["levels"])


# -- saving ------------------------------------------------------------------------------------------------------------

def export(block):
    from lxml import etree

    node = etree.Element("unknown")
    block.add_xml_to_node(node)
    return etree.tostring(node, encoding="unicode")


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=frameworks)
def test_what_the_form_saves_is_what_olx_gives(framework_block, make_block, call, drawn):
    status, _ = call(framework_block, "studio_save", sent(framework_block, drawn.to_data()))
    assert status == 200
    olx = f"<migrempower_self_evaluation>{FRAMEWORK_OLX.to_text(drawn)}</migrempower_self_evaluation>"
    imported, saved = make_block(olx).load_document(), of(framework_block, "author").load_document()
    assert saved == imported == drawn
    assert make_block(export(of(framework_block, "author"))).load_document() == drawn


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=modules)
def test_what_the_form_saves_of_a_module_is_what_olx_gives(open_block, make_block, call, drawn):
    block = open_block("own-module", "author")
    assert call(block, "studio_save", sent(block, drawn.to_data()))[0] == 200
    olx = f"<migrempower_training_module>{MODULE_OLX.to_text(drawn)}</migrempower_training_module>"
    assert of(block, "author").load_document() == make_block(olx).load_document() == drawn


@pytest.mark.parametrize(("slug", "preset", "names", "field"), [
    ("own-framework", preset_framework, framework_names, "framework"),
    ("own-module", preset_module, module_names, "module")])
def test_a_shipped_document_saved_as_it_is_stays_the_shipped_one(open_block, call, slug, preset, names, field):
    block = open_block(slug, "author")
    for name in names():
        assert call(block, "studio_save", sent(block, preset(name).to_data()))[0] == 200
        again = of(block, "author")
        assert (again.document, getattr(again, field)) == ("", name)


def test_a_changed_shipped_document_is_a_copy_with_a_version_of_its_own(framework_block, call):
    data = preset_framework("migrempower").to_data()
    data["areas"][0]["competences"][0]["statements"][0]["text"]["en"] = "I can name two rights."
    assert call(framework_block, "studio_save", sent(framework_block, data))[0] == 200
    saved = of(framework_block, "author").load_document()
    assert (saved.id, saved.version) == ("migrempower", "1.1")
    data["areas"][0]["picture"] = "house"  # a picture changes no meaning
    assert call(framework_block, "studio_save", sent(framework_block, data | {"version": "1.1"}))[0] == 200
    assert of(framework_block, "author").load_document().version == "1.1"


def test_a_changed_copy_of_another_shipped_document_has_a_version_of_its_own_too(framework_block, call):
    data = preset_framework("everyday").to_data()
    data["areas"][0]["competences"][0]["statements"][0]["text"]["en"] = "I do something else."
    assert call(framework_block, "studio_check", sent(framework_block, data))[1]["version"] == "1.1"
    assert call(framework_block, "studio_save", sent(framework_block, data))[0] == 200
    assert of(framework_block, "author").load_document().version == "1.1"


@pytest.mark.parametrize("slug", BLOCKS)
def test_two_documents_begun_from_nothing_are_two(open_block, call, slug):
    block = open_block(slug, "author")
    ids = [call(block, "studio_start", {"name": "nothing", "language": "en"})[1]["document"]["id"] for _ in range(2)]
    assert ids[0] != ids[1]


def test_settings_are_saved_with_the_document(open_block, call):
    block = open_block("own-module", "author")
    wanted = {"display_name": "Rights", "marking": "at-end", "attempts": 2, "show_answers": "never", "pass_mark": 70,
              "runs": 3, "counts": "latest", "country": "DE", "sharing": "never", "second_language": "en",
              "after_due": "stay-open", "weight": 2.5}
    assert call(block, "studio_save", sent(block, settings=wanted))[0] == 200
    again = of(block, "author")
    assert {name: getattr(again, name) for name in wanted} == wanted
    assert wanted.keys() == {setting.name for setting in TrainingModuleBlock.settings}


@pytest.mark.parametrize(("slug", "name", "value"), [
    ("own-framework", "moment", "sometime"), ("own-framework", "rounds", -1), ("own-framework", "rounds", True),
    ("own-framework", "rounds", "2"), ("own-framework", "rounds", None), ("own-framework", "rounds", 1.5),
    ("own-framework", "weight", -1), ("own-framework", "weight", "heavy"), ("own-framework", "weight", 1e308),
    ("own-framework", "display_name", " "), ("own-framework", "display_name", "x" * 201),
    ("own-framework", "display_name", ["x"]), ("own-framework", "sharing", "always"),
    ("own-framework", "after_due", ""), ("own-framework", "second_language", "English"),
    ("own-framework", "document", "<framework/>"), ("own-framework", "progress", {}),
    ("own-module", "country", "Spain"), ("own-module", "pass_mark", 101), ("own-module", "attempts", 21),
    ("own-module", "counts", "worst"), ("own-module", "show_answers", None)])
def test_a_setting_that_cannot_be_is_refused_and_nothing_is_saved(open_block, call, slug, name, value):
    block = open_block(slug, "author")
    before = stored(block)
    status, reply = call(block, "studio_save", sent(block, settings={name: value, "second_language": "ar"}
                                                    | {name: value}))
    assert status == 422
    assert {problem["setting"] for problem in reply["problems"]} == {name}
    assert all(problem["message"] for problem in reply["problems"])
    assert stored(block) == before


def test_a_document_with_mistakes_is_refused_with_each_mistake_at_its_place(framework_block, call):
    data = small(title={}, version="")
    data["areas"][0]["competences"][0]["statements"][0]["picture"] = "javascript:alert(1)"
    before = stored(framework_block)
    status, reply = call(framework_block, "studio_save", sent(framework_block, data))
    assert status == 422
    assert [problem["path"] for problem in reply["problems"]] == [
        ["version"], ["title", "en"], ["areas", 0, "competences", 0, "statements", 0, "picture"]]
    assert stored(framework_block) == before
    checked = call(framework_block, "studio_check", sent(framework_block, data))[1]
    assert checked["problems"] == reply["problems"]


def test_a_document_half_translated_can_be_saved_and_read(framework_block, call):
    data = small(languages=["en", "ar"])
    data["areas"][0]["title"]["ar"] = "البيت"
    assert call(framework_block, "studio_save", sent(framework_block, data))[0] == 200
    learner = of(framework_block, "new")
    assert learner.load_document().offered == ("en",)
    assert call(learner, "choose_languages", {"own": "ar"})[0] == 400
    for path in (("title",), ("scale", "levels", 0, "label"), ("areas", 0, "competences", 0, "title")):
        place = data
        for key in path:
            place = place[key]
        place["ar"] = "شاي"
    assert call(framework_block, "studio_save", sent(framework_block, data))[0] == 200
    assert call(learner, "choose_languages", {"own": "ar", "beside": "en"})[0] == 200
    page = of(framework_block, "new").render("student_view").content
    arguments = json.loads(re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)[1])
    assert arguments["statements"][0]["text"] == [{"text": "I can.", "tag": "en", "dir": "ltr"}]
    assert hand_in(call, of(framework_block, "new"), {"tea-1": answer(1)})[0] == 200
    warnings = [str(message.text) for message in of(framework_block, "author").validate().messages]
    assert any("missing in العربيّة: " in warning for warning in warnings)


def test_the_second_of_two_authors_is_told_and_loses_nothing(framework_block, call):
    mine = sent(framework_block, small(title={"en": "Mine"}))
    theirs = sent(framework_block, small(title={"en": "Theirs"}))
    assert call(framework_block, "studio_save", theirs)[0] == 200
    before = stored(framework_block)
    status, reply = call(framework_block, "studio_save", mine)
    assert status == 409 and "Nothing of yours is lost" in reply["error"]
    assert reply["theirs"]["document"]["title"] == {"en": "Theirs"}
    assert reply["differences"] == [["title (en)", "Theirs", "Mine"]]
    assert stored(framework_block) == before
    assert call(framework_block, "studio_save", mine | {"revision": reply["theirs"]["revision"]})[0] == 200
    assert of(framework_block, "author").load_document().title["en"] == "Mine"


@pytest.mark.parametrize("revision", [None, "", "x", 3, []])
def test_a_save_must_say_what_it_was_made_from(framework_block, call, revision):
    assert call(framework_block, "studio_save", sent(framework_block) | {"revision": revision})[0] == 409


def test_a_setting_changed_elsewhere_is_a_conflict_too(framework_block, call):
    mine = sent(framework_block, settings={"rounds": 5})
    assert call(framework_block, "studio_save", sent(framework_block, settings={"rounds": 3}))[0] == 200
    assert call(framework_block, "studio_save", mine)[0] == 409


# -- a document that came with mistakes --------------------------------------------------------------------------------

@pytest.mark.parametrize("slug", ["with-mistakes", "module-with-mistakes"])
def test_a_document_with_mistakes_opens_as_far_as_it_can_be_read(open_block, call, slug):
    block = open_block(slug, "author")
    state = state_of(block)
    assert state["document"]["title"] and state["problems"]
    told = {str(message.text) for message in block.validate().messages}
    assert {problem["message"] for problem in state["problems"]} <= told
    status, reply = call(block, "studio_check", sent(block))
    assert status == 200 and reply["problems"] and all("path" in problem for problem in reply["problems"])


def test_a_document_that_is_no_xml_is_told_and_can_be_replaced(framework_block, call):
    framework_block.document = "<framework"
    framework_block.save()
    state = state_of(framework_block)
    assert state["document"] is None and "not well formed" in state["problems"][0]["message"]
    assert call(framework_block, "studio_save", sent(framework_block, small()))[0] == 200
    assert of(framework_block, "author").load_document().id == "small"


# -- what a change does to learners ------------------------------------------------------------------------------------

def test_without_learners_a_draft_keeps_its_version(framework_block, call):
    call(framework_block, "studio_save", sent(framework_block, small()))
    assert call(framework_block, "studio_check", sent(framework_block, small(title={"en": "x"})))[1]["changes"] == []
    data = small()
    data["areas"][0]["competences"][0]["statements"][0]["text"] = {"en": "I can now."}
    call(framework_block, "studio_save", sent(framework_block, data))
    assert of(framework_block, "author").load_document().version == "1"


def test_a_statement_learners_answered_is_retired_not_lost(answered, call):
    data = state_of(answered)["document"]
    removed = data["areas"][0]["competences"][0]["statements"].pop()
    status, told = call(answered, "studio_check", sent(answered, data))
    assert (told["learners"], told["version"]) == (1, "2")
    assert told["changes"] == ["Statements no longer asked: 1. Answers already handed in are kept and stay readable."]
    status, reply = call(answered, "studio_save", sent(answered, data))
    assert status == 200 and reply["state"]["document"]["version"] == "2"
    framework = of(answered, "new").load_document()
    assert [each.id for each in framework.retired] == [removed["id"]]
    learner = of(answered, "new")
    page = learner.render("student_view").content
    assert 'data-screen="result"' in page and "I do." in page  # she had not understood it
    table = call(learner, "download", method="GET", suffix="csv")[1].body.decode()
    assert "I do." in table and "I can." in table
    # Its id is never given again.
    data["areas"][0]["competences"][0]["statements"].append({"id": removed["id"], "text": {"en": "Another."}})
    data["retired"] = reply["state"]["document"]["retired"]
    status, reply = call(answered, "studio_save", sent(answered, data))
    assert status == 422 and "Another statement has the id" in reply["problems"][0]["message"]


@pytest.mark.parametrize(("corrections", "version"), [(False, "2"), (True, "1")])
def test_an_author_may_say_that_new_words_are_only_corrections(answered, call, corrections, version):
    data = state_of(answered)["document"]
    data["areas"][0]["competences"][0]["statements"][0]["text"]["en"] = "I can!"
    call(answered, "studio_save", sent(answered, data, corrections=corrections))
    assert of(answered, "author").load_document().version == version


def test_a_translation_raises_no_version(answered, call):
    data = state_of(answered)["document"]
    data["languages"].append("es")
    data["areas"][0]["competences"][0]["statements"][0]["text"]["es"] = "Puedo."
    assert call(answered, "studio_check", sent(answered, data))[1]["changes"] == []
    call(answered, "studio_save", sent(answered, data))
    assert of(answered, "author").load_document().version == "1"


def test_what_is_retired_needs_no_translation(answered, call):
    data = state_of(answered)["document"]
    data["areas"][0]["competences"][0]["statements"].pop()
    call(answered, "studio_save", sent(answered, data))
    data = state_of(answered)["document"] | {"languages": ["en", "es"]}
    checked = call(answered, "studio_check", sent(answered, data))[1]
    assert checked["missing"]
    assert not any(path[0] == "retired" for group in checked["missing"] for path in group["paths"])
    _, content = written(call, answered, data, "csv")
    assert b"I can." in content and b"I do." not in content


def test_an_activity_learners_did_is_retired_not_lost(make_block, call):
    olx = MODULE_OLX.to_text(Module.from_data(KEYED))
    block = make_block(f"<migrempower_training_module>{olx}</migrempower_training_module>")
    author = as_author(block)
    data = copy.deepcopy(KEYED)
    gone = next(step for step in data["steps"] if "question" in step)
    data["steps"].remove(gone)
    before, after = Module.from_data(KEYED), Module.from_data(data)
    kept = Module.from_data(with_retired(before, after))
    assert kept.wording(gone["id"])["en"] == gone["question"]["en"]
    assert author.load_document() == before


def test_another_first_language_does_not_hold_up_what_is_retired(answered, call):
    data = state_of(answered)["document"]
    data["areas"][0]["competences"][0]["statements"].pop()
    call(answered, "studio_save", sent(answered, data))
    data = json.loads(json.dumps(state_of(answered)["document"]).replace('"en"', '"ar"'))
    data["retired"] = state_of(answered)["document"]["retired"]
    assert call(answered, "studio_save", sent(answered, data))[0] == 200
    assert of(answered, "author").load_document().wording("tea-2") == {"en": "I do."}


def test_the_version_never_goes_back(answered, call):
    first = state_of(answered)["document"]
    second = copy.deepcopy(first)
    second["areas"][0]["competences"][0]["statements"][0]["text"]["en"] = "I can well."
    call(answered, "studio_save", sent(answered, second))
    third = copy.deepcopy(first)  # as after Undo
    third["areas"][0]["competences"][0]["statements"][0]["text"]["en"] = "I can badly."
    call(answered, "studio_save", sent(answered, third))
    assert of(answered, "author").load_document().version == "3"
    call(answered, "studio_save", sent(answered, third | {"version": "1"}))  # nothing else is new
    assert of(answered, "author").load_document().version == "3"
    call(answered, "studio_save", sent(answered, third | {"version": "10"}))
    assert of(answered, "author").load_document().version == "10"


def test_learners_of_other_blocks_with_the_same_framework_count(open_block, call):
    hand_in(call, open_block("start"))
    end = open_block("end", "author")
    data = preset_framework("migrempower").to_data() | {"version": "7"}
    assert call(end, "studio_save", sent(end, data))[0] == 200
    data["areas"][0]["competences"].pop()
    told = call(end, "studio_check", sent(end, data))[1]
    assert told["learners"] == 1 and told["changes"] and told["version"] == "8"


def test_another_document_in_the_place_of_an_answered_one_is_told(answered, call):
    told = call(answered, "studio_check", sent(answered, preset_framework("lifecomp").to_data()))[1]
    assert told["learners"] == 1 and "takes the place" in told["changes"][0]


def test_what_somebody_has_only_begun_to_answer_stays_readable_too(make_block, call):
    olx = FRAMEWORK_OLX.to_text(FRAMEWORK_OLX.from_data(small()))
    block = make_block(f'<migrempower_self_evaluation rounds="0">{olx}</migrempower_self_evaluation>')
    call(block, "save_answers", {"round": 1, "answers": {"tea-1": answer(1)}})
    data = small()
    data["areas"][0]["competences"][0]["statements"] = [{"id": "tea-9", "text": {"en": "New."}}]
    author = as_author(block)
    assert call(author, "studio_save", sent(author, data))[0] == 200
    assert "I can." in call(of(block, "new"), "download", method="GET", suffix="csv")[1].body.decode()


# -- what counts as a change -------------------------------------------------------------------------------------------

BEFORE = Framework.from_data(preset_framework("migrempower").to_data())


def changed(change):
    data = copy.deepcopy(BEFORE.to_data())
    change(data)
    return Changes(BEFORE, Framework.from_data(data))


def first(data):
    return data["areas"][0]["competences"][0]


@pytest.mark.parametrize(("change", "what"), [
    (lambda data: first(data)["statements"][0]["text"].update(es="Puedo otra cosa."), "reworded"),
    (lambda data: data["areas"][0]["competences"].pop(), "removed"),
    (lambda data: first(data)["statements"].append({"id": "new-1", "text": {"en": "I can more."}}), "added"),
    (lambda data: data["areas"][1]["competences"][0]["statements"].append(
        data["areas"][0]["competences"][1]["statements"].pop()) or data["areas"][0]["competences"].pop(1), "moved"),
    (lambda data: data["scale"]["levels"][0]["label"].update(en="Never"), "scale"),
    (lambda data: data["scale"]["levels"].pop(), "scale"),
])
def test_what_was_asked_differently_is_a_change(change, what):
    found = changed(change)
    assert found.meaning and getattr(found, what) and len(found.sentences()) == 1


@pytest.mark.parametrize("change", [
    lambda data: first(data).update(advice={"en": "Other advice."}),
    lambda data: first(data)["title"].update(en="Other title"),
    lambda data: first(data)["statements"][0].update(picture="house", example={"en": "Other."}),
    lambda data: first(data)["statements"][0]["text"].pop("ar"),
    lambda data: data["areas"].reverse(),
    lambda data: data.update(about={"en": "About."}, version="9"),
    lambda data: data["scale"]["levels"][0].update(picture="house"),
])
def test_what_was_asked_the_same_is_none(change):
    found = changed(change)
    assert not found.meaning and not found.sentences()


@pytest.mark.parametrize(("version", "following"), [
    ("1", "2"), ("9", "10"), ("1.9", "1.10"), ("2026-1", "2026-2"), ("draft", "draft.2"), ("a" * 32, "2"),
    ("v" + "9" * 31, "2")])
def test_the_next_version_is_one_more(version, following):
    assert raised(version) == following
    Framework.from_data(BEFORE.to_data() | {"version": following})


@settings(max_examples=60)
@given(before=frameworks, after=frameworks)
def test_whatever_is_removed_the_document_with_its_retired_ones_is_right(before, after):
    data = with_retired(before, after)
    kept = Framework.from_data(data)
    assert {**kept.statements}.keys() == after.statements.keys()
    assert before.statements.keys() <= kept.statements.keys() | {each.id for each in kept.retired} | (
        {kept.practice.id} if kept.practice else set())
    assert with_retired(kept, kept) == kept.to_data()


@settings(max_examples=60)
@given(before=modules, after=modules)
def test_whatever_is_removed_from_a_module_it_is_right_with_its_retired_ones(before, after):
    kept = Module.from_data(with_retired(before, after))
    assert kept.steps == after.steps
    assert before.activities.keys() <= kept.by_id.keys() | {each.id for each in kept.retired}


# -- preview -----------------------------------------------------------------------------------------------------------

def preview(call, block, document, state=None, **more):
    return call(block, "studio_preview", {**sent(block, document), "state": state or {}, **more})


def test_a_draft_can_be_tried_to_its_result_and_nothing_is_written(framework_block, call):
    before = stored(framework_block)
    status, reply = preview(call, framework_block, small(), {"migrempower_languages": {"own": "en"}})
    assert status == 200
    assert "<!DOCTYPE html>" in reply["page"] and 'data-screen="start"' in reply["page"]
    status, reply = preview(call, framework_block, small(), reply["state"], handler="save_answers",
                            body={"round": 1, "answers": {"tea-1": answer(1)}})
    assert reply["status"] == 200 and reply["reply"]["answers"]["tea-1"]["level"] == 1
    status, reply = preview(call, framework_block, small(), reply["state"], handler="hand_in", body={"round": 1})
    assert reply["status"] == 200 and 'data-screen="result"' in reply["reply"]["html"]
    status, again = preview(call, framework_block, small(), reply["state"])
    assert 'data-screen="result"' in again["page"]
    status, reply = preview(call, framework_block, small(), reply["state"], handler="share",
                            body={"shared": True, "stamp": 5})
    assert reply["reply"] == {"shared": True}
    status, reply = preview(call, framework_block, small(), reply["state"], handler="delete_data", body={})
    assert reply["state"]["store"] == {"records": [], "shared": False}
    assert stored(framework_block) == before


def test_a_module_is_marked_in_its_preview(open_block, call):
    block = open_block("own-module", "author")
    before = stored(block)
    _, reply = preview(call, block, KEYED)
    name = re.search(r'data-screen="q".*?type="radio"[^>]*value="([^"]+)"', reply["page"], re.DOTALL)[1]
    _, reply = preview(call, block, KEYED, reply["state"], handler="save_answers", body={
        "run": 1, "answers": {"q": {"stamp": 5, "reply": [name], "check": 1}}})
    assert reply["status"] == 200 and "SECRET" in reply["reply"]["steps"]["q"], reply
    _, reply = preview(call, block, KEYED, reply["state"], handler="hand_in", body={"run": 1})
    assert reply["status"] == 200
    assert stored(block) == before


def test_a_draft_with_mistakes_has_no_preview_and_says_where(framework_block, call):
    status, reply = preview(call, framework_block, small(title={}))
    assert status == 422 and reply["problems"][0]["path"] == ["title", "en"]


@pytest.mark.parametrize("more", [
    {"handler": "studio_save", "body": {}}, {"handler": "download", "body": {}}, {"handler": "render", "body": {}},
    {"handler": "save_answers", "body": None}, {"handler": ["page"], "body": {}}, {"handler": None, "body": {}},
    {"state": {"progress": 3}}, {"state": {"store": 3}}, {"state": {"store": {"records": [{}]}}},
    {"state": {"store": {"records": [{"number": 1, "handed_in": "x", "answer": {}}]}}},
    {"state": {"store": {"records": 7}}}, {"state": {"migrempower_languages": 7}}])
def test_a_rehearsal_does_what_learners_do_and_nothing_else(framework_block, call, more):
    before = stored(framework_block)
    body = {**sent(framework_block, small()), "state": {}, **more}
    status, reply = call(framework_block, "studio_preview", body)
    assert status == 400 and reply["error"]
    assert stored(framework_block) == before


@pytest.mark.parametrize("state", [
    {"migrempower_languages": None}, {"migrempower_languages": "en"}, {"progress": None}, {"progress": "x"},
    {"migrempower_country": {}},
    {"store": {"records": [{"number": 1, "handed_in": "2026-01-01T00:00:00+00:00", "answer": {
        "framework": "small", "version": "1", "moment": "sometime", "answers": {}, "unanswered": [], "completion": 1,
        "ratings": {"tea": "x"}}}]}}])
@pytest.mark.parametrize("slug", BLOCKS)
def test_a_state_of_a_wrong_form_is_refused(open_block, call, slug, state):
    block = open_block(slug, "author")
    document = small() if slug == "own-framework" else KEYED
    status, _ = preview(call, block, document, state)
    assert status == 400 or (status == 200 and slug == "own-framework" and "migrempower_country" in state)


@pytest.mark.parametrize("part", ["replies", "done", "shares", "earned", "ratings"])
def test_a_record_of_a_wrong_form_is_refused_whatever_is_asked(open_block, call, part):
    block = open_block("own-module", "author")
    state = preview(call, block, KEYED, handler="hand_in", body={"run": 1})[1]["state"]
    asked = {"handler": "save_answers", "body": {"run": 1, "answers": {}}}
    assert preview(call, block, KEYED, state, **asked)[0] == 200
    state["store"]["records"][0]["answer"][part] = [{}]
    assert preview(call, block, KEYED, state, **asked)[0] == 400


def test_a_preview_shows_languages_that_are_still_being_translated(framework_block, call):
    data = small(languages=["en", "ar"])
    data["title"]["ar"] = "صغير"
    _, reply = preview(call, framework_block, data, {"migrempower_languages": {"own": "ar", "beside": ""}})
    assert "صغير" in reply["page"]


def test_a_preview_reaches_no_other_page_of_the_course(open_block, call, monkeypatch):
    def unreachable(*_):
        raise AssertionError

    monkeypatch.setattr(HostRuntime, "blocks_of_type", unreachable)
    block = open_block("start", "author")
    monkeypatch.setattr("migrempower_xblock.platform.authored_blocks", lambda *_: [])
    _, reply = preview(call, block, small(), handler="hand_in", body={"round": 1, "answers": {"tea-1": answer(0)}})
    assert reply["status"] == 200 and 'data-screen="result"' in reply["reply"]["html"]


# -- addresses in Studio -----------------------------------------------------------------------------------------------

class NewReplaceURLService:
    def __init__(self, xblock=None, **_):
        self.course = xblock.scope_ids.usage_id

    def replace_urls(self, text):
        return text.replace("/static/", "/asset-v1:new@")


class OldReplaceURLService:
    def __init__(self, course_id=None, static_asset_path=""):
        assert course_id == "course"

    def replace_urls(self, text):
        return text.replace("/static/", "/asset-v1:old@")


@pytest.mark.parametrize(("service", "address"), [(NewReplaceURLService, "/asset-v1:new@a.png"),
                                                  (OldReplaceURLService, "/asset-v1:old@a.png")])
def test_studios_own_service_finds_an_authors_picture(framework_block, monkeypatch, service, address):
    from types import SimpleNamespace

    class Key(str):
        is_course = True

    monkeypatch.setattr(platform, "imported", lambda _name: SimpleNamespace(ReplaceURLService=service))
    monkeypatch.setattr(platform, "_context_key", lambda _block: Key("course"))
    assert platform.authored_address(framework_block, "/static/a.png") == address


# -- files -------------------------------------------------------------------------------------------------------------

def written(call, block, document, kind):
    status, reply = call(block, "studio_write_file", {"document": document, "kind": kind})
    assert status == 200
    return reply["name"], base64.b64decode(reply["content"])


def read(call, block, document, name, content):
    return call(block, "studio_read_file", {"document": document, "name": name,
                                            "content": base64.b64encode(content).decode()})


@pytest.mark.parametrize(("slug", "presets", "preset"), [("own-framework", framework_names, preset_framework),
                                                         ("own-module", module_names, preset_module)])
@pytest.mark.parametrize("kind", ["csv", "xlsx", "json", "xml"])
def test_every_shipped_document_comes_back_from_a_file(open_block, call, slug, presets, preset, kind):
    block = open_block(slug, "author")
    for name in presets():
        data = preset(name).to_data()
        file, content = written(call, block, data, kind)
        assert file == f"{data['id']}.{kind}"
        status, reply = read(call, block, data, file, content)
        assert (status, reply["problems"], reply["changes"], reply["document"]) == (200, [], [], data)


def test_a_translators_table_is_looked_at_first_and_changes_only_the_draft(framework_block, call):
    before = stored(framework_block)
    _, content = written(call, framework_block, small(), "csv")
    table = content.decode("utf-8-sig").replace("key,place,en", "key,place,en,fr")
    table = table.replace(",Small\r\n", ",Small,Petit\r\n")
    status, reply = read(call, framework_block, small(), "small.csv", table.encode())
    assert status == 200 and reply["problems"] == []
    assert reply["changes"] == [["title", "fr", "", "Petit"]] and reply["languages"] == ["français"]
    assert reply["document"]["title"] == {"en": "Small", "fr": "Petit"}
    assert stored(framework_block) == before


@pytest.mark.parametrize(("name", "content", "hint"), [
    ("a.xml", b"<framework", "not well formed"), ("a.xml", b"<module/>", "There is no <framework>"),
    ("a.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><framework id="x">&b;</framework>', "not allowed"),
    ("a.json", b"{", "not JSON"), ("a.json", b"[]", "object"), ("a.json", b'{"id": 3}', "id"),
    ("a.json", b"[" * 100_000, "not JSON")])
def test_a_file_with_mistakes_is_told_and_nothing_is_taken(framework_block, call, name, content, hint):
    status, reply = read(call, framework_block, small(), name, content)
    assert status == 200 and "document" not in reply
    assert any(hint in problem["message"] for problem in reply["problems"])


@pytest.mark.parametrize(("name", "content"), [
    ("a.json", b" " * (4 * 1024 * 1024 + 1)), ("a.json", b"\xff\xfe\x00"), ("a.csv", b"\x80\x81"),
    ("a.xlsx", b"PK\x03\x04 no"), ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")])
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(framework_block, call, name, content):
    status, reply = read(call, framework_block, small(), name, content)
    assert status == 422 and len(reply["error"]) > 20


def test_olx_is_written_of_right_documents_only(framework_block, call):
    status, reply = call(framework_block, "studio_write_file", {"document": small(title={}), "kind": "xml"})
    assert status == 422 and reply["problems"]
    assert call(framework_block, "studio_write_file", {"document": small(), "kind": "exe"})[0] == 400


# -- settings that learners meet ---------------------------------------------------------------------------------------

def test_where_nothing_is_shared_nobody_is_asked_and_an_old_choice_does_not_count(make_block, call):
    block = make_block('<migrempower_self_evaluation rounds="0"/>')
    hand_in(call, block)
    assert call(block, "share", {"shared": True, "stamp": 5})[1] == {"shared": True}
    author = as_author(block)
    assert call(author, "studio_save", sent(author, settings={"sharing": "never"}))[0] == 200
    learner = of(block, "new")
    page = learner.render("student_view").content
    assert 'data-part="share"' not in page and "shown to nobody" in page
    assert call(learner, "share", {"shared": True, "stamp": 9})[0] == 403
    assert call(learner, "share", {"shared": False, "stamp": 10})[1] == {"shared": False}  # taking back is a right
    assert call(author, "studio_save", sent(author, settings={"sharing": "ask"}))[0] == 200
    assert call(of(block, "new"), "download", method="GET", suffix="json")[1]["shared_with_trainers"] is False
    assert call(author, "studio_save", sent(author, settings={"sharing": "never"}))[0] == 200
    assert call(learner, "download", method="GET", suffix="json")[1]["shared_with_trainers"] is False


def test_an_activity_left_open_after_the_due_date_takes_answers(open_block, call):
    assert hand_in(call, open_block("closed"))[0] == 403
    author = open_block("closed", "author")
    assert call(author, "studio_save", sent(author, settings={"after_due": "stay-open"}))[0] == 200
    assert hand_in(call, open_block("closed"), everything())[0] == 200


def test_the_source_of_a_framework_stands_on_the_learners_first_page(make_block):
    page = make_block('<migrempower_self_evaluation framework="digcomp-3"/>').render("student_view").content
    assert "CC BY 4.0" in page


def test_walking_meets_every_value_of_a_document():
    data = preset_module("my-skills").to_data()
    paths = [item.path for item in walk(Module, data)]
    assert len(paths) == len(set(paths)) == len(list(inside(Module.from_data(data))))
