"""Every regular expression of the package, and texts that would make a bad one take for ever.

A text repeats what a part of the expression matches, after what leads there, and ends with what cannot follow: so all
ways in which the part could have been cut up are tried.
"""

import ast
import importlib
import re
from itertools import product
from pathlib import Path
from re import _constants as codes
from re import _parser as parser

import migrempower_xblock
from migrempower_xblock.competences import portfolio
from migrempower_xblock.schema import MatchingPart, parts

ROOT = Path(migrempower_xblock.__file__).parent
FUNCTIONS = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
ANYWHERE = {"search", "sub", "subn", "split", "findall", "finditer"}  # these begin at every character
ENDS = ("", "\0", "!", "\n", "{", "<", "a ")
MOST_PUMPS = 40
LIKED = ("a 1-x\n", " a1-x\n", "\n a", "1a ")
REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT)


def calls():
    """Yield (file, function, the argument that is the expression) of each call of ``re`` in the package."""
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in FUNCTIONS
                    and isinstance(node.func.value, ast.Name) and node.func.value.id == "re"):
                yield path.relative_to(ROOT).as_posix(), node.func.attr, node.args[0]


def held(value, depth=3):
    """Yield the expressions in a module's value, also in its tuples, lists and maps."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict | list | tuple):
        for each in value.values() if isinstance(value, dict) else value:
            yield from held(each, depth - 1)


def uses():
    """Return ``{expression: names of the methods it is used with}``; none where that cannot be told."""
    told = {re.compile(each.value): {function} for _, function, each in calls()
            if isinstance(each, ast.Constant) and function != "compile"}
    told |= {re.compile(pattern): {"fullmatch"} for pattern in portfolio._IDS.values()}
    texts = {path: path.read_text("utf-8") for path in sorted(ROOT.rglob("*.py"))}
    asked = {(name, method) for text in texts.values()
             for name, method in re.findall(rf"\b(\w+)(?:\[\w+\])?\.({'|'.join(FUNCTIONS)})\(", text)}
    for path, text in texts.items():
        if "\nimport re\n" not in text and "schema.matching(" not in text:
            continue
        module = ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__")
        for name, value in vars(importlib.import_module(module)).items():
            for pattern in held(value):
                told.setdefault(pattern, set()).update(method for known, method in asked if known == name)
            if isinstance(value, type) and hasattr(value, "__dataclass_fields__"):
                for part in parts(value).values():
                    for pattern in part.patterns if isinstance(part, MatchingPart) else ():
                        told.setdefault(pattern, set()).add("fullmatch")
    return told


# -- texts made for an expression --------------------------------------------------------------------------------------

def sample(tree, liked):
    """Return a short text a parsed expression matches, or nearly: what looks around is left out. ``liked`` are the
    characters to take where it leaves a choice, the best first.
    """
    return "".join(_sample(code, argument, liked) for code, argument in tree)


def _sample(code, argument, liked):
    if code is codes.LITERAL:
        return chr(argument)
    if code in (codes.ANY, codes.NOT_LITERAL, codes.IN):
        members = {codes.ANY: lambda: [(codes.NEGATE, None)], codes.NOT_LITERAL: lambda: [
            (codes.NEGATE, None), (codes.LITERAL, argument)], codes.IN: lambda: argument}[code]()
        return next((each for each in liked if _is_in(members, each)), "") or _one_of(members)
    if code is codes.BRANCH:
        return sample(argument[1][0], liked)
    if code in (codes.SUBPATTERN, codes.ATOMIC_GROUP):
        return sample(inside(code, argument), liked)
    if code in REPEATS:
        return sample(argument[2], liked) * max(1, argument[0])
    return ""


def inside(code, argument):
    """Return the expression in a group."""
    return argument[-1] if code is codes.SUBPATTERN else argument


def _is_in(members, character):
    negated = members[0][0] is codes.NEGATE
    kinds = {codes.CATEGORY_SPACE: character.isspace(), codes.CATEGORY_NOT_SPACE: not character.isspace(),
             codes.CATEGORY_WORD: character.isalnum() or character == "_", codes.CATEGORY_DIGIT: character.isdigit()}
    return negated != any((code is codes.LITERAL and argument == ord(character))
                          or (code is codes.RANGE and argument[0] <= ord(character) <= argument[1])
                          or (code is codes.CATEGORY and kinds.get(argument, False))
                          for code, argument in members)


def _one_of(members):
    code, argument = members[-1]
    return chr(argument[0]) if code is codes.RANGE else chr(argument) if code is codes.LITERAL else "a"


def pumps(tree, liked, before=""):
    """Yield (what leads to it, what is repeated) for each part of a parsed expression that may repeat."""
    for number, (code, argument) in enumerate(tree):
        lead = before + sample(list(tree)[:number], liked)
        if code in REPEATS:
            if argument[1] > 8:
                yield lead, sample(argument[2], liked)
            yield from pumps(argument[2], liked, lead)
        elif code is codes.BRANCH:
            for each in argument[1]:
                yield from pumps(each, liked, lead)
        elif code in (codes.SUBPATTERN, codes.ATOMIC_GROUP):
            yield from pumps(inside(code, argument), liked, lead)


def texts(pattern, length):
    """Yield texts of about ``length`` characters made against an expression, as bytes if it is one of bytes."""
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    tree, known = parser.parse(source, pattern.flags & ~re.UNICODE), [("", " "), ("", "a")]
    for liked in LIKED:
        found, whole = list(pumps(tree, liked)), sample(tree, liked)
        known += [*found, *(("", lead + pump) for lead, pump in found), ("", whole), ("", whole[:1])]
    for (lead, pump), end in product(list(dict.fromkeys(known))[:MOST_PUMPS], ENDS):
        if pump:
            made = lead + pump * ((length - len(lead)) // len(pump)) + end
            yield made if isinstance(pattern.pattern, str) else made.encode("latin-1", "replace")


def tried(pattern, methods, text):
    """Let an expression do with a text what it is used for; how often it matches."""
    if not methods or methods & ANYWHERE:
        return sum(1 for _ in pattern.finditer(text))
    return bool(pattern.fullmatch(text)) if methods == {"fullmatch"} else bool(pattern.match(text))
