"""What Meta checks of a message, a file and a template before it takes them."""

import re
from collections.abc import Callable, Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

_MEGABYTE = 1024 * 1024
LIMITS = {"image": 5, "audio": 16, "video": 16, "document": 100}
TYPES = {
    "image/jpeg": "image", "image/png": "image", "audio/aac": "audio", "audio/amr": "audio",
    "audio/mpeg": "audio", "audio/mp4": "audio", "audio/ogg": "audio", "video/mp4": "video",
    "video/3gpp": "video", "text/plain": "document", "application/pdf": "document",
}  # fmt: skip
_GAP = re.compile(r"\{\{\s*(\w+)\s*\}\}")

type Templates = list[dict[str, Any]]
type Media = Mapping[str, tuple[str, bytes]]


class Refused(Exception):
    """Meta says no."""

    def __init__(
        self, code: int, title: str, status: int = 400, *, details: str = "", subcode: int = 0
    ) -> None:
        super().__init__(title)
        self.code, self.title, self.status = code, title, status
        self.details, self.subcode = details, subcode

    def content(self) -> dict[str, Any]:
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {self.title}",
            "type": "OAuthException",
            "code": self.code,
            "fbtrace_id": "AFake",
        }
        if self.subcode:
            error["error_subcode"] = self.subcode
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        return {"error": error}


def _need(fits: bool, what: str, code: int = 100) -> None:
    if not fits:
        raise Refused(code, f"Invalid parameter: {what}")


def check_message(content: dict[str, Any], templates: Templates, media: Media) -> str:
    """Check a message; returns whom it goes to."""
    _need(content.get("messaging_product") == "whatsapp", "messaging_product")
    to = content.get("to") or content.get("recipient") or ""
    _need(bool(re.fullmatch(r"[1-9][0-9]{6,14}|[A-Z]{2}\.[A-Za-z0-9.]+", to)), "to", 131009)
    _need(len(content.get("biz_opaque_callback_data", "")) <= 512, "biz_opaque_callback_data")
    kind = content.get("type", "text")
    check = _CHECKS.get(kind)
    if check is None:
        raise Refused(131051, "Unsupported message type")
    _need(isinstance(content.get(kind), dict), kind)
    check(content[kind], templates, media)
    return str(to)


def _text(part: dict[str, Any], templates: Templates, media: Media) -> None:
    _need(0 < len(part.get("body", "")) <= 4096, "text.body")


def _file(kind: str) -> Callable[[dict[str, Any], Templates, Media], None]:
    def check(part: dict[str, Any], templates: Templates, media: Media) -> None:
        _need(part.get("id") in media, f"{kind}.id", 131052)
        _need(TYPES[media[part["id"]][0]] in (kind, "document"), f"{kind} of another type", 131053)
        _need(len(part.get("caption", "")) <= 1024, "caption")
        _need(kind != "audio" or "caption" not in part, "audio with a caption")

    return check


def _interactive(part: dict[str, Any], templates: Templates, media: Media) -> None:
    body = part.get("body", {}).get("text", "")
    action = part.get("action", {})
    if part.get("type") == "button":
        buttons = [one["reply"] for one in action["buttons"]]
        _need(1 <= len(buttons) <= 3 and 0 < len(body) <= 1024, "buttons")
        _need(all(0 < len(one["title"]) <= 20 and 0 < len(one["id"]) <= 256 for one in buttons),
              "button")  # fmt: skip
        _need(len({one["id"] for one in buttons}) == len(buttons), "ids of buttons")
        return
    _need(part.get("type") == "list", "interactive.type")
    rows = [row for section in action["sections"] for row in section["rows"]]
    _need(1 <= len(rows) <= 10 and 0 < len(body) <= 4096, "rows")
    _need(0 < len(action.get("button", "")) <= 20, "action.button")
    for row in rows:
        _need(0 < len(row["title"]) <= 24 and len(row.get("description", "")) <= 72, "row")
        _need(0 < len(row["id"]) <= 200, "row.id")


def _template(part: dict[str, Any], templates: Templates, media: Media) -> None:
    language = part.get("language", {}).get("code")
    known = [one for one in templates if one["name"] == part.get("name")]
    found = next((one for one in known if one["language"] == language), None)
    if found is None:
        raise Refused(132001, "Template name does not exist in the translation", 404)
    if found["status"] == "PAUSED":
        raise Refused(132015, "Template is Paused")
    if found["status"] == "DISABLED":
        raise Refused(132016, "Template is Disabled")
    if found["status"] != "APPROVED":
        raise Refused(132001, "Template name does not exist in the translation", 404)
    given = {(one["type"].lower(), one.get("index", "")): one["parameters"]
             for one in part.get("components", [])}  # fmt: skip
    for component in found["components"]:
        _component(component, given, media)
    if given:
        raise Refused(132000, "Number of parameters does not match", details=f"extra {list(given)}")


def _component(component: dict[str, Any], given: dict[tuple[str, str], Any], media: Media) -> None:
    kind = component["type"].lower()
    if kind == "buttons":
        for place, button in enumerate(component["buttons"]):
            _fill("button", str(place), button.get("url", ""), given)
    elif component.get("format", "TEXT") == "TEXT":
        _fill(kind, "", component.get("text", ""), given)
    else:
        _top(component["format"].lower(), given.pop((kind, ""), []), media)


def _top(kind: str, parameters: list[dict[str, Any]], media: Media) -> None:
    """Check the file on top: a template with one is never taken without."""
    found = parameters[0].get("type", "").lower() if len(parameters) == 1 else "UNKNOWN"
    if found != kind:
        details = f"header: Format mismatch, expected {kind.upper()}, received {found.upper()}"
        raise Refused(132012, "Parameter format does not match", details=details)
    part = parameters[0].get(kind, {})
    if kind == "location":
        _need({"latitude", "longitude"} <= part.keys(), "location", 132012)
        return
    _need(("id" in part) != ("link" in part), f"header.{kind}", 131008)
    _need(set(part) <= {"id", "link", *(["filename"] if kind == "document" else [])}, "header")
    if "link" in part:
        _need(bool(re.match(r"https?://[^/]+\.[^/]+/", part["link"])), "link", 131052)
    else:
        _need(part["id"] in media, f"{kind}.id", 131052)
        _need(TYPES[media[part["id"]][0]] == kind, f"{kind} of another type", 131053)


def _fill(kind: str, index: str, text: str, given: dict[tuple[str, str], Any]) -> None:
    gaps, parameters = list(dict.fromkeys(_GAP.findall(text))), given.pop((kind, index), [])
    if len(gaps) != len(parameters):
        details = f"{kind}: number of parameters ({len(parameters)}) is not {len(gaps)}"
        raise Refused(132000, "Number of parameters does not match", details=details)
    for gap, one in zip(gaps, parameters, strict=True):
        _need(bool(one.get("text")), f"empty parameter of {kind}", 131008)
        if re.search(r"[\n\t]| {5}", one["text"]):
            raise Refused(132012, "Parameter format does not match", details="line breaks")
        if not gap.isdecimal() and one.get("parameter_name") != gap:
            raise Refused(132012, "Parameter format does not match", details=f"name {gap}")


_CHECKS: dict[str, Callable[[dict[str, Any], Templates, Media], None]] = {
    "text": _text,
    "interactive": _interactive,
    "template": _template,
    **{kind: _file(kind) for kind in LIMITS},
}


def form_fields(content_type: str, body: bytes) -> dict[str, tuple[str, bytes]]:
    """Return the fields of a multipart form: content type and bytes."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    found = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found[str(name)] = (part.get_content_type(), content)
    return found


def check_media(fields: dict[str, tuple[str, bytes]]) -> tuple[str, bytes]:
    """Check an upload; returns its type and its bytes."""
    _need(fields.get("messaging_product", ("", b""))[1] == b"whatsapp", "messaging_product")
    _need("file" in fields, "file")
    kind, content = fields["file"]
    _need(fields.get("type", ("", b""))[1].decode() == kind, "type")
    if kind not in TYPES:
        raise Refused(100, "Param file must be a file with one of the following types")
    if not content or len(content) > LIMITS[TYPES[kind]] * _MEGABYTE:
        raise Refused(131053, "Media upload error", details="size")
    return kind, content


def check_template(given: dict[str, Any], templates: Templates) -> None:
    """Check a template that is submitted."""
    _need(bool(re.fullmatch(r"[a-z0-9_]{1,512}", given.get("name", ""))), "name")
    _need(given.get("category") in ("UTILITY", "MARKETING", "AUTHENTICATION"), "category")
    same = [one for one in templates
            if (one["name"], one["language"]) == (given["name"], given["language"])]  # fmt: skip
    if same:
        raise Refused(2388024, "Content in this language already exists")
    body = next((one for one in given["components"] if one["type"] == "BODY"), None)
    if body is None:
        raise Refused(100, "Invalid parameter: there is no body")
    gaps = set(_GAP.findall(body["text"]))
    examples = (body.get("example", {}).get("body_text") or [[]])[0]
    _need(len(gaps) == len(examples), "examples of the body", 2388043)
    _need(not re.match(r"\s*\{\{|.*\}\}\s*$", body["text"], re.DOTALL), "gap at an edge", 2388299)
