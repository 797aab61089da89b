"""What a mail or a chat brought along beside its words is shown in the thread."""

from tests.backoffice.market import text_of
from tests.conversations.inbox_ground import Inbox

PAGE = "/s/lark/inbox/1/"


def test_an_invitation_troubles_and_what_it_refers_to(inbox: Inbox) -> None:
    inbox.write(
        "Let us meet",
        by_mail=True,
        data={
            "invitation": {
                "summary": "Fitting <b>", "location": "Lark 1", "organiser": "tom@x.example",
                # The same day in every zone the store may be in (`zone_at_noon`).
                "start": "2026-11-24T11:30:00+00:00", "end": "soon",
            },
            "problems": ["it was cut"],
            "linked_to": 7,
        },
    )  # fmt: skip
    page = text_of(inbox.market.person(), PAGE)
    for words in ("Fitting &lt;b&gt;", "Lark 1", "from tom@x.example", "24 Nov", "to soon"):
        assert words in page
    assert "This mail was not as it should be: it was cut" in page
    assert 'href="/s/lark/inbox/7/">#7</a>, but comes from somebody' in page


def test_the_page_and_the_cart_a_visitor_wrote_from(inbox: Inbox) -> None:
    cart = {"items": [{"name": "Cup <i>", "price": 12}], "note": ""}
    url = "https://shop.example/cup"
    inbox.write("Is it blue?", data={"page": {"url": url, "title": "A cup", "cart": cart}})
    page = text_of(inbox.market.person(), PAGE)
    assert f'href="{url}" target="_blank" rel="noopener noreferrer nofollow">A cup</a>' in page
    assert "<dt>items 1 name</dt><dd>Cup &lt;i&gt;</dd>" in page
    assert "<dt>items 1 price</dt><dd>12</dd>" in page
