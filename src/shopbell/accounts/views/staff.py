"""Who works for the store: list, invite, change the role, remove, a new sign-in link."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from shopbell.accounts.actions import change_role, invite_staff, remove_staff, renew_link
from shopbell.accounts.forms.people import InviteForm
from shopbell.accounts.models import Role, Staff
from shopbell.accounts.permissions import may, may_grant, staff_page
from shopbell.accounts.queries import picture_of_store, staff_member, staff_of_store
from shopbell.accounts.views.request import StaffRequest
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict, Invalid


@staff_page("staff:read")
@require_safe
def staff(request: StaffRequest) -> HttpResponse:
    """List who works here."""
    return _page(request, InviteForm(by=request.staff))


@staff_page("home:read")
@require_safe
def face(request: StaffRequest, mark: str) -> HttpResponse:
    """Show the picture of a colleague. Another picture has another address."""
    headers = {
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "Cache-Control": "private, max-age=31536000, immutable",
    }
    return HttpResponse(picture_of_store(mark), content_type="image/png", headers=headers)


@staff_page("staff:write")
@require_POST
def invite(request: StaffRequest) -> HttpResponse:
    """Invite somebody and show their link once."""
    form = InviteForm(request.POST, by=request.staff)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        made = invite_staff(store=request.store, by=request.staff, **form.cleaned_data)
    except Conflict as error:
        form.add_error("email", f"{error.message} {error.remedy}")
        return _page(request, form, status=422)
    return _page(request, InviteForm(by=request.staff), made=made.staff, link=made.link)


@staff_page("staff:write")
@require_POST
def set_role(request: StaffRequest, member: UUID) -> HttpResponseBase:
    """Give somebody another role."""
    role = request.POST.get("role", "")
    if role not in Role.values:
        raise Invalid("There is no such role.", remedy="Choose one from the list.")
    changed = change_role(staff=staff_member(member), role=role, by=request.staff)
    messages.success(request, f"{changed.user} is now {changed.get_role_display()}.")
    return redirect("accounts:staff", request.store.slug)


@staff_page("staff:write")
@require_POST
def remove(request: StaffRequest, member: UUID) -> HttpResponseBase:
    """Take somebody off the store; what they did stays."""
    found = staff_member(member)
    remove_staff(staff=found, by=request.staff)
    messages.success(request, f"{found.user} does not work here any more.")
    if found.user_id == request.user.pk:
        return redirect("accounts:front")
    return redirect("accounts:staff", request.store.slug)


@staff_page("staff:write", scoped=False)
@require_POST
def new_link(request: StaffRequest, member: UUID) -> HttpResponse:
    """Make a new sign-in link and show it once."""
    with store_scope(request.store.pk):
        found = staff_member(member)
    link = renew_link(staff=found, by=request.staff)
    with store_scope(request.store.pk):
        return _page(request, InviteForm(by=request.staff), made=found, link=link)


def _page(
    request: StaffRequest,
    form: InviteForm,
    *,
    made: Staff | None = None,
    link: str = "",
    status: int = 200,
) -> HttpResponse:
    editable = may(request.staff, "staff:write")
    context = {
        "form": form,
        "rows": [_row(request, member, editable) for member in staff_of_store()],
        "editable": editable,
        "show_keys": may(request.staff, "keys:write"),
        "made": made,
        "link": link,
    }
    return render(request, "accounts/staff.html", context, status=status)


def _row(request: HttpRequest, member: Staff, editable: bool) -> dict[str, Any]:
    by: Staff = request.staff  # type: ignore[attr-defined]
    return {
        "member": member,
        "editable": editable and may_grant(by, member.role),
        "roles": [role for role in Role if may_grant(by, role)],
        "own": member.user_id == by.user_id,
    }
