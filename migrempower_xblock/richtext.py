"""Rich text: the little HTML an author may write. The package's only sanitiser. Pure Python."""

import re

import nh3

from .texts import clean

TAGS = {"p", "h3", "h4", "ul", "ol", "li", "strong", "em", "a", "br", "img",
        "table", "thead", "tbody", "tr", "th", "td"}
_ATTRIBUTES = {"a": {"href"}, "img": {"src", "alt"}, "th": {"scope", "colspan"}, "td": {"colspan"}}

# White space beside these says nothing in HTML.
_BESIDE_BLOCKS = re.compile(r" ?(</?(?:p|h3|h4|ul|ol|li|br|table|thead|tbody|tr|th|td)\b[^>]*>) ?")


def sanitised(html):
    """Return ``html`` with nothing but our tags in it: no script, handler, style, frame or strange address.

    Links open a page of their own, so that nobody loses their place. The result is steady: cleaning it again changes
    nothing.
    """
    html = clean(nh3.clean(html, tags=TAGS, attributes=_ATTRIBUTES, url_schemes={"https", "mailto", "tel"},
                           link_rel="noopener noreferrer", set_tag_attribute_values={"a": {"target": "_blank"}}))
    return _BESIDE_BLOCKS.sub(r"\1", html)


def words_of(html):
    """Return rich text without its tags."""
    return clean(nh3.clean(html.replace("<", " <"), tags=set()))
