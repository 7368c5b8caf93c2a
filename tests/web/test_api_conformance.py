"""The API does what its OpenAPI document says, as Schemathesis tries it: a thin slice here, much more in the nightly run.

Left out: that everything the schemas allow is taken. A day in the past or the name of no measure fits every schema and is refused.
"""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from cadence.assembly.site import SiteContext, build_site
from cadence.domain.audit import AT_THE_SHELL
from cadence.identity.permissions import Permission
from cadence.identity.tokens import TokenKind, make_token
from tests.fixtures.amount import examples
from tests.fixtures.builders import NOW
from tests.web.test_api import lived

__all__ = ["lived"]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    ignored_auth,
    unsupported_method,
]


@pytest.mark.databases("sqlite")
def test_schemathesis_finds_nothing(lived: SiteContext) -> None:
    made = make_token(lived.database, name="s", kind=TokenKind.API, scopes=list(Permission), days=9, actor=AT_THE_SHELL, now=NOW)
    headers = {"Authorization": f"Bearer {made.secret}", "host": "cadence.example.com"}
    site = build_site(lived)
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", site, headers={"host": "cadence.example.com"})
    labels = set()
    for result in schema.get_all_operations():
        operation = result.ok()  # type: ignore[union-attr]
        labels.add(operation.label)
        for mode in GenerationMode:
            try:
                cases = operation.as_strategy(generation_mode=mode, headers=headers)
            except Unsatisfiable:
                continue

            @settings(max_examples=examples(3), derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
            @given(case=cases)
            def holds(case: schemathesis.Case[Any]) -> None:
                case.call_and_validate(headers=headers, checks=CHECKS)

            try:
                holds()
            except Unsatisfiable:  # there is nothing in it that could be wrong
                continue
    assert "PATCH /api/v1/people/{email}" in labels
