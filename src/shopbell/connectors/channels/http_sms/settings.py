"""How a gateway is spoken to, in fields a merchant can fill in from its documentation."""

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from shopbell.messaging.ports.prices import PricedSettings

GAPS = ("to", "text", "from", "id", "key")
_GAP = re.compile(r"\{([a-z]+)\}")
_PATTERNS = ("success_pattern", "failure_pattern", "opted_out_pattern", "id_pattern")


class HttpSmsSettings(PricedSettings):
    """Settings of `http_sms`."""

    url: str = Field(
        pattern=r"^https?://",
        description="Address of the gateway. {to}, {text}, {from}, {id} and {key} are filled in,"
        " here and in the body: https://gateway.example/send?to={to}",
    )
    from_: str = Field(
        alias="from", min_length=1, max_length=40, description="Your number or name, for {from}."
    )
    key: SecretStr = Field(
        default=SecretStr(""),
        description="Your key at the gateway. It is filled in for {key}, in headers too.",
    )
    method: Literal["POST", "GET"] = Field(default="POST", description="How it wants to be asked.")
    body_kind: Literal["json", "form", "none"] = Field(
        title="Kind of body",
        default="json",
        description="What the body is: JSON, a form, or nothing.",
    )
    body: str = Field(
        default='{"to": "{to}", "from": "{from}", "text": "{text}", "reference": "{id}"}',
        description="The body with its gaps. Values are written so that they cannot break out.",
    )
    headers: list[str] = Field(
        default=["Authorization: Bearer {key}"],
        max_length=20,
        description="One on each line, such as Authorization: Bearer {key}.",
    )
    number_format: Literal["+49170…", "49170…", "0049170…"] = Field(
        default="+49170…", description="How the gateway wants numbers."
    )
    success_pattern: str = Field(
        title="How a taken text is known",
        default="",
        description="A regular expression that the answer matches when the text was taken. Empty:"
        " each answer with a status of 200 to 299.",
    )
    id_pattern: str = Field(
        title="Where the id stands in the answer",
        default=r'"(?:message_?)?id"\s*:\s*"?([^",}]+)',
        description="A regular expression whose first group is the gateway's id of the text.",
    )
    failure_pattern: str = Field(
        default="",
        description="Matches an answer that refuses the text for good, whatever its status.",
        json_schema_extra={"rare": True},
    )
    opted_out_pattern: str = Field(
        default="",
        description="Matches an answer that says the customer opted out at the gateway.",
        json_schema_extra={"rare": True},
    )
    webhook_secret: SecretStr = Field(
        title="Webhook secret",
        default=SecretStr(""),
        description="The gateway sends it in the header X-Webhook-Secret, or at the end of the"
        " webhook address: ?secret=… Without one nothing is taken in.",
    )
    previous_webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        description="The secret before this one. It is good until you empty this field.",
        json_schema_extra={"rare": True},
    )
    field_from: str = Field(
        title="Webhook field: who texted",
        default="from",
        description="The field of a webhook that names who texted; a.b for nested.",
    )
    field_text: str = Field(
        title="Webhook field: the text", default="text", description="The field with the text."
    )
    field_id: str = Field(
        title="Webhook field: the id",
        default="id",
        description="The field with the gateway's id, of a text and of a receipt.",
    )
    field_time: str = Field(
        title="Webhook field: the time",
        default="",
        description="The field with the time, if there is one (ISO 8601 or seconds).",
    )
    field_status: str = Field(
        title="Webhook field: what became of it",
        default="",
        description="The field of a receipt that says what became of a text. Empty: the gateway"
        " sends no receipts.",
    )
    delivered_values: list[str] = Field(
        title="Values that mean: it arrived",
        default=["delivered"],
        description="What stands in that field then, one on each line.",
    )
    failed_values: list[str] = Field(
        title="Values that mean: it did not arrive",
        default=["failed", "undelivered", "rejected", "expired"],
        description="What stands in that field then, one on each line.",
    )
    max_length: int = Field(
        default=1600,
        ge=70,
        le=5000,
        description="Characters of one text, at most.",
        json_schema_extra={"rare": True},
    )
    timeout: float = Field(
        default=15.0,
        gt=0,
        le=120,
        description="Seconds to wait for an answer.",
        json_schema_extra={"rare": True},
    )
    concurrency: int = Field(
        default=4,
        ge=1,
        le=8,
        description="How many texts may be on their way to the gateway at the same time.",
        json_schema_extra={"rare": True},
    )

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        authority = urlsplit(value).netloc
        if not authority or _GAP.search(authority) or "@" in authority:
            raise ValueError("The name of the server must be fixed: no gaps and no login in it.")
        return _known_gaps(value)

    @field_validator("body")
    @classmethod
    def _body(cls, value: str) -> str:
        return _known_gaps(value)

    @field_validator("headers")
    @classmethod
    def _headers(cls, value: list[str]) -> list[str]:
        for line in value:
            name, colon, rest = line.partition(":")
            if not colon or not re.fullmatch(r"[A-Za-z0-9-]+", name.strip()) or not rest.strip():
                raise ValueError(f"“{line[:60]}” is not a header such as Authorization: Bearer x.")
            _known_gaps(rest)
        return value

    @field_validator(*_PATTERNS)
    @classmethod
    def _pattern(cls, value: str) -> str:
        try:
            found = re.compile(value)
        except re.error as error:
            raise ValueError(f"This is no regular expression: {error}.") from None
        del found
        return value

    @field_validator("id_pattern")
    @classmethod
    def _group(cls, value: str) -> str:
        if value and re.compile(value).groups < 1:
            raise ValueError("It needs a group in round brackets around the id.")
        return value

    @property
    def secrets(self) -> list[str]:
        """The secrets a webhook may carry, the newest first."""
        both = (self.webhook_secret, self.previous_webhook_secret)
        return [secret.get_secret_value() for secret in both if secret.get_secret_value()]


def _known_gaps(value: str) -> str:
    for name in _GAP.findall(value):
        if name not in GAPS:
            raise ValueError(
                f"Nobody fills in {{{name}}}. Known: {{to}} {{text}} {{from}} {{id}} {{key}}."
            )
    return value


def filled(pattern: str, values: dict[str, str]) -> str:
    """Fill the gaps of a template in one pass: what a value contains is not looked at again."""
    return _GAP.sub(lambda gap: values.get(gap[1], gap[0]), pattern)
