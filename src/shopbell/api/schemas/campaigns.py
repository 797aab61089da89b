"""Campaigns as the API takes them: who it is for, how it goes out, what it says."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from shopbell.api.schemas.listing import Paged, Word, storable_only
from shopbell.api.schemas.segments import Plain
from shopbell.campaigns.content.blocks import KINDS, LONGEST, MOST_BLOCKS
from shopbell.campaigns.content.words import LONGEST_SUBJECT, Content
from shopbell.kit.errors import Invalid

_STRICT = ConfigDict(extra="forbid")
type _Line = Annotated[
    str, StringConstraints(max_length=LONGEST_SUBJECT), AfterValidator(storable_only)
]
type _Text = Annotated[str, StringConstraints(max_length=LONGEST), AfterValidator(storable_only)]
type _Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.+/#-]{1,60}$")]
type _Channel = Literal["email", "whatsapp", "sms"]
type Refs = Annotated[list[Word], Field(max_length=50)]

_BLOCKS = (
    'In their order, each with its `kind` and words: `{"kind": "text", "text": "Hello"}`. Kinds: '
    + ", ".join(KINDS)
    + ". A campaign that is read shows the fields of each."
)


class ContentIn(BaseModel):
    """What is said in one language, with Liquid in it."""

    model_config = _STRICT

    subject: _Line = ""
    preheader: _Line = ""
    blocks: Annotated[list[Plain], Field(max_length=MOST_BLOCKS)] = Field(
        default=[], description=_BLOCKS
    )
    text: _Text = Field(default="", description="For phones: WhatsApp and SMS.")
    plain: _Text = Field(default="", description="Plain part of the mail; empty: made from blocks.")


class AudienceIn(BaseModel):
    """Who it is for. Segments by id, or by the key of one that came with Shopbell."""

    model_config = _STRICT

    include: Refs = Field(default=[], description="Segments; none: everybody who allowed it.")
    exclude: Refs = []
    topic: Word = Field(default="", description="Who does not want this topic gets nothing.")
    channels: Annotated[list[_Channel], Field(min_length=1, max_length=3)] = Field(
        default=["email"], description="Each person gets it by the first that they allowed."
    )


class VariantIn(BaseModel):
    """One way to say it."""

    model_config = _STRICT

    texts: Annotated[dict[Word, ContentIn], Field(max_length=40)] = Field(
        description="By language; that of the store must be among them before it leaves."
    )

    def contents(self, place: int) -> dict[str, Any]:
        """Return plain values as they are kept.

        Raises:
            Invalid: with the place of the mistake, such as `variants.0.texts.en.blocks.2.url`.
        """
        found = {}
        for locale, said in self.texts.items():
            try:
                found[locale] = Content.of(said.model_dump()).to_json()
            except Invalid as error:
                at = f"variants.{place}.texts.{locale}"
                fields = {f"{at}.{name}".rstrip("."): says for name, says in error.fields.items()}
                raise Invalid(error.message, fields=fields, kept="Nothing was changed.") from None
        return found


class CampaignIn(AudienceIn):
    """A draft: nothing leaves before it is submitted and a person has agreed."""

    name: Annotated[Word, StringConstraints(min_length=1, max_length=120)]
    begins_at: AwareDatetime | None = Field(default=None, description="null: once it is agreed to.")
    local: bool = Field(default=False, description="At that hour where each of them lives.")
    useful_hours: Annotated[int, Field(ge=1, le=336)] = Field(
        default=48, description="Whoever cannot be written to in that time gets nothing."
    )
    per_hour: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    first_day: Annotated[int, Field(ge=1, le=10_000_000)] | None = Field(
        default=None, description="At most on the first day; twice as many each further day."
    )
    holdout: Annotated[int, Field(ge=0, le=50)] = Field(
        default=0, description="Percent who get nothing, to compare."
    )
    test_share: Annotated[int, Field(ge=1, le=100)] = Field(
        default=100, description="Percent who take part in the test; all others get the winner."
    )
    test_hours: Annotated[int, Field(ge=1, le=168)] = 4
    rule: Literal["clicks", "orders", "replies"] = Field(
        default="clicks", description="By what the test is decided."
    )
    variants: Annotated[list[VariantIn], Field(min_length=1, max_length=4)]
    author: Word = Field(description="E-mail of a member of staff; somebody else must agree.")


class CodesIn(BaseModel):
    """Codes of which each person gets one."""

    model_config = _STRICT

    codes: Annotated[
        list[
            Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[\w.+/#-]+$")]
        ],
        Field(min_length=1, max_length=10_000),
    ]


class RecipientFilter(Paged):
    """Which recipients."""

    state: Literal[
        "", "pending", "queued", "waiting", "sent", "failed", "in_doubt", "left_out", "holdout"
    ] = ""  # fmt: skip
    reason: Annotated[Word, StringConstraints(max_length=40)] = ""
    variant: Literal["", "A", "B", "C", "D"] = ""
