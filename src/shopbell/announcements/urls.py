"""Addresses of announcements, below `/s/<store>/announcements/`."""

from django.urls import include, path

from shopbell.announcements.views import acting, drafting, reading

announcements_urls = (
    [
        path("", reading.index, name="index"),
        path("new/", drafting.new, name="new"),
        path("count/", drafting.count, name="count"),
        path("limit/", acting.limit, name="limit"),
        path("<uuid:key>/", reading.show, name="show"),
        path("<uuid:key>/affected/", drafting.affected, name="affected"),
        path("<uuid:key>/end/", acting.end, name="end"),
        path("<uuid:key>/follow-up/", acting.follow_up, name="follow_up"),
        path("<uuid:key>/<int:number>/words/", drafting.words, name="words"),
        path("<uuid:key>/<int:number>/check/", drafting.check, name="check"),
        path("<uuid:key>/<int:number>/example/", drafting.show_example, name="example"),
        path("<uuid:key>/<int:number>/example/mail/", drafting.example_mail, name="example_mail"),
        path("<uuid:key>/<int:number>/submit/", acting.submit, name="submit"),
        path("<uuid:key>/<int:number>/drop/", acting.drop, name="drop"),
        path("<uuid:key>/<int:number>/approve/", acting.approve, name="approve"),
        path("<uuid:key>/<int:number>/decline/", acting.send_back, name="send_back"),
        path("<uuid:key>/<int:number>/take-back/", acting.take_back, name="take_back"),
        path("<uuid:key>/<int:number>/pause/", acting.pause, name="pause"),
        path("<uuid:key>/<int:number>/resume/", acting.resume, name="resume"),
        path("<uuid:key>/<int:number>/stop/", acting.stop, name="stop"),
    ],
    "announcements",
)

urlpatterns = [path("s/<slug:store>/announcements/", include(announcements_urls))]
