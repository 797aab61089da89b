"""The question by its signed link. It needs no script and no cookie; looking changes nothing."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from shopbell.accounts.links import unsign
from shopbell.accounts.models import Store
from shopbell.feedback.actions import LONGEST, answer_check
from shopbell.feedback.links import PURPOSE
from shopbell.feedback.models import Answer, Check
from shopbell.feedback.queries import Standing, asked_message, check_of, standing_of
from shopbell.feedback.words import Words
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Conflict
from shopbell.kit.text import masked_address
from shopbell.messaging.models import Message
from shopbell.web.access import public_page
from shopbell.web.brand import Brand


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at a check."""

    request: HttpRequest
    store: Store
    message: Message
    check: Check | None
    words: Words

    @property
    def is_test(self) -> bool:
        """Whether somebody of the shop sent it to see what it looks like."""
        return self.message.origin == "test"


@public_page("Customers answer the check after delivery by a signed link.")
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show the question, or what was answered; only a POST answers."""
    store, key = unsign(token, PURPOSE)
    with store_scope(store.pk):
        message = asked_message(key)
        customer = message.customer.locale if message.customer else ""
        order = message.order.locale if message.order else ""
        words = Words.of(request.GET.get("lang", ""), message.locale, order, customer, store.locale)
        visit = Visit(request, store, message, check_of(message), words)
        return _take(visit) if request.method == "POST" else _look(visit)


def _look(visit: Visit) -> HttpResponse:
    standing = standing_of(visit.message, visit.check)
    done = "done" in visit.request.GET
    if visit.is_test and done:
        return _page(visit, "feedback/thanks.html", {"note": visit.words.say("test")})
    if standing == Standing.OVER:
        return _page(visit, "feedback/over.html", {}, status=410)
    if visit.check is not None and (done or standing == Standing.SETTLED):
        return _page(visit, "feedback/thanks.html", _thanks(visit, visit.check, standing))
    chosen = visit.request.GET.get("a", "")
    known = visit.check
    if known is not None:
        chosen = chosen if chosen in Answer else known.answer
    return _form(visit, chosen, known.comment if known and known.answer == chosen else "")


def _take(visit: Visit) -> HttpResponseBase:
    post = visit.request.POST
    chosen, comment = post.get("answer", ""), post.get("comment", "")
    wrong = ""
    if chosen not in Answer:
        wrong = visit.words.say("choose")
    elif len(comment.replace("\r\n", "\n").strip()) > LONGEST:
        wrong = visit.words.say("too_long", most=LONGEST)
    if wrong:
        return _form(visit, chosen, comment, wrong, status=422)
    if not visit.is_test:
        try:
            answer_check(message=visit.message, answer=chosen, comment=comment)
        except Conflict:
            return _page(visit, "feedback/over.html", {"comment": comment}, status=410)
    query = urlencode({"done": "1", "lang": visit.words.language})
    return HttpResponseRedirect(f"{visit.request.path}?{query}", status=303)


def _form(
    visit: Visit, chosen: str, comment: str, wrong: str = "", status: int = 200
) -> HttpResponse:
    say = visit.words.say
    context = {
        "answers": [(each, say(each), each == chosen) for each in Answer],
        "comment": comment,
        "wrong": wrong,
        "wrong_answer": bool(wrong) and chosen not in Answer,
        "most": LONGEST,
        "note": say("test") if visit.is_test else "",
    }
    return _page(visit, "feedback/question.html", context, status=status)


def _thanks(visit: Visit, check: Check, standing: Standing) -> dict[str, Any]:
    say, is_bad = visit.words.say, check.answer == Answer.BAD
    address = masked_address(visit.message.to_address)
    changes = standing == Standing.OPEN
    return {
        "thanks": say("thanks_bad" if is_bad else "thanks_good"),
        "writes_back": say("writes_back", address=address) if is_bad and address else "",
        "comment": check.comment,
        "asks": say("say_more") if is_bad and changes and not check.comment else "",
        "answer": check.answer,
        "changes": changes,
        "note": "" if changes else say("settled"),
        "most": LONGEST,
    }


def _page(visit: Visit, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    store, order = visit.store, visit.message.order
    home = store.url or (f"https://{store.domain}" if store.domain else "")
    number = (order.number or order.source_id) if order else ""
    other = "de" if visit.words.language == "en" else "en"
    kept = {key: visit.request.GET[key] for key in ("a", "done") if key in visit.request.GET}
    title = visit.words.say("title_order", order=number) if number else visit.words.say("title")
    common = {
        "brand": Brand(store.name, store.brand_colour, store.logo_url, home),
        "store": store,
        "labels": visit.words.labels,
        "title": title,
        "action": f"?{urlencode({'lang': visit.words.language})}",
        "other": other,
        "other_href": f"?{urlencode(kept | {'lang': other})}",
        "write_href": store.help_url or (f"mailto:{store.help_email}" if store.help_email else ""),
    }
    with override(visit.words.language):
        return render(visit.request, template, common | context, status=status)
