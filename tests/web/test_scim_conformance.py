"""The SCIM service against the checks of scim2-tester, which read what the service says of itself and try all of it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import scim2_tester.filling as filling
from scim2_client import BaseSyncSCIMClient
from scim2_tester import Status, check_server

from cadence.assembly.site import SiteContext
from cadence.domain.audit import AT_THE_SHELL
from cadence.identity.tokens import TokenKind, make_token
from tests.web.conftest import TestClient


class ThroughTheSite(BaseSyncSCIMClient):
    """A SCIM client whose requests go to the site of the test."""

    def __init__(self, client: TestClient, token: str) -> None:
        super().__init__()
        self._client, self._shown = client, {"authorization": f"Bearer {token}"}

    def request(self, method: str, url: str, **kwargs: Any) -> Any:
        headers = {**self._shown, **(kwargs.pop("headers", None) or {})}
        return self._client.request(method, f"/scim/v2/{url.lstrip('/')}", headers=headers, **kwargs)


@pytest.mark.databases("sqlite")
def test_every_check_of_the_tester_passes(context: SiteContext, client: TestClient, monkeypatch: pytest.MonkeyPatch, nightly: bool) -> None:
    from scim2_tester.checkers import patch_add, patch_replace

    value_of = filling.generate_random_value

    def with_addresses(checked: Any, path: Any, *args: Any, **kwargs: Any) -> Any:
        """People are known by an email address; the tester's own user names are none."""
        return f"{uuid.uuid4()}@ridge.example" if str(path).endswith("userName") else value_of(checked, path, *args, **kwargs)

    for module in (filling, patch_add, patch_replace):
        monkeypatch.setattr(module, "generate_random_value", with_addresses)
    now = context.clock.now()
    token = make_token(context.database, name="directory", kind=TokenKind.SCIM, scopes=(), days=1, actor=AT_THE_SHELL, now=now)
    results = check_server(ThroughTheSite(client, token.secret), resource_types=["User", "Group"] if nightly else ["User"])
    assert [f"{one.title}: {one.reason}" for one in results if one.status not in (Status.SUCCESS, Status.SKIPPED)] == []
    assert sum(one.status is Status.SUCCESS for one in results) > 40
