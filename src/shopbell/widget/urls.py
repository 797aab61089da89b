"""Addresses of the chat. `/widget/<store>/stream` is the front door's: see `edge.chat`."""

from django.urls import path

from shopbell.widget import previewing, views

app_name = "widget"
urlpatterns = [
    path("widget/<slug:store>.js", views.loader, name="loader"),
    path("widget/<slug:store>/session", views.session, name="session"),
    path("widget/<slug:store>/messages", views.messages, name="messages"),
    path("widget/<slug:store>/seen", views.seen_marks, name="seen"),
    path("widget/<slug:store>/contact", views.contacts, name="contact"),
    path("widget/<slug:store>/files", views.files, name="files"),
    path("widget/<slug:store>/files/<uuid:key>", views.one_file, name="file"),
    path("widget/<slug:store>/standing", views.standings, name="standing"),
    path("widget/<slug:store>/faces/<slug:mark>.png", views.face, name="face"),
    path("s/<slug:store>/chat/preview/", previewing.preview, name="preview"),
    path("widget-parts/<str:mark>/<str:name>", views.part, name="part"),
]
