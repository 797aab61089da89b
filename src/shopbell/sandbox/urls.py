"""Addresses of the phone-and-mailbox page."""

from django.urls import path

from shopbell.sandbox.views import calls, page, phone

app_name = "sandbox"
urlpatterns = [
    path("s/<slug:store>/sandbox/", page.index, name="index"),
    path("s/<slug:store>/sandbox/people/", phone.add, name="add"),
    path("s/<slug:store>/sandbox/phone/switch/", phone.switch, name="switch"),
    path("s/<slug:store>/sandbox/phone/block/", phone.block, name="block"),
    path("s/<slug:store>/sandbox/calls/", calls.dial, name="dial"),
    path("s/<slug:store>/sandbox/calls/<uuid:call>/<slug:deed>/", calls.act, name="call"),
    path("s/<slug:store>/sandbox/phone/<slug:deed>/", phone.act, name="phone"),
    path("s/<slug:store>/sandbox/mail/<uuid:message>/", page.mail, name="mail"),
    path("s/<slug:store>/sandbox/mail/<uuid:message>/answer/", page.answer, name="answer"),
    path("s/<slug:store>/sandbox/mail/<uuid:message>/<slug:deed>/", page.act, name="act"),
]
