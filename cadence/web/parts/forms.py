"""Reading the small forms of our pages: never more fields than a form of ours has, never a file, never a NUL."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from cadence.web.parts.access import NotAllowed

_MOST_FIELDS = 20


async def read_form(request: Request, *, most: int = _MOST_FIELDS) -> dict[str, str]:
    """Return the fields, ``most`` at most, of a form that browsers and mail programs send; files and other kinds are not read."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    if kind == "multipart/form-data" and b'name="List-Unsubscribe"' in body and b"One-Click" in body:
        return {"List-Unsubscribe": "One-Click"}  # RFC 8058 section 3.2 allows this form too
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=most)
    except (UnicodeDecodeError, ValueError):
        raise NotAllowed("form", 400) from None
    if any("\0" in text for name, values in fields.items() for text in (name, *values)):  # PostgreSQL stores none
        raise NotAllowed("form", 400)
    return {name: values[-1] for name, values in fields.items()}


async def read_upload(request: Request, field: str, *, most: int) -> tuple[dict[str, str], str, bytes]:
    """Return the text fields of a form with one file, the file's name and its content; name and content are empty for no file.

    most: bytes of the file. The guard bounds the body before (``guard.UPLOADS``). Raises NotAllowed.
    """
    try:
        async with request.form(max_files=1, max_fields=_MOST_FIELDS) as form:
            fields = {name: value for name, value in form.items() if isinstance(value, str)}
            file = form.get(field)
            if not isinstance(file, UploadFile):
                return fields, "", b""
            content = await file.read(most + 1)
            name = "".join(c for c in (file.filename or "").replace("\\", "/").rpartition("/")[2] if c.isprintable())
    except HTTPException:  # what Starlette says of a broken body
        raise NotAllowed("form", 400) from None
    if len(content) > most:
        raise NotAllowed("too_large", 413)
    return fields, name[:120], content
