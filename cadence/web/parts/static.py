"""The files that pages load: the sheet and the one script, under addresses that change with their content.

``?v=`` and the file's hash make an address that browsers may keep for a year; any other address of it is asked for again each time.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

FOLDER = Path(__file__).parent.parent / "static"
_FOR_GOOD = "public, max-age=31536000, immutable"


@cache
def _hash_of(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]


def static(name: str) -> str:
    """Return the address of a file in ``static/`` that may be kept for good."""
    return f"/static/{name}?v={_hash_of(name)}"


class KeptFiles(StaticFiles):
    """The files under /static; what is asked for by its hash may be kept."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file at ``path``."""
        answer = await super().get_response(path, scope)
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("v", [""])[-1]
        if answer.status_code in (200, 206, 304) and asked == _hash_of(path):
            answer.headers["cache-control"] = _FOR_GOOD
        return answer
