"""Trying an account: does Twilio take the key, what is on it, do our numbers point here."""

from typing import Any

from shopbell.connections.ports import Account, Health
from shopbell.connectors.channels.twilio_sms.client import api, path
from shopbell.connectors.channels.twilio_sms.settings import (
    TwilioSmsSettings,
    is_name,
    is_service,
)
from shopbell.kit.errors import ConnectorError, Permanent
from shopbell.kit.text import one_line

_LOOKED_AT = 5  # numbers of a pool


def check(account: Account) -> Health:
    """Ask for the account, its balance and its numbers."""
    settings: TwilioSmsSettings = account.settings
    client = api(settings, total_timeout=15.0)
    try:
        row = _record(client.get(f"2010-04-01/Accounts/{settings.account_sid}.json").json("Twilio"))
    except ConnectorError as error:
        return Health(
            False, error.message, "Look at the Account SID, the auth token and the API base."
        )
    facts = [("Account", _account_words(row))]
    if row.get("status") != "active":
        return Health(
            False,
            f"The account is {row.get('status')}.",
            "Look into the Twilio console.",
            tuple(facts),
        )
    problems: list[str] = []
    try:
        balance = _record(client.get(path(settings, "Balance")).json("Twilio"))
        facts.append(("Balance", f"{balance.get('balance')} {balance.get('currency')}"))
        for sender in settings.from_[:_LOOKED_AT]:
            said, problem = _sender(account, client, sender)
            facts.append((sender, said))
            problems += [problem] if problem else []
    except Permanent as error:  # a restricted key may not ask; sending can work all the same
        problems.append(f"Not everything could be asked: {error.message}")
    except ConnectorError as error:
        return Health(False, error.message, "Try again in a minute.", tuple(facts))
    bad = any(problem.startswith("There is no") for problem in problems)
    return Health(not bad, "Twilio accepts the key.", " ".join(problems), tuple(facts))


def _account_words(row: dict[str, Any]) -> str:
    name = one_line(str(row.get("friendly_name") or ""), 60)
    trial = (
        ", a trial account: it texts only to verified numbers" if row.get("type") == "Trial" else ""
    )
    return f"{name}{trial}"


def _sender(account: Account, client: Any, sender: str) -> tuple[str, str]:
    """Return what Twilio says of a sender, and what is wrong with it."""
    if is_name(sender):
        return "A name; nobody can answer it", ""
    if is_service(sender):
        return "A Messaging Service", ""
    answer = client.get(
        path(account.settings, "IncomingPhoneNumbers"), params={"PhoneNumber": sender}
    )
    rows = _record(answer.json("Twilio")).get("incoming_phone_numbers") or []
    row = next((row for row in rows if row.get("phone_number") == sender), None)
    if row is None:
        return "Not in this account", f"There is no number {sender} in this account."
    can = row.get("capabilities") or {}
    abilities = [word for key, word in (("sms", "texts"), ("mms", "pictures")) if can.get(key)]
    said = f"Can send {' and '.join(abilities)}" if abilities else "Cannot text"
    if not can.get("sms"):
        return said, f"There is no texting on {sender}."
    if row.get("sms_url") != account.webhook_url:
        return said, f"Answers to {sender} do not come here yet: enter the webhook address there."
    return f"{said}; answers come here", ""


def _record(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
