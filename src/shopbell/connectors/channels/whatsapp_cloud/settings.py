"""What a merchant fills in to connect a WhatsApp number."""

from pydantic import Field, SecretStr

from shopbell.connections.ports import Settings

_ID = r"^[0-9]{5,25}$"


class WhatsAppSettings(Settings):
    """Settings of one WhatsApp number at Meta."""

    phone_number_id: str = Field(
        pattern=_ID,
        description="Phone number ID: digits, in the app under WhatsApp → API setup."
        " It is not the phone number itself.",
    )
    business_account_id: str = Field(
        pattern=_ID, description="WhatsApp Business account ID, on the same page."
    )
    access_token: SecretStr = Field(
        min_length=1,
        description="Token of a system user with whatsapp_business_messaging and"
        " whatsapp_business_management that never ends.",
    )
    app_secret: SecretStr = Field(
        min_length=1,
        description="App secret, in the app under App settings → Basic. Meta signs with it"
        " what it sends to us.",
    )
    verify_token: SecretStr = Field(
        min_length=8,
        description="A word of your own, at least 8 characters. Meta asks for it once when you"
        " enter the webhook address there.",
    )
    api_base: str = Field(
        json_schema_extra={"rare": True},
        default="https://graph.facebook.com",
        pattern=r"^https?://[^\s/]+$",
        description="Where the Graph API is. Change it only for a proxy.",
    )
    api_version: str = Field(
        json_schema_extra={"rare": True},
        default="v24.0",
        pattern=r"^v[0-9]{1,3}\.[0-9]$",
        description="Version of the Graph API.",
    )
    earlier_app_secret: SecretStr = Field(
        json_schema_extra={"rare": True},
        default=SecretStr(""),
        description="The app secret before this one, while you change it.",
    )
    max_per_second: int = Field(
        json_schema_extra={"rare": True},
        default=80,
        ge=1,
        le=1000,
        description="Messages a second of this number. Meta allows 80, 20 for numbers that are"
        " also used in the WhatsApp Business app, 1,000 after an upgrade.",
    )
    concurrency: int = Field(
        json_schema_extra={"rare": True},
        default=8,
        ge=1,
        le=8,
        description="How many requests may be under way at the same time.",
    )
    timeout: float = Field(
        json_schema_extra={"rare": True},
        default=20.0,
        gt=0,
        le=120,
        description="Seconds to wait for Meta's answer.",
    )
