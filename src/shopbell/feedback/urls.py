"""Addresses: the customers' question, short because it stands in text messages, and the answers."""

from django.urls import path

from shopbell.feedback.views import answering, reading

app_name = "feedback"
urlpatterns = [
    path("a/<str:token>", answering.answer, name="answer"),
    path("s/<slug:store>/feedback/", reading.index, name="index"),
]
