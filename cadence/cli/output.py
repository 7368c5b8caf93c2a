"""Files that a command writes for its user: nobody else may read them, and none is written through a link that lies there."""

from __future__ import annotations

import errno
import os
from pathlib import Path

from cadence.errors import Invalid

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW


def write_private(path: Path, content: str | bytes, *, field: str = "--output") -> None:
    """Write ``content`` to ``path``, mode 0600 from its first byte. Raises Invalid when the path is a link, OSError as writing does."""
    try:
        descriptor = os.open(path, _FLAGS, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Invalid(field, str(path), "is a link to another place; name the file itself") from None
        raise
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(content.encode() if isinstance(content, str) else content)
