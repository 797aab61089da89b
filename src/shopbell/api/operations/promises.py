"""What a person promised a customer."""

from shopbell.api.application import ApiRequest, endpoint
from shopbell.api.operations.conversations import named, plain, staff_named, with_zone
from shopbell.api.schemas.conversations import ConversationOut, NewsIn
from shopbell.slas.news import promise_news, take_news_back


@endpoint(
    "POST",
    "/conversations/{ref}/news",
    scope="conversations:write",
    answers={200: ConversationOut},
    tag="Conversations",
)
def post_news(request: ApiRequest, ref: str, body: NewsIn) -> ConversationOut:
    """Note by when a customer was told to hear from us, or (`by` null) take that back."""
    row, author = named(ref), staff_named(body.author)
    at = with_zone(body.by, "by")
    if at is None:
        take_news_back(conversation=row, by=author)
    else:
        promise_news(conversation=row, at=at, by=author)
    return plain(named(ref))
