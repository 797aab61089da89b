"""What differs between the mail providers, as a table: no other file of this folder names one.

A newcomer's mistake: adding an `if provider == …` elsewhere. A difference is a new column here.
"""

from dataclasses import dataclass
from enum import StrEnum


class Provider(StrEnum):
    """The providers django-anymail speaks to."""

    POSTMARK = "postmark"
    MAILGUN = "mailgun"
    SENDGRID = "sendgrid"
    BREVO = "brevo"
    SES = "ses"
    MAILJET = "mailjet"
    MANDRILL = "mandrill"
    RESEND = "resend"
    SPARKPOST = "sparkpost"
    MAILERSEND = "mailersend"
    POSTAL = "postal"
    MAILTRAP = "mailtrap"
    SCALEWAY = "scaleway"
    UNISENDER_GO = "unisender_go"


@dataclass(frozen=True, slots=True)
class Traits:
    """One provider. Argument names are those of its anymail backend and webhook view."""

    title: str
    module: str
    key: str = "api_key"  # the backend's argument for our `api_key`
    second: str = ""  # the backend's argument for our `api_secret`
    options: tuple[str, ...] = ()  # further arguments a merchant may set
    needs: tuple[str, ...] = ()  # options without which it cannot send
    view: str = ""  # class of the tracking webhook; empty: it sends none
    signing: str = ""  # the view's argument for our `webhook_secret`
    signs: bool = False  # every webhook is signed, so basic auth may be missing
    view_key: str = ""  # the view's argument for our `api_key`, where that signs
    svix: bool = False  # signed in the Svix way, which we check ourselves
    metadata: bool = True  # can carry our message id and give it back
    metadata_limit: int = 0  # longest value it takes; 0: no limit worth knowing
    inbound: str = ""  # class of the webhook by which mail comes in; empty: none we can check
    inbound_mark: str = ""  # JSON key that tells it from tracking; empty: it comes as a form
    inbound_raw: str = ""  # where the raw mail is, if the merchant has it sent along
    inbound_to: str = ""  # where the envelope's recipient is
    id_header: str = ""  # request header with the id of an event, where the body has none


TRAITS: dict[Provider, Traits] = {
    Provider.POSTMARK: Traits(
        "Postmark",
        "postmark",
        key="server_token",
        options=("message_stream",),
        view="PostmarkTrackingWebhookView",
        inbound="PostmarkInboundWebhookView",
        inbound_mark="FromFull",
        inbound_raw="RawEmail",
        inbound_to="OriginalRecipient",
        metadata_limit=80,  # https://postmarkapp.com/support/article/1125
    ),
    Provider.MAILGUN: Traits(
        "Mailgun",
        "mailgun",
        options=("sender_domain",),
        view="MailgunTrackingWebhookView",
        inbound="MailgunInboundWebhookView",
        inbound_raw="body-mime",
        inbound_to="recipient",
        signing="webhook_signing_key",
        view_key="api_key",
        signs=True,
    ),
    Provider.SENDGRID: Traits(
        "SendGrid",
        "sendgrid",
        view="SendGridTrackingWebhookView",
        inbound="SendGridInboundWebhookView",
        inbound_raw="email",
        inbound_to="envelope",
        signing="tracking_webhook_verification_key",
    ),
    Provider.BREVO: Traits("Brevo", "brevo", view="BrevoTrackingWebhookView"),
    Provider.SES: Traits(
        "Amazon SES",
        "amazon_ses",
        options=("region", "configuration_set_name"),
        needs=("region",),
        view="AmazonSESTrackingWebhookView",
    ),
    Provider.MAILJET: Traits(
        "Mailjet", "mailjet", second="secret_key", view="MailjetTrackingWebhookView"
    ),
    Provider.MANDRILL: Traits(
        "Mandrill",
        "mandrill",
        view="MandrillCombinedWebhookView",
        signing="webhook_key",
        signs=True,
    ),
    Provider.RESEND: Traits(
        "Resend", "resend", view="ResendTrackingWebhookView", svix=True, id_header="svix-id"
    ),
    Provider.SPARKPOST: Traits(
        "SparkPost", "sparkpost", options=("subaccount",), view="SparkPostTrackingWebhookView"
    ),
    Provider.MAILERSEND: Traits(
        "MailerSend",
        "mailersend",
        key="api_token",
        view="MailerSendTrackingWebhookView",
        signing="signing_secret",
        signs=True,
        metadata=False,
    ),
    Provider.POSTAL: Traits(
        "Postal",
        "postal",
        needs=("api_url",),
        view="PostalTrackingWebhookView",
        signing="webhook_key",
        signs=True,
        metadata=False,
    ),
    Provider.MAILTRAP: Traits(
        "Mailtrap",
        "mailtrap",
        key="api_token",
        options=("sandbox_id",),
        view="MailtrapTrackingWebhookView",
        signing="tracking_secret",
    ),
    Provider.SCALEWAY: Traits(
        "Scaleway",
        "scaleway",
        key="secret_key",
        options=("project_id", "region"),
        needs=("project_id",),
    ),
    Provider.UNISENDER_GO: Traits(
        "Unisender Go",
        "unisender_go",
        needs=("api_url",),
        view="UnisenderGoTrackingWebhookView",
        view_key="api_key",
        signs=True,
    ),
}
