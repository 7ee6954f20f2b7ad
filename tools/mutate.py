"""What the tests would not notice: each small mistake that a module could have is made, one after another.

``python -m tools.mutate`` does so for marking, profiles and summaries; ``python -m tools.mutate training/runs.py …``
for some modules. A mistake (a *mutant*) exists in the memory of one process only; no file is changed. That process runs
the tests of the module's room, first those that run the changed line, until one fails: then the mutant is killed. Those
that survive are printed, except where ``survivors.txt`` says why no test can tell, or need tell, the difference. Ends
with 1 where others survived.

Words for people are left as they are, and so are types, decorators, docstrings and ``strict`` of ``zip``.
"""

import argparse
import ast
import contextlib
import copy
import gc
import importlib.abc
import importlib.util
import operator
import os
import pickle
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import CodeType, FunctionType

import hypothesis
import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "migrempower_xblock"
SURVIVORS = Path(__file__).with_name("survivors.txt")
TRAINING = tuple(f"tests/test_{name}.py" for name in ("marking", "module", "runs", "activities"))
REPORTING = ("tests/test_reporting.py",)
# Without a database, so that a mutant takes a second or two.
TESTS = {
    **{f"training/{name}.py": TRAINING for name in (
        "activity", "arranging", "choosing", "dialogue", "gaps", "module", "runs", "taking_part", "veil")},
    "competences/profile.py": ("tests/test_answers.py",),
    "reporting/statistics.py": REPORTING, "reporting/summary.py": REPORTING, "reporting/items.py": REPORTING,
}
PYTEST = ["-o", "addopts=", "-s", "-x", "-p", "no:terminal", "-p", "no:cacheprovider", "-W", "ignore",
          "-m", "not django_db", "--hypothesis-seed=1", "--hypothesis-profile=mutants"]
COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
WORKED_OUT = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Div,
              ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}
CALLED = {"min": "max", "max": "min", "any": "all", "all": "any"}
SLOWEST = 20  # seconds of processor time, beyond what the tests take as they are
LARGEST = 3 * 2**30  # bytes of memory; some mistakes have no end


@dataclass(frozen=True)
class Mutant:
    """One mistake: at ``line``, whose text is ``source``, ``what`` was done; ``code`` is the module with it.

    ``begins`` is the line at which the statement begins; ``in_function``: whether it runs whenever a test needs it.
    """

    line: int
    begins: int
    source: str
    what: str
    in_function: bool
    code: object


# -- making mistakes ---------------------------------------------------------------------------------------------------

def mutants(path):
    """Yield every ``Mutant`` of a module, in the order of its lines."""
    text = path.read_text("utf-8")
    lines, tree, seen = text.splitlines(), ast.parse(text), Counter()
    places = sorted(_places(tree), key=lambda place: (place[1].lineno, place[1].col_offset))
    for put, node, begins, in_function in places:
        for what, new in _changes(node):
            put(ast.fix_missing_locations(new if hasattr(new, "lineno") else ast.copy_location(new, node)))
            code = compile(tree, str(path), "exec")
            put(node)
            seen[node.lineno, what] += 1
            number = seen[node.lineno, what]
            yield Mutant(node.lineno, begins, lines[node.lineno - 1].strip(),
                         what if number == 1 else f"{what} ({number})", in_function, code)


def _places(node, begins=1, in_function=False):
    """Yield (what puts another in its place, node, line of its statement, whether in a function) of all that may be
    changed.
    """
    for name, held in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases", "keywords") and isinstance(
                node, ast.arg | ast.AnnAssign | ast.FunctionDef | ast.ClassDef):
            continue
        inside = in_function or (isinstance(node, ast.FunctionDef | ast.Lambda) and name == "body"
                                 and not _is_cached(node))
        for index, each in enumerate(held if isinstance(held, list) else [held]):
            if not isinstance(each, ast.AST) or _is_left(each):
                continue
            if isinstance(each, ast.expr | ast.stmt):
                put = partial(setattr, node, name) if each is held else partial(operator.setitem, held, index)
                yield put, each, each.lineno if isinstance(each, ast.stmt) else begins, inside
            yield from _places(each, each.lineno if isinstance(each, ast.stmt) else begins, inside)


def _is_cached(node):
    """Whether a function runs once, and then tests see what it gave without running its lines."""
    return any("cache" in ast.unparse(each) for each in getattr(node, "decorator_list", ()))


def _is_left(node):
    """Whether something is left as it is: words for people, what declares a type or a variable of one, and ``strict``
    of ``zip``, which says what is so.
    """
    if isinstance(node, ast.keyword):
        return node.arg == "strict"
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        return True
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript | ast.BinOp):
        names = {each.id for each in ast.walk(node.value) if isinstance(each, ast.Name)}
        return bool(names & {"dict", "tuple", "list", "Callable", "Mapping", "Collection", "Iterable"}) or (
            isinstance(node.value, ast.BinOp) and isinstance(node.value.op, ast.BitOr))
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
        return isinstance(node.value.func, ast.Name) and node.value.func.id == "TypeVar"
    return isinstance(node, ast.ClassDef) and any(isinstance(base, ast.Name) and base.id == "Protocol"
                                                  for base in node.bases)


def _changes(node):
    """Yield (what is done, new node) for each mistake that can be made at one node."""
    for kinds, change in CHANGES:
        if isinstance(node, kinds):
            yield from change(node)


def _compared(node):
    for number, sign in enumerate(node.ops):
        # Of two, as in 0 <= x <= 1, each has one mistake.
        for other in COMPARED[type(sign)][:1 if len(node.ops) > 1 else 2]:
            signs = [*node.ops[:number], other(), *node.ops[number + 1:]]
            yield f"{_sign(sign)} → {_sign(other())}", ast.Compare(node.left, signs, node.comparators)


def _worked_out(node):
    if type(node.op) in WORKED_OUT:
        other = WORKED_OUT[type(node.op)]()
        new = copy.copy(node)
        new.op = other
        yield f"{_sign(node.op)} → {_sign(other)}", new


def _joined(node):
    other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    yield f"{_sign(node.op)} → {_sign(other)}", ast.BoolOp(other, node.values)
    for number, value in enumerate(node.values):
        rest = node.values[:number] + node.values[number + 1:]
        yield f"without {ast.unparse(value)}", rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _turned(node):
    if isinstance(node.op, ast.Not | ast.USub):
        yield f"without {'not' if isinstance(node.op, ast.Not) else '-'}", node.operand


def _constant(node):
    match node.value:
        case bool() as value:
            yield f"{value} → {not value}", ast.Constant(not value)
        case int() | float() as value:
            yield f"{value} → {value + 1}", ast.Constant(value + 1)
        case str() as value if " " not in value:
            yield f"{value!r} → {value + 'X'!r}", ast.Constant(value + "X")


def _decided(node):
    if isinstance(node, ast.IfExp) or isinstance(node.test, ast.Name | ast.Attribute | ast.Call):
        new = copy.copy(node)
        new.test = ast.UnaryOp(ast.Not(), node.test)
        yield "if → if not", new


def _called(node):
    if isinstance(node.func, ast.Name) and node.func.id in CALLED:
        other = CALLED[node.func.id]
        yield f"{node.func.id} → {other}", ast.Call(ast.Name(other, ast.Load()), node.args, node.keywords)


def _cut(node):
    if node.lower or node.upper:
        yield "slice → [:]", ast.Slice()


def _chosen(node):
    for number, part in enumerate(node.generators):
        if part.ifs:
            new = copy.copy(node)
            new.generators = [copy.copy(each) for each in node.generators]
            new.generators[number].ifs = []
            yield f"without if {ast.unparse(part.ifs[0])}", new


def _returned(node):
    if node.value and not (isinstance(node.value, ast.Constant) and node.value.value is None):
        yield "return None", ast.Return(ast.Constant(None))


def _removed(node):
    if isinstance(node, ast.Raise) and ast.unparse(node) == "raise NotImplementedError":
        return  # what every kind has its own of
    # What is assigned to a name is missed at once; what is done to something else may not be.
    if not isinstance(node, ast.Assign) or isinstance(node.targets[0], ast.Attribute | ast.Subscript):
        yield "removed", ast.Pass()


def _left(node):
    yield (("break → continue", ast.Continue()) if isinstance(node, ast.Break) else
           ("continue → break", ast.Break()))


CHANGES = (
    (ast.Compare, _compared), (ast.BinOp | ast.AugAssign, _worked_out), (ast.BoolOp, _joined), (ast.UnaryOp, _turned),
    (ast.Constant, _constant), (ast.IfExp | ast.If, _decided), (ast.Call, _called), (ast.Slice, _cut),
    (ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, _chosen), (ast.Return, _returned),
    (ast.Expr | ast.Raise | ast.Delete | ast.AugAssign | ast.Assign, _removed), (ast.Break | ast.Continue, _left),
)


def _sign(sign):
    """Return how a sign is written."""
    match sign:
        case ast.operator():
            return ast.unparse(ast.BinOp(ast.Name("a"), sign, ast.Name("b")))[2:-2]
        case ast.boolop():
            return "and" if isinstance(sign, ast.And) else "or"
    return ast.unparse(ast.Compare(ast.Name("a"), [sign], [ast.Name("b")]))[2:-2]


# -- running tests -----------------------------------------------------------------------------------------------------

class Mutated(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module with a mistake in it to whoever imports it."""

    def __init__(self, name, code):
        self.name, self.code = name, code

    def find_spec(self, name, path, target=None):
        """Find the module that has a mistake."""
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def exec_module(self, module):
        """Run it."""
        exec(self.code, module.__dict__)


class Watcher:
    """Remembers of each test how long it took and which lines of some files it ran: ``{test: (seconds, {(file, line),
    …})}``.
    """

    def __init__(self, paths):
        self.paths, self.found = set(map(str, paths)), {}

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item):
        """Watch one test."""
        lines, began = set(), time.process_time()

        def local(frame, event, _):
            lines.add((frame.f_code.co_filename, frame.f_lineno))
            return local

        sys.settrace(lambda frame, event, _: local if frame.f_code.co_filename in self.paths else None)
        yield
        sys.settrace(None)
        self.found[item.nodeid] = (time.process_time() - began, lines)


class First:
    """Has tests run in an order; others are left out."""

    def __init__(self, tests):
        self.place = {test: number for number, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items):
        """Put them in order."""
        items[:] = sorted((each for each in items if each.nodeid in self.place),
                          key=lambda item: self.place[item.nodeid])


def forked(work, seconds=None):
    """Start a process that does ``work()`` and ends with what it returns, or after so many seconds of processor time;
    return its id. What it prints is lost.
    """
    process = os.fork()
    if process:
        return process
    code = 70
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        if seconds:
            resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1,) * 2)
            resource.setrlimit(resource.RLIMIT_AS, (LARGEST,) * 2)
        code = int(work())
    finally:
        os._exit(code)


class Room:
    """Some modules and the tests that are theirs, read once, in a ``session`` of pytest's."""

    def __init__(self, session, files):
        self.session = session
        self.items = {item.nodeid: item for item in session.items if item.nodeid.split("::")[0] in files}
        self.files = files

    @cached_property
    def watched(self):
        """What a ``Watcher`` finds of the tests, which must not fail."""
        watcher = Watcher(ROOT / PACKAGE / module for module, tests in TESTS.items() if tests == self.files)
        with tempfile.TemporaryDirectory() as folder:
            found = Path(folder) / "found"

            def work():
                self.session.config.pluginmanager.register(watcher)
                failed = self.run(self.items)
                found.write_bytes(pickle.dumps(watcher.found))
                return failed

            _, status = os.waitpid(forked(work), 0)
            if status:
                sys.exit(f"These tests fail as they are: {' '.join(self.files)}")
            return pickle.loads(found.read_bytes())

    def run(self, tests):
        """Run tests until one fails; return whether one did."""
        items = [self.items[test] for test in tests]
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.session.testsfailed:
                return True
        return False

    def survivors(self, module, jobs):
        """Yield (mutant, whether it survived) for each mutant of a module."""
        path, running = ROOT / PACKAGE / module, {}
        seconds = SLOWEST + 2 * sum(took for took, _ in self.watched.values())
        functions = [each for each in gc.get_objects() if isinstance(each, FunctionType)
                     and each.__code__.co_filename == str(path)]

        def ended():
            process, status = os.wait()
            return running.pop(process), status == 0

        for mutant in mutants(path):
            tests = self._order(path, mutant)
            if not tests:
                yield mutant, True
                continue
            running[forked(partial(self._try, module, mutant, tests, functions), seconds)] = mutant
            if len(running) >= jobs:
                yield ended()
        while running:
            yield ended()

    def _order(self, path, mutant):
        """Return the tests for a mutant, the quickest first: those that run its line, or all if that runs on import."""
        near = {(str(path), mutant.line), (str(path), mutant.begins)}
        return sorted((test for test, (_, lines) in self.watched.items() if not mutant.in_function or near & lines),
                      key=lambda test: self.watched[test][0])

    def _try(self, module, mutant, tests, functions):
        """Run tests with a mutant; return whether one failed."""
        if mutant.in_function:
            # The functions stay, with other code in them, so nothing need be imported again.
            codes = {(each.co_qualname, each.co_firstlineno): each for each in _codes(mutant.code)}
            with contextlib.suppress(ValueError):  # where it has other variables of the function around it
                for function in functions:
                    code = function.__code__
                    function.__code__ = codes[code.co_qualname, code.co_firstlineno]
                return self.run(tests)
        forget()
        sys.meta_path.insert(0, Mutated(f"{PACKAGE}.{module.removesuffix('.py').replace('/', '.')}", mutant.code))
        return pytest.main([*PYTEST, *self.files], plugins=[First(tests)])


def _codes(code):
    """Yield a module's code and all that is in it."""
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _codes(each)


def forget():
    """Forget the modules of the package and of the tests, but not those of Django's models, which it knows once."""
    from django.apps import apps

    kept = {PACKAGE, f"{PACKAGE}.apps", *(model.__module__ for model in apps.get_models())}
    for name in list(sys.modules):
        if name.split(".")[0] in (PACKAGE, "tests") and name not in kept:
            del sys.modules[name]


# -- telling -----------------------------------------------------------------------------------------------------------

def accepted():
    """Return ``{(module, source, what): why}`` of the survivors that are known."""
    found = {}
    for line in SURVIVORS.read_text("utf-8").splitlines() if SURVIVORS.exists() else ():
        if line.strip() and not line.startswith("#"):
            module, source, what, why = (each.strip() for each in line.split(" | "))
            found[module, source, what] = why
    return found


def _worked():
    """Return the seconds of processor time that have gone into mutants."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Report:
    """Makes the mistakes in the place of running the tests, prints who survived and a table."""

    def __init__(self, modules, jobs):
        self.modules, self.jobs, self.failed = modules, jobs, True

    def pytest_runtestloop(self, session):
        """Do so; all tests have been read."""
        known, table, met = accepted(), [], set()
        rooms = {files: Room(session, files) for files in TESTS.values()}
        for module in self.modules:
            began, counts = _worked(), Counter()
            for mutant, survived in rooms[TESTS[module]].survivors(module, self.jobs):
                key = (module, mutant.source, mutant.what)
                told = survived and key not in known
                counts.update(mutants=1, killed=not survived, accepted=survived and not told, survived=told)
                if survived:
                    met.add(key)
                if told:
                    print(f"{module}:{mutant.line} | {mutant.source} | {mutant.what}", flush=True)
            table.append((module, counts, (_worked() - began) / 60))
        for key in sorted(known.keys() - met):
            if key[0] in self.modules:
                print("No longer survives:", " | ".join(key))
        print(f"\n{'module':28}{'mutants':>8}{'killed':>8}{'accepted':>10}{'survived':>10}{'minutes':>9}"
              "  of the processor")
        for module, counts, minutes in table:
            print(f"{module:28}{counts['mutants']:8}{counts['killed']:8}{counts['accepted']:10}{counts['survived']:10}"
                  f"{minutes:9.1f}", flush=True)
        self.failed = any(counts["survived"] for _, counts, _ in table)
        return True


def main():
    """Read the tests and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", help=f"of {', '.join(TESTS)}; without any, all")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    hypothesis.settings.register_profile("mutants", deadline=None, max_examples=30, database=None, phases=(
        hypothesis.Phase.explicit, hypothesis.Phase.generate))  # what a counterexample looks like is of no interest
    modules = arguments.modules or list(TESTS)
    report = Report(modules, arguments.jobs)
    pytest.main([*PYTEST, *sorted({file for module in modules for file in TESTS[module]})], plugins=[report])
    return int(report.failed)


if __name__ == "__main__":
    sys.exit(main())
