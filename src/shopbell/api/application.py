"""The ninja application and the one decorator with which its operations are declared.

`@endpoint("GET", "/orders", scope="orders:read", answers={200: OrderList})` signs in, opens the
store of the key in one transaction, and documents every refusal. A newcomer's mistake: returning
rows. An operation returns finished models; the transaction is over when they become JSON.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, get_type_hints

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.operation import Operation
from ninja.utils import contribute_operation_callback

from shopbell.accounts.actions import note_key_use
from shopbell.accounts.models import ApiKey
from shopbell.api.keys import UNKNOWN_KEY, Bearer, Refused
from shopbell.api.schemas.problem import Problem
from shopbell.kit.db.scope import store_scope
from shopbell.kit.errors import Invalid
from shopbell.web.errors import Answer, response_to

REFUSALS = frozenset({400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 503})
DESCRIPTION = (
    "Orders, parcels, products and customers in and out, and every message with its state and "
    "reason. Send `Authorization: Bearer <key>`. Amounts are decimals beside a currency, times "
    "carry a zone, lists are paged by `cursor`."
)

api = NinjaAPI(
    title="Shopbell",
    version="1",
    description=DESCRIPTION,
    openapi_url=None,
    docs_url=None,
    urls_namespace="api-v1",
)
SCOPES: dict[str, dict[str, str]] = {}  # address -> method -> scope

_NOT_JSON = Answer(
    status=400,
    code="not_json",
    title="This cannot be read",
    message="This is not JSON that can be read.",
    kept="Nothing was changed.",
    remedy="Send one JSON object.",
)

type View = Callable[..., Any]


class ApiRequest(HttpRequest):
    """A request that is signed in."""

    auth: ApiKey


class Refusal(Schema):
    """What ninja keeps of an answer that is a problem: one for all, since making it takes time."""

    response: Problem


def endpoint(
    method: str,
    path: str,
    *,
    scope: str,
    answers: dict[int, type[Any]],
    tag: str,
    body: str = "",
    scoped: bool = True,
) -> Callable[[View], View]:
    """Declare an operation. `body` names the noun of the canonical JSON that it takes.

    `scoped` False: it opens the store itself, so as to hold no transaction while it renders.
    """

    def decorate(view: View) -> View:
        SCOPES.setdefault(path, {})[method] = scope
        known = _query_names(view)

        @wraps(view)
        def in_store(request: ApiRequest, **values: Any) -> Any:
            _refuse_unknown(request, known)
            with store_scope(request.auth.store_id):
                note_key_use(key=request.auth)
                if scoped:
                    return view(request, **values)
            return view(request, **values)

        contribute_operation_callback(in_store, _may_be_refused)
        return api.api_operation(
            [method],
            path,
            auth=Bearer(scope),
            response=answers,
            operation_id=f"{view.__name__}",
            summary=(view.__doc__ or "").split("\n")[0].rstrip("."),
            description=_rest_of(view.__doc__),
            tags=[tag],
            openapi_extra={"x-scope": scope, **({"x-body": body} if body else {})},
        )(in_store)

    return decorate


def _may_be_refused(operation: Operation) -> None:
    operation.response_models |= dict.fromkeys(REFUSALS, Refusal)


def _query_names(view: View) -> frozenset[str]:
    """Return the query parameters an operation knows: the fields of its argument `query`."""
    model = get_type_hints(view).get("query")
    return frozenset(model.model_fields) if model is not None else frozenset()


def _refuse_unknown(request: HttpRequest, known: frozenset[str]) -> None:
    """Refuse a misspelt filter: without it the answer would be of everybody."""
    unknown = [name for name in request.GET if name not in known]
    if unknown:
        raise Invalid(
            "There are unknown parameters in the address.",
            fields={name[:100]: "is not a parameter; check the spelling" for name in unknown[:20]},
            remedy=f"Known here: {', '.join(sorted(known)) or 'none'}.",
        )


def _rest_of(doc: str | None) -> str:
    return " ".join((doc or "").partition("\n")[2].split())


@api.exception_handler(AuthenticationError)
def _unknown_key(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    response = response_to(request, UNKNOWN_KEY)
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(Refused)
def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    return response_to(request, error.answer)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields: dict[str, str] = {}
    for detail in error.errors:
        place = [str(part) for part in detail["loc"] if part not in ("query", "path", "body")]
        fields.setdefault(".".join(place) or "request", str(detail["msg"]).lower())
    raise Invalid("Something in this request cannot be used.", fields=fields)


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    return response_to(request, _NOT_JSON)
