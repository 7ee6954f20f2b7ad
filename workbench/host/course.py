"""The sample course: the itinerary in ``course/``, and more units to try, each a scenario file."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree
from workbench.runtime import WORKBENCH_KVS
from workbench.scenarios import SCENARIOS, add_xml_scenario, get_scenarios

from .runtime import HostRuntime

FOLDER = Path(__file__).resolve().parents[1] / "scenarios"
SOURCE = Path(__file__).resolve().parents[2] / "course"


@dataclass(frozen=True)
class Unit:
    """One page of the course; ``slug`` is the name of its scenario file, ``is_wide`` tells of a page with tables."""

    slug: str
    title: str
    about: str = ""
    due: datetime | None = None
    is_wide: bool = False

    @property
    def usage_id(self):
        """The usage id of the scenario's outermost block."""
        return SCENARIOS[self.slug].usage_id


def _unit(sequential):
    """Return the ``Unit`` of a sequential of the course, which holds one block."""
    (block,) = sequential.find("vertical")
    return Unit(block.get("url_name"), sequential.get("display_name"), is_wide=block.tag.endswith("_report"))


def _scenario(slug):
    """Return the OLX of a unit: a block of the course, or a scenario file."""
    block = COURSE.find(f".//vertical/*[@url_name='{slug}']")
    if block is None:
        return (FOLDER / f"{slug}.xml").read_text("utf-8")
    if block.tag == "html":  # xblock-sdk's block for HTML has its text inside
        return f"<html_demo>{(SOURCE / 'html' / f'{slug}.html').read_text('utf-8')}</html_demo>"
    alone = etree.Element(block.tag, {name: value for name, value in block.items() if name != "url_name"})
    return etree.tostring(alone, encoding="unicode")


# The same content as the archive that ``make course`` builds.
COURSE = etree.parse(str(SOURCE / "course" / "2026.xml")).getroot()
TITLE = COURSE.get("display_name")
PHASES = [(chapter.get("display_name"), [_unit(each) for each in chapter])
          for chapter in COURSE.iterchildren("chapter")]
MORE = [
    Unit("own-framework", "A framework of your own", "For the author to write in."),
    Unit("own-module", "A module of your own", "For the author to write in."),
    Unit("two-on-one-page", "Two evaluations on one page", "An author's own frameworks."),
    Unit("closed", "After the due date", "", datetime(2026, 1, 31, tzinfo=UTC)),
    Unit("with-mistakes", "A framework with mistakes", "What the author is told."),
    Unit("every-kind", "Every kind of step", "A small module with one step of each kind."),
    Unit("secrets", "A module with marked answers", "For a test."),
    Unit("module-with-mistakes", "A module with mistakes", "What the author is told."),
]
UNITS = [unit for _, units in PHASES for unit in units] + MORE
BY_SLUG = {unit.slug: unit for unit in UNITS}
_loading = threading.Lock()


def load():
    """Load the scenario files, once a process. Usage ids come out the same each time, so state stays theirs."""
    with _loading:
        if BY_SLUG.keys() <= SCENARIOS.keys():
            return
        get_scenarios.initialized = True  # xblock-sdk would add every installed block's scenarios
        WORKBENCH_KVS.prep_for_scenario_loading()
        for unit in UNITS:
            add_xml_scenario(unit.slug, unit.slug, _scenario(unit.slug))
            if unit.due:
                HostRuntime.due_dates[unit.usage_id] = unit.due


def graded_units():
    """Return the units of the itinerary whose block is graded."""
    load()
    runtime = HostRuntime()
    return [unit for _, units in PHASES for unit in units
            if getattr(runtime.get_block(unit.usage_id), "has_score", False)]


def units_of_type(runtime, block_type):
    """Return [(block, unit), …] of the itinerary's units whose block is of a type, in order."""
    load()
    blocks = [(runtime.get_block(unit.usage_id), unit) for _, units in PHASES for unit in units]
    return [(block, unit) for block, unit in blocks if block.scope_ids.block_type == block_type]
