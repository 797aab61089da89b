"""Files and original mails. The permission is checked on each request; nothing runs in them."""

import uuid

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.actions.scans import content_of, scan_again
from shopbell.conversations.models import Entry
from shopbell.conversations.original import PICTURES, harmless
from shopbell.conversations.pictures.addresses import is_wish, picture_address, source_of
from shopbell.conversations.queries import attachment, conversation_by_number
from shopbell.kit.errors import NotFound
from shopbell.kit.mail.reading.contents import file_name
from shopbell.web.framing import untrusted_document


@staff_page("conversations:read")
@require_safe
def download(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Answer with a file: pictures may be shown, all else is only kept."""
    row = attachment(key)
    content = content_of(row)
    shown = row.content_type in PICTURES and "show" in request.GET
    content_type = row.content_type if shown else "application/octet-stream"
    header = content_disposition_header(as_attachment=not shown, filename=file_name(row.name))
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": header or "attachment",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


@staff_page("conversations:write")
@require_POST
def look_again(request: StaffRequest, key: uuid.UUID) -> HttpResponse:
    """Have an infected file looked at once more."""
    scan_again(file=attachment(key))
    return HttpResponse(status=204)


@staff_page("conversations:read")
@require_safe
def original(request: StaffRequest, number: int, entry: uuid.UUID) -> HttpResponse:
    """Answer with the customer's own HTML for a sandboxed frame."""
    row = mail_of(number, entry)
    if not is_wish(request.GET.get("pictures", ""), request.user.pk, row.pk):
        return untrusted_document(harmless(row.html, row.attachments.all()))
    store = request.store.slug

    def ours(address: str) -> str:
        return picture_address(user_id=request.user.pk, store=store, address=address)

    return untrusted_document(
        harmless(row.html, row.attachments.all(), ours=ours),
        pictures_from=source_of(store, request.get_host()),
    )


def mail_of(number: int, key: uuid.UUID) -> Entry:
    """Return an entry that came with HTML.

    Raises:
        NotFound: there is none.
    """
    row = conversation_by_number(number).entries.filter(pk=key).first()
    if row is None or not row.html:
        raise NotFound("There is no such mail.")
    return row
