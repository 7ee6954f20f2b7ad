"""Values, texts and changes nobody thought of, as Hypothesis strategies; JSON as a program might write it that knows no
rules.
"""

import json
from dataclasses import dataclass

from hypothesis import strategies as st


@dataclass(frozen=True)
class Raw:
    """A piece of a JSON text that is put there as it is."""

    text: str

    def __repr__(self):
        return f"Raw({self.text[:60]!r}, {len(self.text)} characters)"


def written(data):
    """Return JSON text of plain data in which ``Raw`` pieces may stand."""
    if isinstance(data, Raw):
        return data.text
    if isinstance(data, dict):
        return "{" + ",".join(f"{json.dumps(str(name))}:{written(each)}" for name, each in data.items()) + "}"
    if isinstance(data, list | tuple):
        return "[" + ",".join(map(written, data)) + "]"
    return json.dumps(data)


ODD_TEXTS = (
    "", " ", "\0", "a\0b", "\ud800", "\udfff\ud800", "\u202eabc", "\u2066\u202d\u2069", "\u2028", "\ufeff", "\ufffe",
    "\U0010ffff", "\u0301" * 50, "𝔊" * 30, "ﷺ" * 20, "x" * 257, "x" * 5_000, "é" * 70_000, "{}", "{name}", "%s%n", "$&",
    "../../etc/passwd", "'; --", "</script>", "=1+1", "__proto__", "constructor", "null", "true", "0", "-0", "NaN",
    "1e999", "9" * 400, "٣", "2026-02-30", "2026-11-27", "10000-01-01", "-1", "en", "AR", "zz-ZZ", "all", "who", "csv",
    "start", "unclear", "a/b", "a:b", "block:", "shipped:", "experience:own/x", "step:x", "agreed:12345678/0",
)
ODD_NUMBERS = (0, 1, 2, -1, 3, 100, 10**6, 2**31, 2**53 + 1, 2**63, 2**64, 10**400, -10**400, 0.5, -0.0, 1.0, 1e308,
               5e-324, True, False)
# Not all of this is JSON; Python reads some of it all the same.
ODD_JSON = tuple(map(Raw, (
    "NaN", "Infinity", "-Infinity", "1e999", "-1e999", "-0", "1E400", "0.1e-999", "9" * 4_000, "9" * 5_000, "01", "1.",
    "'x'", '"\\ud800"', '"\\u0000"', '{"a":1,"a":2}', "[" * 40 + "]" * 40, "[" * 2_000 + "]" * 2_000,
    '{"a":' * 900 + "1" + "}" * 900, "[" * 50_000, '{"a":' * 50_000, "[1]" * 2, "", "[" + "0," * 30_000 + "0]",
    '{"a":"' + "\\u0430" * 10_000 + '"}')))

odd = st.one_of(st.none(), st.sampled_from(ODD_NUMBERS), st.sampled_from(ODD_TEXTS), st.sampled_from(ODD_JSON),
                st.text(max_size=6), st.integers(), st.sampled_from(([], {}, [[]], [None], {"": None}, [{}] * 3)))


def places(data, path=(), most=400):
    """Return the paths to every value inside plain data, the data itself first; ``most`` of them."""
    found = [path]
    inside = (data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ())
    for name, each in inside:
        if len(found) >= most:
            break
        found += places(each, (*path, name), most - len(found))
    return found


def at(data, path):
    """Return what stands at a path."""
    for step in path:
        data = data[step]
    return data


def with_at(data, path, change):
    """Return a copy of plain data in which ``change(value)`` stands at a path; only what is on the way is copied."""
    if not path:
        return change(data)
    copy = list(data) if isinstance(data, list) else dict(data)
    copy[path[0]] = with_at(data[path[0]], path[1:], change)
    return copy


def _without(path):
    def change(held):
        if isinstance(held, dict):
            return {name: each for name, each in held.items() if name != path[-1]}
        return [each for number, each in enumerate(held) if number != path[-1]]
    return change


@st.composite
def altered(draw, data, most=3):
    """Draw plain data with up to ``most`` changes: values of other kinds, things missing, surplus, wrapped, repeated,
    or in each other's places.
    """
    for _ in range(draw(st.integers(1, most))):
        known = places(data)
        path = draw(st.sampled_from(known))
        how = draw(st.sampled_from(("odd", "odd", "odd", "missing", "surplus", "wrapped", "repeated", "other")))
        if how == "missing" and path:
            data = with_at(data, path[:-1], _without(path))
        elif how == "surplus":
            name, value = draw(st.sampled_from(ODD_TEXTS)), draw(odd)
            data = with_at(data, path, lambda held, name=name, value=value: {**held, name: value}
                           if isinstance(held, dict) else [*held, value] if isinstance(held, list) else value)
        elif how == "wrapped":
            data = with_at(data, path, lambda held: [held])
        elif how == "repeated":
            data = with_at(data, path, lambda held: held * 2 if isinstance(held, list | str) else [held, held])
        elif how == "other":
            other = at(data, draw(st.sampled_from(known)))
            data = with_at(data, path, lambda _, other=other: other)
        else:
            value = draw(odd)
            data = with_at(data, path, lambda _, value=value: value)
    return data
