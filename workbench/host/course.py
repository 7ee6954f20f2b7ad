"""The sample course: three phases of units, each unit a scenario file."""

import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from workbench.runtime import WORKBENCH_KVS
from workbench.scenarios import SCENARIOS, add_xml_scenario, get_scenarios

from .runtime import HostRuntime

FOLDER = Path(__file__).resolve().parents[1] / "scenarios"


@dataclass(frozen=True)
class Unit:
    """One page of the course; ``slug`` is the name of its scenario file."""

    slug: str
    title: str
    about: str = ""
    due: datetime | None = None

    @property
    def usage_id(self):
        """The usage id of the scenario's outermost block."""
        return SCENARIOS[self.slug].usage_id


PHASES = [
    ("Orientation", "Who I am, what I want, who may see it.", [
        Unit("welcome", "Welcome", "What this course is for."),
    ]),
    ("Self-evaluation", "What I can do.", [
        Unit("start", "What I can do", "The evaluation at the start."),
    ]),
    ("Empowerment", "What I have learned, and what comes next.", [
        Unit("my-skills", "My skills and how to show them", "A training module."),
        Unit("equal-treatment", "Equal treatment and my rights", "A training module."),
        Unit("working-life", "Working life: contract, payslip, undeclared work", "A training module."),
        Unit("end", "What I can do now", "The evaluation at the end; three rounds."),
        Unit("looking-back", "How it was before", "Opens after the evaluation at the end."),
    ]),
]
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
UNITS = [unit for _, _, units in PHASES for unit in units] + MORE
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
            add_xml_scenario(unit.slug, unit.slug, (FOLDER / f"{unit.slug}.xml").read_text("utf-8"))
            if unit.due:
                HostRuntime.due_dates[unit.usage_id] = unit.due


def graded_units():
    """Return the units of the itinerary whose block is graded."""
    load()
    runtime = HostRuntime()
    return [unit for _, _, units in PHASES for unit in units
            if getattr(runtime.get_block(unit.usage_id), "has_score", False)]


def units_of_type(runtime, block_type):
    """Return [(block, unit), …] of the itinerary's units whose block is of a type, in order."""
    load()
    blocks = [(runtime.get_block(unit.usage_id), unit) for _, _, units in PHASES for unit in units]
    return [(block, unit) for block, unit in blocks if block.scope_ids.block_type == block_type]
