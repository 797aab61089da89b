"""Addresses of the pages of approved templates, below their connection."""

from django.urls import path

from shopbell.messaging.views import approved, chat_link

app_name = "approved"
_INBOX = "s/<slug:store>/connections/<uuid:connection>/templates/"
_KIND = f"{_INBOX}for/<slug:kind>/"
urlpatterns = [
    path(_INBOX, approved.index, name="index"),
    path(f"{_INBOX}sync", approved.sync, name="sync"),
    path(f"{_INBOX}new/", approved.new, name="new"),
    path(f"{_INBOX}new/submit", approved.submit, name="submit"),
    path(_KIND, approved.text, name="text"),
    path(f"{_KIND}save", approved.save, name="save"),
    path(f"{_KIND}forget", approved.forget, name="forget"),
    path(f"{_KIND}preview", approved.show_preview, name="preview"),
    path(
        "s/<slug:store>/connections/<uuid:connection>/chat-link.svg",
        chat_link.picture,
        name="picture",
    ),
]
