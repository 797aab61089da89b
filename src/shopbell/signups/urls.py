"""Addresses of the forms: the customers' and, below `/s/<store>/signups/`, the staff's."""

from django.urls import path

from shopbell.signups.views import confirming, hosted, managing, previewing, rules

app_name = "signups"
urlpatterns = [
    path("join/<slug:store>/<slug:form>", hosted.page, name="page"),
    path("join/<slug:store>/<slug:form>/sent", hosted.sent, name="sent"),
    path("join/<slug:store>/<slug:form>/chat", hosted.chat, name="chat"),
    path("j/<str:token>", confirming.confirm, name="confirm"),
    path("s/<slug:store>/signups/", managing.index, name="index"),
    path("s/<slug:store>/signups/rules/", rules.rules, name="rules"),
    path("s/<slug:store>/signups/new/", managing.new, name="new"),
    path("s/<slug:store>/signups/preview/", previewing.preview, name="preview"),
    path("s/<slug:store>/signups/topics/", managing.add_topic, name="add_topic"),
    path("s/<slug:store>/signups/topics/<slug:topic>/", managing.topic, name="topic"),
    path("s/<slug:store>/signups/forms/<slug:form>/", managing.change, name="change"),
    path("s/<slug:store>/signups/forms/<slug:form>/drop/", managing.drop, name="drop"),
]
