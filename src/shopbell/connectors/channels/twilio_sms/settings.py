"""What a merchant fills in to text through Twilio."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr, field_validator

from shopbell.messaging.ports.prices import PricedSettings

_NUMBER = re.compile(r"\+[1-9]\d{6,14}|\d{3,8}")  # E.164, or a short code
_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +_&-]{1,11}")
_SERVICE = re.compile(r"MG[0-9a-f]{32}")


def _as_lines(value: Any) -> Any:
    """Take one sender, or several with commas or line breaks between them."""
    if isinstance(value, str):
        return [part.strip() for part in re.split(r"[,\n]", value) if part.strip()]
    return value


class TwilioSmsSettings(PricedSettings):
    """Settings of `twilio_sms`."""

    account_sid: str = Field(
        pattern=r"^AC[0-9a-f]{32}$",
        title="Account SID",
        description="Begins with AC. On the first page of the Twilio console, under Account Info.",
    )
    auth_token: SecretStr = Field(
        min_length=1, description="Beside the Account SID. Webhooks are checked with it too."
    )
    from_: Annotated[tuple[str, ...], BeforeValidator(_as_lines)] = Field(
        alias="from",
        min_length=1,
        max_length=200,
        description="Who your customers see: a number of yours at Twilio such as +15005550006, a"
        " name of up to 11 letters (nobody can answer it), or a Messaging Service (begins with"
        " MG). Several numbers, one on each line, share the work; each customer keeps one.",
    )
    api_base: str = Field(
        default="https://api.twilio.com",
        pattern=r"^https?://",
        title="API base",
        description="Address of Twilio's API. Change it for another region, or for a proxy.",
        json_schema_extra={"rare": True},
    )
    previous_auth_token: SecretStr = Field(
        default=SecretStr(""),
        description="The token before this one: webhooks signed with it are good until you empty"
        " this field.",
        json_schema_extra={"rare": True},
    )
    mms_prefixes: Annotated[tuple[str, ...], BeforeValidator(_as_lines)] = Field(
        default=("+1",),
        title="Pictures may go to",
        description="Beginnings of the numbers that can get pictures (MMS). With Twilio these are"
        " the USA and Canada, +1.",
        json_schema_extra={"rare": True},
    )
    timeout: float = Field(
        default=15.0,
        gt=0,
        le=120,
        description="Seconds to wait for an answer of Twilio.",
        json_schema_extra={"rare": True},
    )
    concurrency: int = Field(
        default=4,
        ge=1,
        le=8,
        description="How many messages may be on their way to Twilio at the same time.",
        json_schema_extra={"rare": True},
    )

    @field_validator("from_")
    @classmethod
    def _senders(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for sender in value:
            if not (_NUMBER.fullmatch(sender) or is_name(sender) or is_service(sender)):
                raise ValueError(
                    f"“{sender}” is neither a number like +15005550006, nor a name of up to 11"
                    " letters and digits, nor a Messaging Service SID (MG and 32 characters)."
                )
        if len(value) > 1 and not all(_NUMBER.fullmatch(sender) for sender in value):
            raise ValueError("Only numbers can be several. Give one name or one service alone.")
        return tuple(dict.fromkeys(value))

    @property
    def tokens(self) -> list[str]:
        """The tokens that sign webhooks, the newest first."""
        both = (self.auth_token, self.previous_auth_token)
        return [token.get_secret_value() for token in both if token.get_secret_value()]


def is_name(sender: str) -> bool:
    """Whether a sender is an alphanumeric name."""
    return bool(_NAME.fullmatch(sender)) and not is_service(sender)


def is_service(sender: str) -> bool:
    """Whether a sender is a Messaging Service."""
    return bool(_SERVICE.fullmatch(sender))
