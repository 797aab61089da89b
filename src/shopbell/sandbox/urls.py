"""Addresses of the phone-and-mailbox page."""

from django.urls import path

from shopbell.sandbox import views

app_name = "sandbox"
urlpatterns = [
    path("s/<slug:store>/sandbox/", views.index, name="index"),
    path("s/<slug:store>/sandbox/read/", views.read_chat, name="read_chat"),
    path("s/<slug:store>/sandbox/mail/<uuid:message>/", views.mail, name="mail"),
    path("s/<slug:store>/sandbox/mail/<uuid:message>/answer/", views.answer, name="answer"),
    path("s/<slug:store>/sandbox/mail/<uuid:message>/<slug:deed>/", views.act, name="act"),
]
