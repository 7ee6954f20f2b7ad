"""Documents nobody thought of, by every way they come in: an answer for the author, and nothing changes that is not
right. ``tools/hostile.py`` lets in as many as one likes, and larger ones.
"""

import json
import re
import signal
import socket

import pytest
from hypothesis import HealthCheck, given, settings

from migrempower_xblock.richtext import sanitised

from . import hostile_documents as hostile
from . import hostile_patterns as patterns
from .hostile_requests import Kept, QuickStore

pytestmark = pytest.mark.django_db
EXAMPLES = 100
LENGTH = 300  # of texts against expressions: one that tries everything is not done with 30


@pytest.fixture
def kept(db):
    with QuickStore.used():
        yield Kept()


@pytest.mark.parametrize("block_type", hostile.FORMATS)
def test_right_documents_come_in_by_every_way(kept, block_type):
    """Else nothing but mistakes would be looked at."""
    form = hostile.FORMATS[block_type]
    for number, document in enumerate(hostile.rights(block_type)):
        data = document.to_data()
        ways = [("olx", hostile.olx(document, block_type), "right"), *((way, hostile.draft(
            block_type, data, "xlsx"), 200) for way in hostile.DRAFTS)]
        sheet = {name: hostile.table(block_type, number, write) for name, write in (
            ("a.csv", hostile.sheets.to_csv_file), ("a.xlsx", hostile.sheets.to_xlsx_file), ("a.ods", hostile.ods_of))}
        files = {"a.xml": form.to_text(document).encode(), "a.json": json.dumps(data).encode(), **sheet}
        ways += [("studio_read_file", hostile.file_body(data, name, content), 422 if name == "a.ods" else 200)
                 for name, content in files.items()]
        for way, content, expected in ways:
            with kept.forgetting():
                assert hostile.hold(hostile.Given(way, block_type, content), kept)[0] == expected, (way, number)


def test_any_document_is_answered_and_only_a_right_one_is_kept(kept):
    statuses = set()

    @settings(max_examples=EXAMPLES, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(hostile.documents())
    def give(one):
        with kept.forgetting():
            statuses.add((one.way, hostile.hold(one, kept)[0]))

    give()
    assert {("olx", "mistakes"), ("studio_save", 422), ("studio_read_file", 200), ("studio_read_file", 422),
            ("studio_check", 200)} <= statuses


@pytest.fixture
def server():
    """A server that notes who comes: nobody may."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        found.setblocking(False)
        yield found


def test_no_bomb_goes_off(kept, server):
    """``tools/hostile.py bombs`` looks at time and memory, with larger ones, and with frameworks too."""
    for name, bomb in hostile.bombs(1, server.getsockname()[1], ["migrempower_training_module"]).items():
        with kept.forgetting():
            assert not hostile.is_taken(bomb, hostile.hold(bomb, kept)[0]), name
    with pytest.raises(BlockingIOError):  # nobody came
        server.accept()


def test_a_short_rich_text_stays_short():
    text = hostile.rich_bomb()
    assert len(sanitised(text)) < 30 * len(text)
    assert sanitised('<p><b class="x">one</b> <STRONG id="a">two</STRONG> <i>three</i> <font>4</font> 5 <b</p>') == (
        "<p>one <strong>two</strong> three 4 5</p>")


# -- regular expressions -----------------------------------------------------------------------------------------------

@pytest.fixture
def in_time():
    """A test takes a minute at most; a good one is done in a second."""
    def too_long(*_):
        raise AssertionError("A regular expression tries everything.")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def test_no_regular_expression_of_the_package_tries_everything(in_time):
    uses = patterns.uses()
    assert len(uses) > 60
    for pattern, methods in uses.items():
        for text in patterns.texts(pattern, LENGTH):
            patterns.tried(pattern, methods, text)


@pytest.mark.parametrize("bad", [r"(a+)+$", r"^(\d+)*x", r"(x+x+)+y", r"(?:\w+\s?)*!", r'"(?:[^"\\]|\\.|[^"])*"',
                                 r"([a-z]|ab?)*;"])
def test_the_texts_find_expressions_that_do(bad):
    def too_long(*_):
        raise TimeoutError

    signal.signal(signal.SIGALRM, too_long)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with pytest.raises(TimeoutError):
            for text in patterns.texts(re.compile(bad), 60):
                patterns.tried(re.compile(bad), {"search"}, text)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def test_where_each_expression_comes_from_is_known():
    """Those that are no literal are values of a module, or named here."""
    written = {(file, patterns.ast.unparse(argument)) for file, function, argument in patterns.calls()
               if function != "compile" and not isinstance(argument, patterns.ast.Constant)}
    assert written == {("competences/portfolio.py", "pattern")}
