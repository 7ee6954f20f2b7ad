"""Rich text: the little HTML an author may write. The package's only sanitiser. Pure Python."""

import re

import nh3

from .texts import clean

TAGS = {"p", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "br", "img",
        "table", "thead", "tbody", "tr", "th", "td"}
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "th": {"scope", "colspan"}, "td": {"colspan"}}
# White space beside these says nothing in HTML.
_BESIDE_BLOCKS = re.compile(r" ?(</?(?:p|h3|h4|ul|ol|li|br|table|thead|tbody|tr|th|td)\b[^<>]*>) ?")
_TAG = re.compile(r'<(/?)([a-z0-9]+)((?: [a-z]+="[^"]*")*)>')
_EMPTY = ("br", "img")
# While one of these is open, a parser opens it again in each paragraph, and each with other attributes is another one
# (HTML Standard, "reconstruct the active formatting elements"): a short text would become millions of elements. Of them
# only strong and em are kept, without attributes; those nobody can tell apart count three times at most.
_REOPENED = re.compile(r"<(/?)(?:(strong|em)|b|big|code|font|i|nobr|s|small|strike|tt|u)\b[^>]*(?:>|$)",
                       re.ASCII | re.IGNORECASE)


def sanitised(html: str) -> str:
    """Return ``html`` with nothing but our tags in it: no script, handler, style, frame or strange address.

    Links open a page of their own, so that nobody loses their place. The result is steady: cleaning it again changes
    nothing.
    """
    html = _REOPENED.sub(lambda tag: f"<{tag[1]}{tag[2]}>" if tag[2] else "", html)
    html = nh3.clean(html, tags=TAGS, attributes=_ATTRIBUTES, url_schemes={"https", "mailto", "tel"},
                     link_rel="noopener noreferrer", set_tag_attribute_values={"a": {"target": "_blank"}})
    # In what nh3 writes only tags begin with "<", but values of attributes may hold one bare.
    html = _TAG.sub(lambda tag: f"<{tag[1]}{tag[2]}{tag[3].replace('<', '&lt;').replace('>', '&gt;')}>", html)
    return _BESIDE_BLOCKS.sub(r"\1", clean(html.replace("&nbsp;", "\u00a0")))


def as_xml(html: str) -> str:
    """Return sanitised HTML as the XML it stands for."""
    return _TAG.sub(lambda tag: f"<{tag[2]}{tag[3]}/>" if tag[2] in _EMPTY else tag[0], html)


def words_of(html: str) -> str:
    """Return rich text without its tags."""
    return clean(nh3.clean(html.replace("<", " <"), tags=set()).replace("&nbsp;", " "))


def depth_of(html: str) -> int:
    """Return how deep the elements of sanitised HTML stand in one another."""
    depth = deepest = 0
    for closes, tag, _ in _TAG.findall(html):
        if tag not in _EMPTY:
            depth += -1 if closes else 1
            deepest = max(deepest, depth)
    return deepest
