"""Every page an owner can reach, in a browser: no breach of the content policy, no error (S-60).

The crawl follows the links it finds; one address stands for all that differ in an id only.
"""

import re
from collections import deque
from urllib.parse import urlsplit

from playwright.sync_api import Page, Response

from tests.flows.ground import Town, shopify_order, shopify_parcel

MOST = 45
_NAMELESS = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+|(?<=/[tcuo]/)[\w.~-]{20,}"
    r"|(?<=/notifications/)\w+|(?<=/templates/)\w+/\w+/\w+|(?<=/templates/)\w+|(?<=/new/)\w+"
)
_LEAVE = ("/account/logout", "/static/", "/media/", "/account/link/", "/live/")
_WANTED = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "",
    "content-security-policy": "",
    "cross-origin-opener-policy": "",
}


def test_no_page_breaks_its_own_rules(town: Town, merchant: Page) -> None:
    # given a store in which something happened
    number = town.number()
    town.shopify("lark", "orders/create", shopify_order(number), f"o{number}")
    town.shopify("lark", "fulfillments/create", shopify_parcel(number, f"T{number}"), f"f{number}")
    town.woo("lark", "order.created", {"not": "an order"}, f"bad{number}")
    town.mails(f"mara{number}@example.com", 2)
    town.settled()

    # when all pages are looked at
    page = merchant.context.new_page()
    faults: list[str] = []
    here = "/s/lark/"
    page.on("pageerror", lambda error: faults.append(f"{here}: {error}"))
    page.on(
        "console",
        lambda said: faults.append(f"{here}: {said.text}") if said.type == "error" else None,
    )
    page.on("response", lambda answer: faults.extend(_broken(here, answer)))
    waiting, seen = deque([here, "/", "/account/profile/"]), set[str]()
    while waiting and len(seen) < MOST:
        here = waiting.popleft()
        shape = _NAMELESS.sub("*", urlsplit(here).path)
        if shape in seen:
            continue
        seen.add(shape)
        answer = page.goto(here, wait_until="load")
        assert answer is not None
        if "text/html" in answer.headers.get("content-type", ""):
            faults += _headers(here, answer) + _inline(here, page)
            waiting += _links(page, town)
    page.close()

    # then none of them broke a rule
    assert faults == []
    assert len(seen) >= 15, sorted(seen)


def _broken(here: str, answer: Response) -> list[str]:
    return [f"{here}: {answer.status} {answer.url}"] if answer.status >= 400 else []


def _headers(here: str, answer: Response) -> list[str]:
    headers = answer.headers
    faults = [
        f"{here}: {name} is {headers.get(name)!r}"
        for name, wanted in _WANTED.items()
        if name not in headers or wanted not in headers[name]
    ]
    policy = headers.get("content-security-policy", "")
    if "unsafe-inline" in policy.partition("script-src")[2].partition(";")[0]:
        faults.append(f"{here}: scripts may stand in the page")
    if "unsafe-eval" in policy or "frame-ancestors" not in policy:
        faults.append(f"{here}: weak policy {policy}")
    return faults


def _inline(here: str, page: Page) -> list[str]:
    found = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((element) =>
            [...element.attributes].some((one) => /^on/i.test(one.name))
            || (element.tagName === "A" && /^javascript:/i.test(element.getAttribute("href") || ""))
        ).map((element) => element.outerHTML.slice(0, 120))"""
    )
    return [f"{here}: {each}" for each in found]


def _links(page: Page, town: Town) -> list[str]:
    found = page.evaluate("() => [...document.querySelectorAll('a[href]')].map((a) => a.href)")
    inside = [link.removeprefix(town.bell.url) for link in found if link.startswith(town.bell.url)]
    return [link.split("#")[0] for link in inside if not link.startswith(_LEAVE)]
