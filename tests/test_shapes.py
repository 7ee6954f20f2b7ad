"""Whether what is stored still has its shape."""

import math

import pytest

from migrempower_xblock.shapes import SHARE, fits, parts, readable, shaped


@pytest.mark.parametrize(("value", "shape"), [
    ("", str), (0, int), (-7, int), (True, bool), (0, float), (2.5, float), (0, SHARE), (1, SHARE), (0.25, SHARE),
    (None, object), ([], [str]), (["a", "b"], [str]), ({}, {str: int}), ({"a": 1}, {str: int}),
    ({"a": [[1.5]]}, {str: [[float]]})])
def test_what_has_its_shape_is_given_back(value, shape):
    assert fits(value, shape) and shaped(value, shape) is value


@pytest.mark.parametrize(("value", "shape"), [
    (None, str), (b"", str), (True, int), (1.0, int), ("1", int), (1, bool), (10**400, int), (True, float),
    (math.nan, float), (math.inf, float), (10**400, float), (-10**16, float), (1.01, SHARE), (-0.01, SHARE),
    (True, SHARE), (math.nan, SHARE), ("share", SHARE), ("", [str]), ((), [str]), (["a", 1], [str]), ([], {str: int}),
    ({"a": "1"}, {str: int}),
    ({"a": [["1"]]}, {str: [[float]]})])
def test_what_has_another_is_refused(value, shape):
    assert not fits(value, shape)
    with pytest.raises(TypeError):
        shaped(value, shape)


def test_the_named_parts_of_an_object_are_read_each_in_its_shape():
    assert parts({"a": 1, "b": "x", "c": None}, a=int, b=str) == {"a": 1, "b": "x"}
    with pytest.raises(KeyError):
        parts({"a": 1}, b=str)
    for odd in ({"a": "1"}, [], None, "a"):
        with pytest.raises(TypeError):
            parts(odd, a=int)


def test_entries_that_cannot_be_read_take_no_other_along():
    assert readable({"a": "1", "b": None, "c": "x", "d": "2"}, int) == {"a": 1, "d": 2}
    for odd in ([], None, "a"):
        with pytest.raises(AttributeError):
            readable(odd, int)
