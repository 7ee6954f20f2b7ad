"""Copies of a block: pasted, duplicated, taken from a library and updated from it, a block keeps what its author wrote.

What Studio does is done here as it does it there: facts of cms/djangoapps/contentstore/helpers.py and utils.py,
cms/lib/xblock/upstream_sync_block.py, openedx/core/lib/xblock_serializer/, common/djangoapps/static_replace/ and
openedx/core/djangoapps/xblock/runtime/ of the releases from Teak on.
"""

import re
from collections import defaultdict
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from opaque_keys.edx.keys import CourseKey
from opaque_keys.edx.locator import LibraryLocatorV2, LibraryUsageLocatorV2, LocalId
from xblock.core import XBlockMixin
from xblock.field_data import DictFieldData, FieldData, SplitFieldData
from xblock.fields import DateTime, Integer, List, Scope, ScopeIds, String
from xblock.runtime import DictKeyValueStore, KvsFieldData, Runtime

from migrempower_xblock.cohort_report import CohortReportBlock
from migrempower_xblock.competences.framework import Framework
from migrempower_xblock.olx import FRAMEWORK_OLX, MODULE_OLX
from migrempower_xblock.passport import PassportBlock
from migrempower_xblock.schema import AddressPart, PicturePart, RichTextPart, parts
from migrempower_xblock.self_evaluation import SelfEvaluationBlock
from migrempower_xblock.training.module import Module
from migrempower_xblock.training_module import TrainingModuleBlock

from .generate import frameworks, modules
from .test_docs import FRAMEWORK_PART, MODULE_PART, examples

pytestmark = pytest.mark.django_db

COURSE = CourseKey.from_string("course-v1:MigrEmpower+Copies+2026")
LIBRARY = LibraryLocatorV2("MigrEmpower", "shelf")
AUTHORED = (Scope.content, Scope.settings)
RECORDED = (SelfEvaluationBlock, TrainingModuleBlock)
BLOCKS = {"migrempower_self_evaluation": SelfEvaluationBlock, "migrempower_training_module": TrainingModuleBlock,
          "migrempower_cohort_report": CohortReportBlock, "migrempower_passport": PassportBlock}
TYPE_OF = {block: name for name, block in BLOCKS.items()}
FORMATS = {SelfEvaluationBlock: FRAMEWORK_OLX, TrainingModuleBlock: MODULE_OLX}
SETTINGS = {
    SelfEvaluationBlock: {"display_name": "What I can", "moment": "end", "rounds": 3, "framework": "everyday",
                          "sharing": "never", "after_due": "stay-open", "second_language": "ar", "weight": 2.5},
    TrainingModuleBlock: {"display_name": "First day", "module": "applying", "marking": "at-end", "attempts": 2,
                          "show_answers": "never", "pass_mark": 70, "runs": 4, "counts": "latest", "country": "ES",
                          "sharing": "never", "after_due": "stay-open", "second_language": "fa", "weight": 0.5},
    CohortReportBlock: {"display_name": "Our course"},
    PassportBlock: {"display_name": "My way"},
}


# -- what Studio and a library are -------------------------------------------------------------------------------------


class StudioFields(XBlockMixin):
    """Fields that Studio mixes into every block, some of those that matter to a copy."""

    copied_from_block = String(default=None, scope=Scope.settings)
    upstream = String(default=None, scope=Scope.settings)
    upstream_version = Integer(default=None, scope=Scope.settings)
    upstream_display_name = String(default=None, scope=Scope.settings)
    downstream_customized = List(default=[], scope=Scope.settings)
    due = DateTime(default=None, scope=Scope.settings)

    # What is fetched from a library beside the field it belongs to; None: what belongs to the course alone.
    customizable = {"display_name": "upstream_display_name", "due": None, "graceperiod": None, "weight": None,
                    "show_correctness": None, "max_attempts": None}


class StudioRuntime(Runtime):
    """A course in Studio."""

    mixed_in = (StudioFields,)

    def __init__(self):
        super().__init__(id_reader=None, id_generator=None, mixins=self.mixed_in, services={
            "field-data": KvsFieldData(DictKeyValueStore())})

    def add(self, block, **fields):
        made = self.construct_xblock_from_class(block, self.keys(block))
        for name, value in fields.items():
            setattr(made, name, value)
        return made

    def keys(self, block):
        return ScopeIds(None, TYPE_OF[block], LocalId(), COURSE.make_usage_key(TYPE_OF[block], LocalId()))

    def handler_url(self, block, handler_name, suffix="", query="", thirdparty=False):
        return f"/handler/{handler_name}/{suffix}"

    def local_resource_url(self, block, uri):
        return f"/resource/{uri}"

    def resource_url(self, resource):
        return f"/static/{resource}"

    def publish(self, block, event_type, event_data):
        """Told to nobody."""


class LibraryFields(FieldData):
    """What an author writes in a library: no other scope can be asked for."""

    def __init__(self):
        self.kept = defaultdict(dict)

    def _fields(self, block, name):
        if getattr(type(block), name).scope not in AUTHORED:
            raise NotImplementedError
        return self.kept[block.scope_ids.usage_id]

    def get(self, block, name):
        return self._fields(block, name)[name]

    def set(self, block, name, value):
        self._fields(block, name)[name] = value

    def delete(self, block, name):
        del self._fields(block, name)[name]


class LibraryUrls:
    """The service that finds a component's own files; what it does not know stays as it is."""

    def replace_urls(self, text, static_replace_only=False):
        return re.sub(r"""(["'])/static/(?!missing)(.*?)\1""", r"\1https://studio/library_assets/7/static/\2\1", text)


class LibraryRuntime(StudioRuntime):
    """A content library: a block is read from its OLX whenever it is opened."""

    mixed_in = ()

    def __init__(self, olx, user="author"):
        super().__init__()
        authored, learners = LibraryFields(), DictFieldData({})
        scopes = [*AUTHORED, Scope.user_state, Scope.user_info, Scope.preferences, Scope.user_state_summary]
        self._services |= {"replace_urls": LibraryUrls(), "field-data": SplitFieldData(
            {scope: authored if scope in AUTHORED else learners for scope in scopes})}
        self.olx, self.user = olx, user

    def get_block(self, usage_id, for_parent=None):
        node = etree.fromstring(self.olx)
        block_class = self.mixologist.mix(BLOCKS[usage_id.block_type])
        block = block_class.parse_xml(node, runtime=self, keys=ScopeIds(self.user, node.tag, None, usage_id))
        block.force_save_fields(block._get_fields_to_save())
        return block

    def open(self):
        return self.get_block(LibraryUsageLocatorV2(LIBRARY, etree.fromstring(self.olx).tag, "first"))


def serialized(block):
    """The OLX a block is copied as."""
    node = etree.Element("root")
    block.add_xml_to_node(node)
    node.set("url_name", node.get("url_name", "original"))
    node.set("copied_from_block", str(COURSE.make_usage_key(node.tag, "original")))
    node.set("copied_from_version", "3")
    return etree.tostring(node, encoding="unicode", pretty_print=True)


def pasted(olx, runtime=None):
    runtime, node = runtime or StudioRuntime(), etree.fromstring(olx)
    block = BLOCKS[node.tag]
    return block.parse_xml(node, runtime, runtime.keys(block))


def duplicated(block):
    """A duplicate: the content that was set, as it is stored, and each setting that was."""
    fields = {field.name: field.read_json(block) if field.scope == Scope.content else field.read_from(block)
              for field in block.fields.values() if field.scope in AUTHORED and field.is_set_on(block)}
    return StudioRuntime().add(block.unmixed_class, **fields)


def updated(downstream, upstream):
    """A course's copy of a library's block after an update."""
    shared = [name for name, field in type(downstream).fields.items() if field.scope in AUTHORED
              and name in type(upstream).fields]
    for name in set(shared) - StudioFields.customizable.keys():
        setattr(downstream, name, getattr(upstream, name))
    for name, fetched in StudioFields.customizable.items():
        if name in shared and fetched:
            before = getattr(downstream, fetched)
            setattr(downstream, fetched, getattr(upstream, name))
            if not before or getattr(downstream, name) == before:
                setattr(downstream, name, getattr(upstream, name))
    return downstream


def files_found(olx):
    """The files that Studio takes along: addresses in quotes."""
    found = re.findall(r"""(\\?['"])/static/(.*?)\1""", olx.replace("&quot;", '"'))
    return {path for _, path in found if not path.startswith("xblock/")}


def brought_from_library(block, names):
    """A block in a course whose files came along: they have a folder of their own there, and ``data`` is told so."""
    folder = f"static/components/{block.scope_ids.block_type}/first"
    text = block.data
    for name in names:
        text = text.replace(f"static/{name}", f"{folder}/{name}")
    block.data = text
    return f"/{folder}"


def authored(block):
    """What an author has made of a block; fields of Studio's own left out."""
    return {name: getattr(block, name) for name, field in block.unmixed_class.fields.items()
            if field.scope in AUTHORED and name not in ("document", "tags", "parent", "name")}


def same(block, other):
    assert authored(block) == authored(other)
    if type(block).unmixed_class in RECORDED:
        assert block.load_document() == other.load_document()
    return True


def mistakes(block):
    return [each.text for each in block.validate().messages if each.type == "error"]


# -- documents with files in every place -------------------------------------------------------------------------------


def with_files(cls, data, languages, number):
    """Plain data of ``cls`` with files in every place that may name one."""
    made = dict(data)
    made.pop("youtube", None)  # a film of one's own instead
    for name, part in parts(cls).items():
        if isinstance(part, AddressPart):
            made[name] = {language: f"/static/{next(number)}-{language}.mp3" for language in languages}
        elif isinstance(part, PicturePart):
            made[name] = f"/static/{next(number)}.png"
        elif isinstance(part, RichTextPart):
            made[name] = {language: f'{text}<p><a href="/static/{next(number)}.pdf">pdf</a>'
                                    f'<img src="/static/{next(number)}.svg" alt=""></p>'
                          for language, text in data[name].items()}
        elif part.place == "one" and name in data:
            made[name] = with_files(part.cls, data[name], languages, number)
        elif part.place == "many":
            made[name] = [with_files(part.kinds[item.get("kind", next(iter(part.kinds)))], item, languages, number)
                          for item in data.get(name, [])]
    return made


def document_with_files(block):
    """(document, names of all its files); a step of each kind, or every part of a framework."""
    text = examples(FRAMEWORK_PART if block is SelfEvaluationBlock else MODULE_PART)[1]
    whole = FORMATS[block].from_element(etree.fromstring(text)[0])
    cls, number = (Framework if block is SelfEvaluationBlock else Module), count(100)
    data = with_files(cls, whole.to_data(), whole.languages, number)
    names = set(re.findall(r"/static/([\w.-]+)", str(data)))
    assert len(names) >= next(number) - 100
    return FORMATS[block].from_data(data), names


def made(block, document=None, **fields):
    """A block in a course, all its settings set."""
    text = {"document": FORMATS[block].to_text(document)} if document else {}
    return StudioRuntime().add(block, **{**SETTINGS[block], **text, **fields})


documents = st.one_of(st.tuples(st.just(SelfEvaluationBlock), frameworks),
                      st.tuples(st.just(TrainingModuleBlock), modules))


# -- copies ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", BLOCKS.values())
def test_every_setting_is_set_in_these_tests(block):
    own = {name for cls in block.__mro__ if cls.__module__.startswith("migrempower_xblock")
           for name, field in vars(cls).items() if getattr(field, "scope", None) in AUTHORED}
    assert SETTINGS[block].keys() == own - {"document", "problems"}
    assert all(block.fields[name].default != value for name, value in SETTINGS[block].items())


@pytest.mark.parametrize("copy", [lambda block: pasted(serialized(block)), duplicated])
@pytest.mark.parametrize("block", BLOCKS.values())
def test_a_copy_has_every_setting(block, copy):
    original = made(block)
    assert same(original, copy(original))
    assert authored(original) | SETTINGS[block] == authored(original)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(documents)
def test_a_copy_has_the_authors_document(drawn):
    original = made(*drawn)
    assert original.load_document() == drawn[1]
    assert same(original, pasted(serialized(original)))
    assert same(original, duplicated(original))
    assert same(original, LibraryRuntime(serialized(original)).open())


@pytest.mark.parametrize("block", RECORDED)
def test_a_copy_of_a_copy_is_written_the_same(block):
    first = serialized(made(block, document_with_files(block)[0]))
    assert etree.canonicalize(serialized(pasted(first))) == etree.canonicalize(first)


@pytest.mark.parametrize("block", RECORDED)
def test_a_copy_of_a_document_with_mistakes_has_the_same_mistakes_and_words(block):
    document, _ = document_with_files(block)
    olx = serialized(made(block, document)).replace('xml:lang="en"', 'xml:lang="eng"', 1).replace(
        'weight="', 'weight="much ')
    original = pasted(olx)
    assert len(original.problems) >= 2
    copy = pasted(serialized(original))
    assert [re.sub(r"\d+", "", each) for each in copy.problems] == [
        re.sub(r"\d+", "", each) for each in original.problems]
    assert "".join(etree.fromstring(copy.document).itertext()).split() == "".join(
        etree.fromstring(olx).itertext()).split()
    assert duplicated(original).problems == original.problems


def test_a_copy_is_nobodys_yet():
    original = made(SelfEvaluationBlock)
    original.progress = {"round": 1}
    assert duplicated(original).progress == {} == pasted(serialized(original)).progress


@pytest.mark.parametrize("block", BLOCKS.values())
def test_what_studio_writes_beside_our_attributes_does_no_harm(block):
    olx = serialized(made(block))
    for more in ('upstream="lb:MigrEmpower:shelf:x:first" upstream_version="2" downstream_customized="[]"',
                 'tags-v1="Subjects:Kitchen" x-is-pointer-node="no" parent_url="x" index_in_children_list="0"',
                 'due="&quot;2026-11-30T00:00:00Z&quot;" visible_to_staff_only="true" upstream_data="x"'):
        copy = pasted(olx.replace(" url_name=", f" {more} url_name="))
        assert same(made(block), copy)
        assert not getattr(copy, "problems", [])


# -- files -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", RECORDED)
def test_studio_finds_every_file_of_a_document(block):
    document, names = document_with_files(block)
    assert files_found(serialized(made(block, document))) == names


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(documents)
def test_studio_finds_the_files_of_any_document(drawn):
    _, document = drawn
    named = set(re.findall(r"'/static/([^']+)'", str(document.to_data())))
    assert files_found(serialized(made(*drawn))) == named


@pytest.mark.parametrize("block", RECORDED)
def test_an_address_written_as_before_is_read_and_its_file_found(block):
    """Version 0.1.0 wrote it between the tags."""
    document, names = document_with_files(block)
    text = re.sub(r'<(\w+) xml:lang="([\w-]+)" src="([^"]+)"/>', r'<\1 xml:lang="\2">\3</\1>',
                  FORMATS[block].to_text(document))
    assert " src=" not in re.sub("<img[^>]*>", "", text)
    original = StudioRuntime().add(block, document=text)
    assert original.load_document() == document
    assert files_found(serialized(original)) == names
    assert pasted(serialized(original)).load_document() == document


@pytest.mark.parametrize(("element", "told"), [
    ('<audio xml:lang="en" src="/static/a.mp3">/static/b.mp3</audio>', "Say the language, and nothing else"),
    ('<audio src="/static/a.mp3"/>', "Say the language, and nothing else"),
    ('<audio xml:lang="en" src="/static/a.mp3" kind="x"/>', "Say the language, and nothing else"),
    ('<audio xml:lang="en" src="static/a.mp3"/>', "begins with 'https://' or '/static/'"),
    ('<audio xml:lang="en" src="/static/a b.mp3"/>', "has no spaces"),
])
def test_an_address_that_cannot_be_used_is_told_with_its_line(element, told):
    text = FRAMEWORK_OLX.to_text(document_with_files(SelfEvaluationBlock)[0])
    old = re.search(r'<audio xml:lang="en" src="[^"]+"/>', text)
    line = text[:old.start()].count("\n") + 1
    problems = FRAMEWORK_OLX.draft(text.replace(old[0], element, 1))[1]
    assert [each.line for each in problems if told in each.message] == [line]


@pytest.mark.parametrize("block", RECORDED)
def test_files_from_a_library_are_found_under_their_new_addresses(block):
    document, names = document_with_files(block)
    copy = pasted(serialized(LibraryRuntime(serialized(made(block, document))).open()))
    folder = brought_from_library(copy, names)
    assert not mistakes(copy)
    found = files_found(serialized(copy))
    assert found == {f"{folder.removeprefix('/static/')}/{name}" for name in names}
    assert copy.load_document().to_data() == FORMATS[block].from_text(
        FORMATS[block].to_text(document).replace("/static/", f"{folder}/")).to_data()
    copy.save()  # nothing but the document was changed by it
    assert copy.problems == []


@pytest.mark.parametrize("block", RECORDED)
@pytest.mark.parametrize("slip", ["static/None", "{name}"])
def test_files_from_another_course_keep_their_addresses(block, slip):
    """Releases up to Ulmo write "static/None" for each, later ones a name without its folder."""
    document, names = document_with_files(block)
    copy = pasted(serialized(made(block, document)))
    folder = brought_from_library(copy, names).removeprefix("/static/")
    elsewhere = pasted(serialized(copy))
    text = elsewhere.data
    for name in names:
        text = text.replace(f"{folder}/{name}", slip.format(name=name))
    assert text != elsewhere.data
    elsewhere.data = text
    assert elsewhere.load_document() == copy.load_document()


def test_an_address_of_a_librarys_own_file_is_one_a_browser_can_open():
    document, names = document_with_files(TrainingModuleBlock)
    block = LibraryRuntime(serialized(made(TrainingModuleBlock, document))).open()
    name = sorted(names)[0]
    assert block.authored_address(f"/static/{name}") == f"https://studio/library_assets/7/static/{name}"
    assert block.authored_address("/static/missing.png") == "/static/missing.png"
    assert block.authored_address("https://example.org/a.png") == "https://example.org/a.png"
    page = block.student_view().content
    assert f'"https://studio/library_assets/7/static/{name}"' in page and f'"/static/{name}"' not in page


# -- libraries ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["student_view", "public_view", "author_view", "studio_view"])
@pytest.mark.parametrize("block", BLOCKS.values())
def test_every_view_opens_in_a_library(block, view):
    document = document_with_files(block)[0] if block in RECORDED else None
    shown = LibraryRuntime(serialized(made(block, document))).open()
    assert getattr(shown, view)({}).content
    assert LibraryRuntime(f"<{TYPE_OF[block]} display_name='x'/>").open().student_view({}).content


@pytest.mark.parametrize("block", BLOCKS.values())
def test_an_update_from_a_library_brings_what_was_written_there(block):
    document = document_with_files(block)[0] if block in RECORDED else None
    upstream = LibraryRuntime(serialized(made(block, document))).open()
    downstream = updated(StudioRuntime().add(block, upstream_display_name=None), upstream)
    assert same(downstream, made(block, document, **({"weight": 1.0} if block in RECORDED else {})))
    for view in ("student_view", "author_view"):
        assert getattr(downstream, view)({}).content
    if block in RECORDED:
        assert not mistakes(downstream)


@pytest.mark.parametrize("block", RECORDED)
def test_an_update_takes_the_place_of_mistakes_and_of_a_document_of_ones_own(block):
    document, names = document_with_files(block)
    broken = pasted(serialized(made(block, document)).replace('xml:lang="en"', 'xml:lang="eng"', 1))
    assert broken.document_or_none() is None
    right = LibraryRuntime(serialized(made(block, document))).open()
    assert updated(broken, right).load_document() == document
    folder = brought_from_library(broken, names)
    assert folder in broken.document
    assert updated(broken, right).load_document() == document  # the next update has the library's addresses again
    assert brought_from_library(broken, names) == folder
    shipped = LibraryRuntime(serialized(made(block))).open()
    assert updated(broken, shipped).load_document() == shipped.load_document()
    assert broken.document == "" and not mistakes(broken)


@pytest.mark.parametrize("block", BLOCKS.values())
def test_an_update_leaves_what_belongs_to_the_course(block):
    first = LibraryRuntime(serialized(made(block))).open()
    copy = updated(StudioRuntime().add(block), first)
    copy.display_name = "Our own name"
    if block in RECORDED:
        copy.weight = 7.0
    second = LibraryRuntime(serialized(made(block, display_name="New"))).open()
    updated(copy, second)
    assert (copy.display_name, copy.upstream_display_name) == ("Our own name", "New")
    assert getattr(copy, "weight", 7.0) == 7.0
