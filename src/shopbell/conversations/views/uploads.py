"""Files on their way into an answer: uploaded one by one, shown, thrown away again."""

import uuid
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from shopbell.accounts.permissions import staff_page
from shopbell.accounts.views.request import StaffRequest
from shopbell.conversations.actions import drop_upload, upload_file
from shopbell.conversations.actions.files import LARGEST
from shopbell.conversations.models import Attachment, Conversation
from shopbell.conversations.original import PICTURES
from shopbell.conversations.queries import conversation_by_number, pending_files
from shopbell.kit.errors import Invalid


@staff_page("conversations:write")
@require_POST
def upload(request: StaffRequest, number: int) -> HttpResponse:
    """Take a file (the whole body, its name in the address) for the answer being written."""
    row = conversation_by_number(number)
    file = upload_file(
        conversation=row,
        by=request.user,
        name=request.GET.get("name", ""),
        content=_body(request),
    )
    return JsonResponse(shown(request, row, file), status=201)


@staff_page("conversations:write")
@require_POST
def drop(request: StaffRequest, number: int, key: uuid.UUID) -> HttpResponse:
    """Throw away a file that waits."""
    drop_upload(conversation=conversation_by_number(number), key=key, by=request.user)
    return HttpResponse(status=204)


def waiting_list(request: StaffRequest, row: Conversation) -> list[dict[str, Any]]:
    """Return the files that wait for this person's answer, as the composer shows them."""
    return [shown(request, row, file) for file in pending_files(row, request.user)]


def shown(request: StaffRequest, row: Conversation, file: Attachment) -> dict[str, Any]:
    """Return one waiting file as the composer shows it."""
    place = [request.store.slug, row.number, file.pk]
    is_picture = file.content_type in PICTURES
    view = reverse("inbox:file", args=[request.store.slug, file.pk])
    return {
        "id": str(file.pk),
        "name": file.name,
        "size": file.size,
        "picture": f"{view}?show" if is_picture else "",
        "drop": reverse("inbox:upload_drop", args=place),
    }


def _body(request: StaffRequest) -> bytes:
    too_large = Invalid(
        f"A file may have {LARGEST // 1_000_000} MB at most.", kept="Nothing was stored."
    )
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
        raise too_large
    try:
        return request.body
    except RequestDataTooBig:
        raise too_large from None
