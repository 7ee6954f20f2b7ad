"""What holds on every screen: walked by key, from left to right and from right to left, and measured.

``docs/accessibility.rst`` says which test is about which criterion of WCAG. Axe has looked at most screens in other
files, in light colours; here it looks at all of them in the dark theme of the operators' guide, in both directions.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tools import pictures

from .conftest import visiting
from .studio import Form, a_framework, take_over

pytestmark = pytest.mark.long

DESKTOP = {"width": 1280, "height": 640}
PHONE = {"width": 360, "height": 740}
LYING_PHONE = {"width": 740, "height": 360}
ENLARGED = {"width": 320, "height": 256}  # 1280 × 1024 at 400 %
MEASURES = (Path(__file__).parent / "measures.js").read_text("utf-8")
# Screens that no other file shows to axe from left to right.
UNSEEN = {"practice", "review", "plan", "taken away", "sharing", "competence with a mistake", "rich text", "question"}
# What is called the same in every language.
NAMES = ["STAR", "Europass", "migrempower 1"]
# The distances of WCAG 1.4.12.
SPACED = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }
    p { margin-block-end: 2em !important; }"""
NOTHING_FRESH = "document.querySelectorAll('.mige-fresh').forEach(node => node.classList.remove('mige-fresh'))"


# -- the walks ---------------------------------------------------------------------------------------------------------
# Each yields the name of a screen when it is there. Keys only: no walk clicks.

def press(control, key="Enter"):
    control.press(key)


def unfold(within):
    """Open all that is folded."""
    within.evaluate("node => node.querySelectorAll('details').forEach(each => { each.open = true; })")


def evaluation(page):
    yield "start"
    press(page.locator("[data-act=practice]"))
    press(page.locator(".mige-card input").first, "Space")
    yield "practice"
    press(page.locator(".mige-primary:visible"))
    press(page.locator(".mige-card input").nth(1), "Space")
    press(page.locator(".mige-evidence summary"))
    page.locator("textarea").fill("Words")
    yield "statement"
    press(page.locator(".mige-ways:visible button").first)
    press(page.locator("[data-screen=review] > .mige-actions .mige-primary"))
    page.context.set_offline(True)
    anyway = page.locator("[data-screen=review] .mige-confirm .mige-second")
    press(anyway)
    expect(page.locator(".mige-notice")).to_be_visible()
    expect(anyway).to_be_focused()
    yield "review"
    page.context.set_offline(False)
    press(anyway)
    expect(page.locator("[data-screen=result] h2")).to_be_focused()
    press(page.locator(".mige-area summary").nth(1))
    press(page.locator(".mige-data summary"))
    press(page.locator("[data-act=ask-delete]"))
    yield "result"
    for view in ("radar", "table"):
        press(page.locator(f"[data-view={view}]"))
        yield view


def reply(section, form):
    """Give some reply in a step."""
    if form in ("options", "dialogue"):
        press(section.locator("input").first, "Space")
    elif form == "matching":
        for field in section.locator("select").all():
            field.select_option(index=1)
    elif form == "ordering":
        press(section.locator("[data-act=move]").nth(1))
    elif form == "gaps":
        section.locator("input").fill("nothing")
        section.locator("select").select_option(index=1)
    elif form == "writing":
        section.locator("textarea").fill("Words")


def module(page):
    unfold(page.locator(".mige"))
    yield "start"
    press(page.locator("[data-act=begin]"))
    steps = page.locator("[data-form]").evaluate_all(
        "all => all.map(each => [each.dataset.screen, each.dataset.form, each.dataset.check])")
    every_step = page.locator("[data-part=ways] button").nth(-2)
    for place, (name, form, check) in enumerate(steps):
        press(every_step)
        press(page.locator(".mige-steps button").nth(place))
        section = page.locator(f'section[data-screen="{name}"]')
        if form == "watch":
            press(section.locator("[data-act=play]"))
        reply(section, form)
        if check:
            press(page.locator("[data-part=actions] .mige-primary"))
            expect(section.locator(".mige-outcome, .mige-said").first).to_be_visible()
        unfold(section)
        yield name
    press(every_step)
    finish = page.locator("[data-part=finish] .mige-second")
    press(finish)
    yield "all steps"
    press(finish)
    expect(page.locator("[data-screen=result] h2")).to_be_focused()
    unfold(page.locator(".mige"))
    press(page.locator("[data-act=ask-delete]"))
    yield "result"


def passport(page):
    for name in ("path", "plan", "experience", "document", "sharing"):
        press(page.locator(f".mige-rooms [data-name={name}]"))
        room = page.locator(f"[data-screen={name}]")
        if name == "plan":
            press(room.locator("[data-act=add]").first)
            yield "plan"
            press(room.locator("[data-act=remove]:visible").last)
            expect(page.locator(".mige-notice button")).to_be_focused()
        elif name == "document":
            press(page.locator("[data-act=preview]"))
            expect(page.locator(".mige-document [tabindex]")).to_be_focused()
        elif name == "sharing":
            press(page.locator("[data-act=ask-delete]"))
        else:
            unfold(room)
        yield "taken away" if name == "plan" else name


def report(page):
    page.locator("[data-wish=group]").select_option("morning")  # 200 rows would take axe and us too long
    for part in ("what", "change", "training", "files", "who"):
        press(page.locator(f"[data-act=part][data-name={part}]"))
        expect(page.locator(".mige-report-body h3")).to_be_focused()
        unfold(page.locator(".mige-report-body"))
        yield part
    press(page.get_by_role("button", name="Amira", exact=True))
    expect(page.locator(".mige-report-one h3")).to_be_focused()
    press(page.locator("[data-competence] summary").first)
    page.locator("[data-field=comment]").fill("Words")
    yield "learner"


def form(page):
    studio = Form(page)
    document = a_framework(areas=2, competences=2, languages=("en", "ar"))
    take_over(studio, document)
    yield "framework"
    for row in (("areas", 0), ("areas", 0, "competences", 0)):
        press(studio.row(*row))
    studio.show("en", "ar")
    statement = ("areas", 0, "competences", 0, "statements", 0)
    press(studio.button("Choose", studio.field("leaf", *statement)))
    studio.write("", *statement, "text", "en")
    press(studio.footer.locator("[data-act=save]"))
    expect(page.locator("[data-act=first-problem]")).to_be_focused()
    unfold(studio.pane)
    yield "competence with a mistake"
    for tab in ("settings", "review", "preview", "files"):
        press(studio.tab(tab))
        if tab == "review":
            unfold(studio.root)
        yield tab
    page.goto(page.url.replace("own-framework", "own-module"))
    studio = Form(page)
    press(studio.tab("files"))
    press(studio.root.locator(".mige-gallery button").nth(1))
    press(studio.row("steps", 0))
    press(studio.button("Add a step", studio.outline))
    press(studio.pane.get_by_role("button", name="Link"))
    yield "rich text"
    press(studio.button("Close", studio.footer))
    expect(page.get_by_role("dialog")).to_be_visible()
    yield "question"


FEW = {
    "visitor": "start/?student=visitor", "visitor of a module": "every-kind/?student=visitor",
    "visitor of a passport": "passport/?student=visitor", "closed": "closed/?student=new",
    "looking back too early": "looking-back/?student=new", "mistakes": "with-mistakes/?student=new",
    "mistakes, for the author": "module-with-mistakes/?student=author",
    "framework, for the author": "start/author_view/?student=author",
    "module, for the author": "my-skills/author_view/?student=author", "report below": "end/?student=trainer",
    "report refused": "cohort-report/?student=new",
}


def few(page):
    """Screens of an address each."""
    base = page.url.split("/unit/")[0]
    for name, address in FEW.items():
        page.goto(f"{base}/unit/{address}")
        if name == "report below":
            press(page.locator(".mige-report-fold > summary"))
            expect(page.locator(".mige-report-body h3")).to_be_visible()
        else:
            unfold(page.locator("main"))
        yield name


@dataclass(frozen=True)
class Walk:
    """A way through screens: from which unit, who goes it in which language by direction, and how many pixels wide and
    high all is there that can be pressed.
    """

    screens: Callable
    unit: str
    people: dict
    least: int = 48


WALKS = {
    "evaluation": Walk(evaluation, "end/", {"ltr": ("mateo", "de"), "rtl": ("layla", "ar")}),
    "module": Walk(module, "every-kind/", {"ltr": ("mateo", "en"), "rtl": ("layla", "ar")}),
    "passport": Walk(passport, "passport/", {"ltr": ("lucia", "de"), "rtl": ("amira", "ar")}),
    "report": Walk(report, "cohort-report/", {"ltr": ("trainer", "de"), "rtl": ("trainer", "ar")}, 24),
    "form": Walk(form, "own-framework/studio_view/", {"ltr": ("author", "en")}, 24),
    "few": Walk(few, "start/", {"rtl": ("visitor", "ar")}, 24),
}
PLACES = [(name, direction) for name, walk in WALKS.items() for direction in walk.people]


# -- what is measured --------------------------------------------------------------------------------------------------

def measured(page, name, *arguments):
    return page.evaluate(f"all => measures.{name}(...all)", list(arguments))


def axe(page):
    """Return what axe finds."""
    violations = Axe().run(page).response["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in violations for node in each["nodes"]]


def measure(page, walk, direction, screen):
    """Return {fact: what is wrong} of the screen a page shows. What no direction changes is measured in one of them."""
    page.evaluate(MEASURES)
    page.evaluate(NOTHING_FRESH)
    page.keyboard.press("Shift")  # from now on the focus is one of the keyboard
    found = {name: measured(page, name) for name in ("headings", "ids", "names", "order")}
    found["targets"] = measured(page, "targets", walk.least)
    page.set_viewport_size(ENLARGED)
    found["lost"] = measured(page, "lost") + measured(page, "overlaps")
    found["focus"] = measured(page, "focus")
    if direction == next(iter(walk.people)):
        page.set_viewport_size(LYING_PHONE)
        found["lost"] += measured(page, "lost")
        page.set_viewport_size(PHONE)
        found["focus"] += measured(page, "focus")
        found["targets"] += measured(page, "targets", walk.least)
        spaced = page.add_style_tag(content=SPACED)
        found["spaced"] = measured(page, "lost") + measured(page, "overlaps")
        spaced.evaluate("node => node.remove()")
        found["motion"] = measured(page, "motion")
        found["edges"] = measured(page, "edges")
        found["axe"] = axe(page) if screen in UNSEEN else []
    page.set_viewport_size(DESKTOP)
    if direction == "rtl":
        found["languages"] = measured(page, "languages", NAMES)
        pictures.wear(page, pictures.themes()["dark"])
        found["dark"] = measured(page, "edges") + axe(page)
        pictures.wear(page, "")
    return found


@pytest.fixture(scope="module")
def found(chromium, sample_server):
    """found(name of a walk, direction) gives {fact: {screen: what is wrong}}; each walk is walked once."""
    known = {}

    def walked(name, direction):
        if (name, direction) not in known:
            walk, facts = WALKS[name], {}
            person, language = walk.people[direction]
            with visiting(chromium, sample_server) as visit:
                context = chromium.new_context(viewport=DESKTOP, reduced_motion="reduce")
                context.add_cookies([{"name": "language", "value": language, "url": sample_server.url}])
                page = visit(f"/unit/{walk.unit}?student={person}", context=context)
                for screen in walk.screens(page):
                    for fact, wrong in measure(page, walk, direction, screen).items():
                        facts.setdefault(fact, {})[screen] = wrong
                context.close()
            known[name, direction] = facts
        return known[name, direction]

    return walked


def wrong(found, place, *facts):
    """Return {screen: what is wrong} of the facts that are measured there."""
    return {screen: each for fact in facts for screen, each in found(*place).get(fact, {}).items() if each}


everywhere = pytest.mark.parametrize("place", PLACES, ids="-".join)
one_direction = pytest.mark.parametrize("place", [(name, next(iter(walk.people))) for name, walk in WALKS.items()],
                                        ids="-".join)
right_to_left = pytest.mark.parametrize("place", [place for place in PLACES if place[1] == "rtl"], ids="-".join)


@right_to_left
def test_axe_finds_nothing_from_right_to_left_in_the_dark(found, place):
    assert wrong(found, place, "dark") == {}


@one_direction
def test_axe_finds_nothing_from_left_to_right_on_screens_it_has_not_seen(found, place):
    assert wrong(found, place, "axe") == {}


def test_no_colour_depends_on_the_direction():
    styles = (Path(__file__).parents[2] / "static" / "css").glob("*.css")
    turned = [rule for style in styles for rule in re.findall(r"[^{}]*\[dir[^{}]*{[^{}]*}", style.read_text("utf-8"))]
    assert turned and not [rule for rule in turned if re.search(r"colou?r|background|fill|stroke", rule.split("{")[1])]


@everywhere
def test_headings_ids_and_names_are_in_order(found, place):
    assert wrong(found, place, "headings", "ids", "names") == {}


@everywhere
def test_what_is_read_comes_in_the_order_of_the_page(found, place):
    assert wrong(found, place, "order") == {}


@right_to_left
def test_a_text_in_another_language_says_so(found, place):
    assert wrong(found, place, "languages") == {}


@one_direction
def test_edges_of_fields_stand_out_from_the_ground(found, place):
    assert wrong(found, place, "edges") == {}


@everywhere
def test_at_400_percent_and_on_a_phone_held_either_way_nothing_is_lost(found, place):
    assert wrong(found, place, "lost") == {}


@one_direction
def test_with_the_spacing_a_reader_may_need_nothing_is_lost(found, place):
    assert wrong(found, place, "spaced") == {}


@everywhere
def test_what_can_be_pressed_is_large_enough(found, place):
    assert wrong(found, place, "targets") == {}


@everywhere
def test_the_focus_is_seen_and_never_covered(found, place):
    assert wrong(found, place, "focus") == {}


@one_direction
def test_nothing_moves_for_who_wants_no_motion(found, place):
    assert wrong(found, place, "motion") == {}


# -- forced colours ----------------------------------------------------------------------------------------------------

LOOK = """node => ['borderTopWidth', 'borderBottomColor', 'backgroundColor', 'textDecorationLine'].map(
    name => getComputedStyle(node)[name]).join()"""
# Something chosen, and the same kind of thing not chosen.
STATES = [
    ("start/?student=amira", "[data-view][aria-pressed=true]", "[data-view][aria-pressed=false]"),
    ("passport/?student=amira", ".mige-rooms [aria-current]", ".mige-rooms button:not([aria-current])"),
    ("cohort-report/?student=trainer", "[data-act=part][aria-current]", "[data-act=part]:not([aria-current])"),
    ("own-module/studio_view/?student=author", "[role=tab][aria-selected=true]", "[role=tab][aria-selected=false]"),
]


@pytest.mark.parametrize(("scheme", "learner"), [("light", "omar"), ("dark", "yusuf")])
def test_states_are_told_apart_in_forced_colours(chromium, sample_server, scheme, learner):
    with visiting(chromium, sample_server) as visit:
        context = chromium.new_context(viewport=DESKTOP, forced_colors="active", color_scheme=scheme)
        for unit, chosen, other in STATES:
            page = visit(f"/unit/{unit}", context=context)
            looks = [page.locator(each).last.evaluate(LOOK) for each in (chosen, other)]
            assert looks[0] != looks[1], unit
        page = visit(f"/unit/every-kind/?student={learner}", context=context)
        switch = page.get_by_role("switch")
        off = switch.evaluate(LOOK)
        switch.press("Space")
        assert switch.evaluate(LOOK) != off
        # lines of pictures are dark
        assert page.locator(".mige img").first.evaluate(
            "node => getComputedStyle(node).backgroundColor") == "rgb(255, 255, 255)"
        press(page.locator("[data-act=begin]"))
        for _ in range(3):
            press(page.locator("[data-part=actions] .mige-primary"))
        # the browser draws what is ticked, in colours of the person's own
        assert page.locator("section:visible input").first.evaluate(
            "node => getComputedStyle(node).appearance") == "auto"
        context.close()


# -- the table ---------------------------------------------------------------------------------------------------------

CRITERIA = {"1.1": (1,), "1.2": (1, 2, 3, 4, 5), "1.3": (1, 2, 3, 4, 5), "1.4": (1, 2, 3, 4, 5, 10, 11, 12, 13),
            "2.1": (1, 2, 4), "2.2": (1, 2), "2.3": (1,), "2.4": (1, 2, 3, 4, 5, 6, 7, 11), "2.5": (1, 2, 3, 4, 7, 8),
            "3.1": (1, 2), "3.2": (1, 2, 3, 4, 6), "3.3": (1, 2, 3, 4, 7, 8), "4.1": (2, 3)}


def test_every_criterion_of_a_and_aa_stands_in_the_table_with_tests_that_exist():
    tests = Path(__file__).parents[1]
    text = (tests.parent / "docs" / "accessibility.rst").read_text("utf-8")
    rows = re.findall(r"^   \* - (\d\.\d\.\d+) ", text, re.MULTILINE)
    assert rows == [f"{guideline}.{number}" for guideline, numbers in CRITERIA.items() for number in numbers]
    known = set(re.findall(r"^def (test_\w+)", "".join(path.read_text("utf-8") for path in tests.rglob("test_*.py")),
                           re.MULTILINE))
    named = set(re.findall(r"``(test_\w+)``", text))
    assert len(named) > 30 and named <= known, named - known
