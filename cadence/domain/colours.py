"""Whether a colour can be read: contrast by WCAG 2.2 (1.4.3), and the lighter shade of it for dark pages. Pure."""

from __future__ import annotations

import re

#: the ratio that letters need
LEAST_CONTRAST = 4.5
#: the lightest and the darkest ground that letters in the colour stand on, in pages and mails; and the ground of dark ones
LIGHT_GROUNDS, DARK_GROUND = ("#ffffff", "#f0ece2"), "#25292d"
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def is_colour(text: str) -> bool:
    """Return whether ``text`` is a colour as we write it: "#0b5a5c"."""
    return _COLOUR.fullmatch(text) is not None


def contrast(one: str, other: str) -> float:
    """Return the ratio of two colours, from 1 to 21.

    >>> round(contrast("#0b5a5c", "#ffffff"), 1)
    8.0
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lowest_contrast(colour: str) -> float:
    """Return the lower ratio of ``colour`` on the light grounds."""
    return min(contrast(colour, ground) for ground in LIGHT_GROUNDS)


def lightened(colour: str) -> str:
    """Return the first shade of ``colour``, mixed with white in twentieths, that can be read on the dark ground."""
    parts = _parts(colour)
    for step in range(21):
        shade = "#" + "".join(f"{round(part + (255 - part) * step / 20):02x}" for part in parts)
        if contrast(shade, DARK_GROUND) >= LEAST_CONTRAST:
            return shade
    return "#ffffff"


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (p / 255 for p in _parts(colour))]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
