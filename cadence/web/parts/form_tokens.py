"""The hidden field that shows that a form came from a page of ours: made for one address, one session and one day.

Other sites can make a browser send a form with its password; they cannot read our pages, so they lack this field.
Source: OWASP, Cross-Site Request Forgery Prevention, "HMAC based token pattern".
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_bytes

from markupsafe import Markup

#: name of the field
FIELD = "form_token"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormTokens:
    """Makes and reads the tokens of one installation. ``key``: secret; another for each process unless it is given."""

    key: bytes = field(default_factory=lambda: token_bytes(32), repr=False)

    def make(self, path: str, now: datetime, *, session: int | None = None) -> str:
        """Return the token of a form that is sent to ``path`` in that session; good until the end of the next day (UTC)."""
        said = f"form {now.date().isoformat()} {session or 0} {path}".encode()
        return urlsafe_b64encode(hmac.digest(self.key, said, "sha256")[:24]).decode()

    def is_good(self, token: str, path: str, now: datetime, *, session: int | None = None) -> bool:
        """Return whether ``token`` was made for ``path`` in that session today or yesterday."""
        made = [self.make(path, day, session=session).encode() for day in (now, now - _DAY)]
        today, yesterday = (hmac.compare_digest(token.encode(), one) for one in made)
        return today or yesterday

    def hidden(self, path: str, now: datetime, *, session: int | None = None) -> Markup:
        """Return the hidden field of a form that is sent to ``path``."""
        return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, self.make(path, now, session=session))
