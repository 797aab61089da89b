"""Addresses of the inbox, below `/s/<store>/inbox/`."""

from django.urls import include, path

from shopbell.conversations.views import (
    acting,
    files,
    forwards,
    inbox,
    saved,
    saved_views,
    setup,
    signatures,
    uploads,
    writing,
)

inbox_urls = (
    [
        path("", inbox.index, name="index"),
        path("bulk/", acting.bulk, name="bulk"),
        path("files/<uuid:key>/", files.download, name="file"),
        path("setup/", setup.setup, name="setup"),
        path("saved/", saved.index, name="saved"),
        path("saved/<uuid:key>/", saved.change, name="saved_change"),
        path("saved/<uuid:key>/drop/", saved.drop, name="saved_drop"),
        path("signatures/", signatures.index, name="signatures"),
        path("signatures/preview/", signatures.preview, name="signature_preview"),
        path("signatures/<uuid:key>/", signatures.change, name="signature_change"),
        path("signatures/<uuid:key>/drop/", signatures.drop, name="signature_drop"),
        path("views/", saved_views.keep, name="view_keep"),
        path("views/<uuid:key>/drop/", saved_views.throw, name="view_drop"),
        path("<int:number>/saved/", saved.offer, name="saved_offer"),
        path("<int:number>/", inbox.show, name="show"),
        path("<int:number>/reply/", writing.reply, name="reply"),
        path("<int:number>/files/", uploads.upload, name="upload"),
        path("<int:number>/files/<uuid:key>/drop/", uploads.drop, name="upload_drop"),
        path("<int:number>/draft/", writing.draft, name="draft"),
        path("<int:number>/here/", writing.here, name="here"),
        path("<int:number>/entries/<uuid:entry>/undo/", writing.undo, name="undo"),
        path("<int:number>/entries/<uuid:entry>/send/", writing.send_now, name="send_now"),
        path("<int:number>/entries/<uuid:entry>/back/", writing.take_back, name="take_back"),
        path("<int:number>/drafts/<uuid:key>/take/", writing.take_over, name="take_over"),
        path("<int:number>/entries/<uuid:entry>/original/", files.original, name="original"),
        path("<int:number>/entries/<uuid:entry>/forwarded/", forwards.take, name="forward_take"),
        path("<int:number>/entries/<uuid:entry>/leave/", forwards.leave, name="forward_leave"),
        path("<int:number>/status/", acting.status, name="status"),
        path("<int:number>/snooze/", acting.put_aside, name="snooze"),
        path("<int:number>/assign/", acting.give, name="assign"),
        path("<int:number>/team/", acting.give_to_team, name="team"),
        path("<int:number>/priority/", acting.priority, name="priority"),
        path("<int:number>/tags/", acting.tags, name="tags"),
        path("<int:number>/merge/", acting.merge, name="merge"),
        path("<int:number>/split/", acting.split, name="split"),
        path("<int:number>/resend/", acting.resend, name="resend"),
    ],
    "inbox",
)

urlpatterns = [path("s/<slug:store>/inbox/", include(inbox_urls))]
