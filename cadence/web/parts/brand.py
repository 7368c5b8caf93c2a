"""How the company looks on every page: its colour and logo, read again after a few seconds, so that a page costs no query for it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from cadence.domain.colours import lightened
from cadence.errors import StoreError
from cadence.store.running.company import kept_logo
from cadence.web.parts.context import SiteContext

_FRESH = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """``colour``: empty for ours; ``logo``: names the version of the picture, empty when there is none."""

    colour: str = ""
    logo: str = ""


@dataclass(slots=True)
class BrandReader:
    """Returns the brand in force, at most five seconds old."""

    context: SiteContext
    _found: Brand | None = None
    _until: float = 0.0

    def __call__(self) -> Brand:
        """Return it; what cannot be read leaves the one before."""
        if self._found is None or self.context.monotonic() >= self._until:
            try:
                with self.context.database.read() as connection:
                    logo = kept_logo(connection)
                mark = "" if logo is None else str(int(logo[2].timestamp()))
                self._found = Brand(colour=self.context.company.now().company.colour, logo=mark)
            except (SQLAlchemyError, StoreError):
                self._found = self._found or Brand()
            self._until = self.context.monotonic() + _FRESH
        return self._found


def sheet_of(colour: str) -> str:
    """Return the style sheet that lays the company's colour over ours."""
    light = lightened(colour)
    return (
        f":root {{ --accent: {colour}; --accent-deep: {colour}; }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ --accent: {light}; --accent-deep: {light}; }} }}\n"
    )
