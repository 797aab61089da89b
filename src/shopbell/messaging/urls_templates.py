"""Addresses of the template pages."""

from django.urls import path

from shopbell.messaging.views import editor, trying

app_name = "templates"
_TEXT = "s/<slug:store>/templates/<slug:kind>/<slug:medium>/<slug:locale>/"
urlpatterns = [
    path("s/<slug:store>/templates/", editor.index, name="index"),
    path("s/<slug:store>/templates/language", editor.language, name="language"),
    path("s/<slug:store>/templates/tests/<uuid:message>", trying.test_state, name="test_state"),
    path(_TEXT, editor.edit, name="edit"),
    path(f"{_TEXT}save", editor.save, name="save"),
    path(f"{_TEXT}restore", editor.restore, name="restore"),
    path(f"{_TEXT}shipped", editor.shipped, name="shipped"),
    path(f"{_TEXT}preview", trying.show_preview, name="preview"),
    path(f"{_TEXT}mail", trying.mail, name="mail"),
    path(f"{_TEXT}test", trying.test, name="test"),
]
