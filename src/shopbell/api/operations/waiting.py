"""Waiting lists: who wants to be told when something that is sold out is back."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from ninja import Status
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shopbell.accounts.queries import store_by_id
from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.schemas.listing import Word
from shopbell.customers.normalise import email_key
from shopbell.interests.actions import ask_by_shop
from shopbell.interests.queries import List, waiting_lists
from shopbell.interests.reading import Told, page_told
from shopbell.interests.words import Words
from shopbell.kit.errors import Invalid, NotFound
from shopbell.orders.variants import product_named, variant_of

_TAG = "Products"
_Id = Annotated[Word, StringConstraints(min_length=1, max_length=120)]


class WaitingIn(BaseModel):
    """Somebody who asked, in the shop's own page, to be told."""

    model_config = ConfigDict(extra="forbid")

    product: _Id = Field(description="The shop's own id of the product.")
    variant: _Id = Field(description="The shop's own id of the variant.")
    source: Annotated[Word, StringConstraints(max_length=120)] = Field(
        default="", description="Such as shopify/main, if several shops use the same ids."
    )
    email: Word
    language: Literal["en", "de"] = "en"
    wording: Annotated[str, StringConstraints(max_length=1000)] = Field(
        default="", description="The words they agreed to; empty: ours."
    )
    page: Annotated[Word, StringConstraints(max_length=300)] = Field(
        default="", description="Where they stood."
    )
    is_proved: bool = Field(
        default=False,
        description="You know that the address is theirs, as of a customer who is signed in. "
        "Otherwise a mail with one button asks them first.",
    )


class WaitingOut(BaseModel):
    """What became of it. Whether somebody is known is not told without proof."""

    state: Literal["waiting", "asked"]


class WaitingListOut(BaseModel):
    """How many wait for one variant."""

    product_id: uuid.UUID
    product: str = Field(description="The shop's own id.")
    variant: str
    title: str
    stock: int | None
    waiting: int
    told: int
    bought: int
    next_at: datetime | None = Field(description="When the next ones are told, while it is there.")


class WaitingLists(BaseModel):
    """Those with the most people who wait first, 200 at most."""

    items: list[WaitingListOut]


@endpoint("GET", "/waiting", scope="products:read", answers={200: WaitingLists}, tag=_TAG)
def list_waiting(request: ApiRequest) -> WaitingLists:
    """List how many wait for what."""
    return WaitingLists(items=[_out(each) for each in waiting_lists()])


@endpoint("POST", "/waiting", scope="customers:write", answers={202: WaitingOut}, tag=_TAG)
def post_waiting(request: ApiRequest, body: WaitingIn) -> Status[WaitingOut]:
    """Put somebody in the list of a variant, once; who is in it keeps their place."""
    email = email_key(body.email)
    if not email:
        raise Invalid("This is no e-mail address.", fields={"email": "name@example.com"})
    product = product_named(body.product, body.source)
    variant = variant_of(product, body.variant) if product is not None else None
    if product is None or variant is None:
        raise NotFound("There is no such product or variant.", remedy="Tell us of it first.")
    store = store_by_id(request.auth.store_id)
    told = Told(
        client_id=uuid.uuid4(),
        language=body.language,
        variant=variant.source_id,
        wording=body.wording or Words(body.language).say("wording", store=store.name),
        email=email,
        page=page_told(body.page),
    )
    ask_by_shop(
        store=store,
        product=product,
        told=told,
        source=f"API key {request.auth.name}",
        is_proved=body.is_proved,
    )
    return Status(202, WaitingOut(state="waiting" if body.is_proved else "asked"))


def _out(found: List) -> WaitingListOut:
    return WaitingListOut(
        product_id=found.product.pk,
        product=found.product.source_id,
        variant=found.variant,
        title=", ".join(filter(None, [found.product.title, found.title])),
        stock=found.stock,
        waiting=found.waiting,
        told=found.called,
        bought=found.bought,
        next_at=found.next_at,
    )
