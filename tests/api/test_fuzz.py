"""The API against what nobody would send on purpose, by its own description, over real HTTP.

The seed is fixed, so a finding can be repeated. A newcomer's mistake: declaring a status so that
this test falls silent. Declare it because a caller has to expect it.
"""

import os
import uuid
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode, checks
from schemathesis.core.result import Ok

if TYPE_CHECKING:
    from tests.support.web import WebProcess

EXAMPLES = int(os.environ.get("SHOPBELL_FUZZ_EXAMPLES", "4"))  # for each operation, both ways
SEED = 20261121
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]


def call(cases: Any, base: str, headers: dict[str, str]) -> set[int]:
    """Send some cases; what breaks, or is not as described, raises. Returns the statuses."""
    said: set[int] = set()

    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def send(case: Any) -> None:
        response = case.call(base_url=base, headers=headers, timeout=20)
        said.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    send()
    return said


@pytest.mark.slow
@pytest.mark.usefixtures("committed_db")
def test_no_request_breaks_it_and_every_answer_is_as_described(web: "WebProcess") -> None:
    from shopbell.accounts.actions import change_store
    from shopbell.api.document import document
    from tests.api.callers import make_caller, order

    # given a store with something in it, and a key without a bound that would end the run
    caller = make_caller(f"fuzz-{uuid.uuid4().hex[:8]}")
    change_store(store=caller.store, policies={"api_per_minute": 1_000_000})
    caller.ask("POST", "/orders", order())
    base = f"http://127.0.0.1:{web.port}"
    headers = {"Authorization": f"Bearer {caller.key}"}
    schema = schemathesis.openapi.from_dict({**document(), "servers": [{"url": base}]})
    answered: dict[str, set[int]] = {}

    # when every operation is called with what its description allows, and with what it does not
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        for mode in GenerationMode:
            said = call(operation.as_strategy(generation_mode=mode), base, headers)
            answered.setdefault(operation.label, set()).update(said)
    assert len(answered) == sum(map(len, document()["paths"].values())) > 40
    # and the run got past the door: something was written and something was found
    assert 201 in answered["POST /api/v1/orders"]
    assert 200 in answered["GET /api/v1/orders"]
