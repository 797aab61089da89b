"""Pictures that show nothing and tell the sender who read the mail: known ones, and tiny ones."""

import re
from urllib.parse import urlsplit

# Name of the service: host (and whatever stands before it) and path of its tracking pictures.
# Pictures that the same services keep for their customers lie elsewhere and are no trackers.
_KNOWN = {
    "ActiveCampaign": r"activehosted\.com/.*(?:lt\.php|open)|acemlnb\.com/lt",
    "Amazon SES": r"awstrack\.me/I0/",
    "AWeber": r"openrate\.aweber\.com/",
    "Bananatag": r"(?:bl-1|bananatag)\.com/",
    "Braze": r"(?:braze|appboy)\.[a-z.]+/.*open",
    "Brevo": r"(?:sendibt\d*|sendibm\d*|sendinblue|brevo)\.com/(?:tr/op|mk/op)",
    "Campaign Monitor": r"(?:createsend|cmail)\d*\.com/t/[^/]*o",
    "Constant Contact": r"rs6\.net/(?:on\.jsp|open)|constantcontact\.com/.*open",
    "Customer.io": r"(?:track|e)\.customer\.io/e/o",
    "Facebook": r"facebook\.com/tr\b",
    "GetResponse": r"getresponse\.com/open",
    "Google": r"google-analytics\.com/(?:__utm\.gif|(?:g/)?collect)|doubleclick\.net/",
    "HubSpot": r"hubspot(?:email|links\d*)?\.(?:com|net)/(?:e2t/o|e3t/.*o|t/o|__ptq)"
    r"|(?:track\.hubspot|t\.sidekickopen\d*|t\.hsmsopen\d*)\.com/|t\.strk\d*\.email/",
    "Intercom": r"(?:via\.intercom\.io|intercom-mail[a-z-]*\.com)/(?:via/)?o",
    "Iterable": r"iterable\.com/.*open",
    "Kit": r"open\.(?:convertkit|kit)-mail\d*\.com/",
    "Klaviyo": r"(?:klaviyomail|klclick\d*|klaviyo)\.com/(?:o\b|open|trk)|trk\.klaviyomail\.com/",
    "Litmus": r"emltrk\.com/",
    "MailerLite": r"(?:mlsend\d*|mailerlite)\.com/o/",
    "Mailchimp": r"list-manage\d*\.com/track/open",
    "Mailgun": r"(?:mg|mailgun)\.[^/]*/o/",
    "Mailjet": r"(?:mjt\.lu|mailjet\.com)/oo/",
    "Mailtrack": r"(?:mailtrack|mltrk)\.io/",
    "Mandrill": r"mandrillapp\.com/track/open",
    "Marketo": r"(?:mktoresp|mktotracking)\.com/",
    "Mixmax": r"track\.mixmax\.com/|mixmax\.com/api/track",
    "Omnisend": r"(?:omnisend|soundestlink)\.(?:com|link)/.*(?:open|/o/)",
    "Outreach": r"(?:outrch\.com|outreach\.io)/api/mailings/opened",
    "Pipedrive": r"pdsend\.com/",
    "Postmark": r"(?:pstmrk\.it|postmarkapp\.com)/open",
    "Salesforce": r"(?:exct\.net|exacttarget\.com|sfmc-content\.com)/open\.aspx",
    "Salesloft": r"salesloft(?:links)?\.com/t/",
    "SendGrid": r"[^/]*/wf/open(?:\?|/|$)|ct\.sendgrid\.net/",
    "SparkPost": r"(?:spgo\.io|sparkpostmail\d*\.com)/q/",
    "Streak": r"mailfoogae\.appspot\.com/",
    "Superhuman": r"r\.superhuman\.com/",
    "Yesware": r"t\.yesware\.com/|yesware\.com/t/",
    "Zendesk": r"futuresimple\.com/api/v1/sprite\.png",
}
_PATTERNS = [
    (name, re.compile(rf"(?:[^/]{{1,250}}\.)?(?:{known})", re.I)) for name, known in _KNOWN.items()
]
_LENGTH = re.compile(r"\s*(\d{1,5}(?:\.\d+)?)\s*(?:px)?\s*$")
_STYLED = re.compile(r"(?<![\w-])(?:max-)?(width|height)\s*:\s*([^;]+)", re.I)
_TINY = 2


def tracker_of(address: str, *, width: str = "", height: str = "", style: str = "") -> str:
    """Return whose tracking picture this is (a service, or the host), "" if it may be a picture."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    place = f"{host}{parts.path}{'?' + parts.query if parts.query else ''}"[:1000]
    for name, known in _PATTERNS:
        if known.match(place):
            return name
    return host if _is_tiny(width, height, style) else ""


def _is_tiny(width: str, height: str, style: str) -> bool:
    """Whether a picture is drawn so small that nobody can see it."""
    sides = {"width": width, "height": height}
    sides |= {name.lower(): value for name, value in _STYLED.findall(style)}
    lengths = [_pixels(value) for value in sides.values() if value.strip()]
    known = [length for length in lengths if length is not None]
    return bool(known) and (0.0 in known or (len(known) == 2 and max(known) <= _TINY))


def _pixels(value: str) -> float | None:
    found = _LENGTH.match(value.replace("!important", ""))
    return float(found[1]) if found else None
