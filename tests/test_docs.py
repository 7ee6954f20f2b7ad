"""The documents tell the truth: their examples run, and nothing that can be called is left out."""

import re
import textwrap
from pathlib import Path

import pytest
from lxml import etree
from xblock.fields import Field, Scope

from migrempower_xblock import evaluation_page, jobs, training_files
from migrempower_xblock.cohort_report import CohortReportBlock
from migrempower_xblock.competences.answers import MOMENTS, AnswerSheet
from migrempower_xblock.olx import FRAMEWORK_OLX, MODULE_OLX, framework_names, module_names, scale_names
from migrempower_xblock.olx.mapping import XML_LANG, element
from migrempower_xblock.passport import PassportBlock
from migrempower_xblock.recorded import RecordedBlock
from migrempower_xblock.reporting import outline, participation
from migrempower_xblock.reporting.statistics import FEWEST
from migrempower_xblock.reporting.summary import FEWEST_FOR_ALPHA
from migrempower_xblock.self_evaluation import SelfEvaluationBlock
from migrempower_xblock.studio import StudioBlock
from migrempower_xblock.trainers import figures, files, page
from migrempower_xblock.trainers.block import TrainersBlock
from migrempower_xblock.trainers.words import PARTS
from migrempower_xblock.training.activity import Activity
from migrempower_xblock.training.module import KINDS
from migrempower_xblock.training.runs import RunSheet
from migrempower_xblock.training_module import TrainingModuleBlock
from tools import guides

DOCS = Path(__file__).resolve().parents[1] / "docs"
SHARED = element("activity", Activity)  # what every kind of activity may have


def examples(text):
    return [textwrap.dedent(block) for block in re.findall(r"\.\. code-block:: xml\n\n((?:   .*\n|\n)+)", text)]


OLX = (DOCS / "olx.rst").read_text("utf-8")
FRAMEWORK_PART, rest = OLX.split("\nThe training module in OLX\n")
MODULE_PART, rest = rest.split("\nThe trainers' report in OLX\n")
REPORT_PART, PASSPORT_PART = rest.split("\nThe passport in OLX\n")
REQUESTS, TRAINERS = ((DOCS / f"{name}.rst").read_text("utf-8") for name in ("api", "trainers"))


@pytest.mark.django_db
@pytest.mark.parametrize("olx", examples(OLX))
def test_every_example_of_olx_is_a_right_block(make_block, olx):
    block = make_block(olx, "trainer")
    assert not block.validate().messages
    html = block.render("student_view").content
    assert ('data-screen="path"' in html) == isinstance(block, PassportBlock)
    assert ('class="mige-report"' in html) == (not isinstance(block, PassportBlock))
    assert ('data-screen="start"' in html) == isinstance(block, RecordedBlock)


@pytest.mark.parametrize(("document_format", "text"), [(FRAMEWORK_OLX, FRAMEWORK_PART), (MODULE_OLX, MODULE_PART)],
                         ids=["framework", "module"])
def test_every_element_and_attribute_of_olx_is_documented_and_shown(document_format, text):
    example = etree.fromstring(examples(text)[1])
    activities = [node for kind in KINDS for node in example.iter(kind) if issubclass(KINDS[kind], Activity)]

    def check(declared):
        nodes = list(example.iter(declared.tag))
        assert f"``<{declared.tag}>``" in text
        assert nodes, declared.tag
        is_activity = SHARED.attributes.keys() <= declared.attributes.keys()
        for name in declared.attributes:
            where = activities if is_activity and name in SHARED.attributes else nodes
            assert f"``{name}``" in text
            assert any(name in node.attrib for node in where), f"{declared.tag} {name}"
        if declared.tag != "practice":  # as a statement
            for name in (*declared.texts, *declared.rich):
                where = activities if is_activity and name in SHARED.texts else nodes
                assert f"``{name}``" in text
                assert any(child.get(XML_LANG) for node in where for child in node.iterchildren(name)), \
                    f"{declared.tag} {name}"
        for _, child in [*declared.one.values(), *declared.many.values()]:
            check(child)

    check(document_format.element)


@pytest.mark.parametrize(("block", "text"), [(SelfEvaluationBlock, FRAMEWORK_PART), (TrainingModuleBlock, MODULE_PART),
                                             (CohortReportBlock, REPORT_PART), (PassportBlock, PASSPORT_PART)])
def test_every_setting_of_a_block_is_documented_with_its_default(block, text):
    example = etree.fromstring(examples(text)[0])
    settings = {name for cls in block.__mro__ if cls.__module__.startswith("migrempower_xblock")
                for name, field in vars(cls).items()
                if isinstance(field, Field) and field.scope in (Scope.content, Scope.settings)}
    settings -= {"document", "problems"}
    table = dict(re.findall(r"   \* - ``(\w+)``\n     - (?:.|\n)*?\n     - (\S.*)\n",
                            text.split("stay what they are")[0]))
    assert table.keys() == settings
    for name in settings:
        default = block.fields[name].default
        if isinstance(default, str):
            assert table[name].strip("`") == (default or "none")
        else:
            assert float(table[name].strip("`")) == default
    assert set(example.attrib) <= settings | {"url_name"}


def handlers(block):
    return {name for name in dir(block) if getattr(getattr(block, name), "_is_xblock_handler", False)}


def test_every_handler_is_documented():
    both, authors, trainers = map(handlers, (RecordedBlock, StudioBlock, TrainersBlock))
    assert len(authors) == 6 and len(trainers) == 7 and len(both - authors - trainers) == 9
    assert handlers(SelfEvaluationBlock) == both | {"answer_view"}
    assert handlers(TrainingModuleBlock) == both | {"tick", "choose_country"}
    assert handlers(CohortReportBlock) == trainers | {"submit_studio_edits"}
    for name in set().union(*map(handlers, (SelfEvaluationBlock, TrainingModuleBlock, CohortReportBlock,
                                            PassportBlock))):
        assert f"\n{name}\n{'=' * len(name)}\n" in REQUESTS


def test_all_that_can_be_asked_of_a_report_is_documented():
    text = REQUESTS.split("\nreport\n======\n")[1].split("\nprofile\n=======\n")[0]
    assert set(re.findall(r"  \* ``(\w+)``", text)) == set(page.Wish.__dataclass_fields__)
    for choice in (*PARTS, *page.SHOWS, *page.SOURCES, *MOMENTS):
        assert f"``{choice}``" in text
    text = REQUESTS.split("\nstart_report\n============\n")[1].split("\nreport_progress\n")[0]
    for choice in (*files.KINDS, *files.FORMATS, jobs.WAITING, jobs.RUNNING, jobs.DONE, jobs.FAILED, jobs.CANCELLED):
        assert f"``{choice}``" in text


def columns(title):
    """Return the columns that a section of the guide for trainers lists."""
    section = re.split(r"\n[^\n]+\n[=*]+\n", TRAINERS.split(f"\n{title}\n{'=' * len(title)}\n")[1])[0]
    return re.findall(r"   \* - ``(\S+)``\n", section)


def course():
    """Return the outline of a course of one competence and one module, named as the guide names them."""
    competence = outline.CompetenceOutline("<competence>", "")
    framework = outline.FrameworkOutline("<framework>", "1", "", (), (outline.AreaOutline("", "", (competence,)),))
    module = outline.ModuleOutline("<module>", "1", "", "", (), ())
    return outline.Outline("", "", (), {framework.id: framework}, {module.id: module})


@pytest.mark.parametrize(("title", "kind"), [("Learners", files.LEARNERS), ("Answers", files.ANSWERS)])
def test_every_column_of_a_file_about_learners_is_documented_in_its_place(title, kind):
    header = files.KINDS[kind].header({"named": True}, course())
    assert columns(title) == ["learner", "name", "username", *header]


def test_every_column_of_the_file_of_activities_is_documented_in_its_place():
    assert columns("Activities of modules") == list(files.Activities.columns)


def test_every_column_of_the_platforms_report_is_documented():
    for row in (evaluation_page.report_row(None, AnswerSheet(), [], False),
                training_files.report_row(None, None, RunSheet(), [], False)):
        named = [f"``{column}``" for column, _ in row]
        words = " ".join(TRAINERS.split("\nThe platform's own report\n")[1].split())
        assert ", ".join(named) + ", then" in words


def test_the_guide_for_trainers_names_the_rules_as_they_are():
    words = " ".join(TRAINERS.split())
    for text in (f"it is {participation.QUIET_DAYS} days", f"{participation.MANY_UNCLEAR} statements or more",
                 f"{participation.FAILED_OFTEN} runs or more", f"fewer than {FEWEST} learners",
                 f"when they are {FEWEST} or more", f"from {FEWEST_FOR_ALPHA} learners on",
                 f"up to {figures.MOST_UNCLEAR} statements", f"more than {jobs.DEFAULTS['in_request']:,} learners",
                 f"1 to {page.MOST_DAYS}"):
        assert text in words


def test_every_setting_of_a_site_is_documented_with_its_default():
    text = (DOCS / "operators.rst").read_text("utf-8")
    table = dict(re.findall(r"   \* - ``(\w+)``\n     - (?:.|\n)*?\n     - ``([^`]*)``", text))
    assert table == {name: str(default) if not isinstance(default, str) else f'"{default}"'
                     for name, default in jobs.DEFAULTS.items()}
    sources = "".join(path.read_text("utf-8") for path in (DOCS.parent / "migrempower_xblock").rglob("*.py"))
    asked = set(re.findall(r'getattr\(settings, "(MIGREMPOWER_\w+)"', sources))
    assert len(asked) == 3
    assert all(f"``{name}``" in text for name in asked)


def test_every_kind_of_step_has_its_picture_and_its_reply():
    authors = (DOCS / "activities.rst").read_text("utf-8")
    for kind, cls in KINDS.items():
        assert f".. image:: pictures/{kind}.png\n" in authors
        assert f"``<{kind}>``" in authors
        assert not issubclass(cls, Activity) or f"``{kind}``" in REQUESTS


def test_every_picture_is_shown_and_every_picture_shown_is_there():
    text = "".join(path.read_text("utf-8") for path in sorted(DOCS.glob("*.rst")))
    named = set(re.findall(r"\.\. image:: pictures/(\S+)", text))
    assert named == {path.name for path in (DOCS / "pictures").iterdir()}


def test_everything_that_ships_is_named():
    assert set(re.findall(r"   \* - ``([\w-]+)``\n", FRAMEWORK_PART.split("The frameworks that ship")[1].split(
        "A block that names")[0])) == set(framework_names())
    assert all(f"``{name}``" in FRAMEWORK_PART for name in scale_names())
    assert all(f"``{name}``" in MODULE_PART for name in module_names())
    assert all(f"``{name}``" in (DOCS / "sources.rst").read_text("utf-8") for name in (*framework_names(),
                                                                                      *module_names()))


def test_every_event_is_documented():
    text = (DOCS / "events.rst").read_text("utf-8")
    sources = [path.read_text("utf-8") for path in (DOCS.parent / "migrempower_xblock").rglob("*.py")]
    told = {event: {name for source in sources for name in re.findall(call, source)} for event, call in (
        ("migrempower.<block>.", r'announce\("([^"]+)"'), ("migrempower.report.", r'_tell\("([^"]+)"'),
        ("migrempower.", r'publish\(self, "migrempower\.(\w+)"'))}
    assert [len(names) for names in told.values()] == [5, 3, 1]
    for beginning, names in told.items():
        assert all(f"``{beginning}{name}``" in text for name in names)


@pytest.mark.parametrize("name", guides.GUIDES)
def test_the_pages_of_the_guides_are_up_to_date_and_hold_no_script_or_style(name):
    page = (guides.PAGES / f"{name}.html").read_text("utf-8")
    assert page == guides.page(name)
    assert "<script" not in page and "style=" not in page and "<style" not in page
    for link in re.findall('href="([^"#]*)', page):
        assert not link or re.match(r"https?:|mailto:|\.\./css/guide\.css$", link) or link.removesuffix(
            ".html") in guides.GUIDES, link
    assert SelfEvaluationBlock.open_local_resource(f"guides/{name}.html").read().decode() == page


@pytest.mark.django_db
def test_the_report_and_the_form_link_to_their_guides(open_block):
    assert "guides/trainers.html" in open_block("cohort-report", "trainer").render("student_view").content
    assert "guides/authors.html" in open_block("own-framework", "author").render("studio_view").content
