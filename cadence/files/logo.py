"""A company's logo as it is uploaded: PNG or SVG, at most 50 kB, checked and written again with nothing in it but the picture.

Of a PNG stay the parts that draw it, of an SVG the shapes and colours: no script, no link, no style sheet, nothing that is loaded.
Source: PNG specification (third edition) section 5; SVG 2 chapters 8 to 10.
"""

from __future__ import annotations

import re
import struct
import zlib
from dataclasses import dataclass
from xml.etree import ElementTree

from cadence.errors import Invalid

MOST_BYTES = 50_000
_MOST_PIXELS = 2_000
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DRAWS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_SVG = "http://www.w3.org/2000/svg"
_SHAPES = frozenset(
    {"svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "defs", "stop", "title", "desc"}
    | {"linearGradient", "radialGradient", "clipPath"}
)
_LOOKS = frozenset(
    {"id", "viewBox", "width", "height", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry", "fx", "fy", "d", "points"}
    | {"transform", "fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "stroke-dasharray"}
    | {"fill-rule", "clip-rule", "clip-path", "opacity", "fill-opacity", "stroke-opacity", "offset", "stop-color", "stop-opacity"}
    | {"gradientUnits", "gradientTransform", "spreadMethod", "preserveAspectRatio"}
)
#: what a look may say: numbers, names and colours, and a gradient or clip of the same picture
_SAFE = re.compile(r"(?:url\(#[\w-]+\)|[\w#.,%()\s+-])*")
_MOST_ELEMENTS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """A picture that is safe to serve. ``kind``: its media type."""

    kind: str
    content: bytes


def read_logo(raw: bytes) -> Logo:
    """Return the picture written again. Raises Invalid for anything else."""
    if len(raw) > MOST_BYTES:
        raise _refused(f"has {len(raw):,} bytes; at most {MOST_BYTES:,} are taken", "large")
    if raw.startswith(_SIGNATURE):
        return Logo(kind="image/png", content=_png(raw))
    return Logo(kind="image/svg+xml", content=_svg(raw))


def _png(raw: bytes) -> bytes:
    kept, at, ended, inflate = [_SIGNATURE], len(_SIGNATURE), False, zlib.decompressobj()
    drawn, expected = 0, 0
    while at < len(raw) and not ended:
        if at + 12 > len(raw):
            raise _refused("is cut off", "broken")
        size, name = struct.unpack(">I4s", raw[at : at + 8])
        body, check = raw[at + 8 : at + 8 + size], raw[at + 8 + size : at + 12 + size]
        if len(check) != 4 or zlib.crc32(name + body) != struct.unpack(">I", check)[0]:
            raise _refused("is damaged", "broken")
        if (name == b"IHDR") != (at == len(_SIGNATURE)) or (name == b"IHDR" and size != 13):
            raise _refused("is damaged", "broken")
        if name == b"IHDR":
            expected = _drawn_bytes(body)
        if name == b"IDAT":
            try:  # no more than the picture can have, so that a small file cannot fill the memory
                drawn += len(inflate.decompress(body, max(expected + 1 - drawn, 1)))
            except zlib.error:
                raise _refused("is damaged", "broken") from None
        if name in _DRAWS:
            kept.append(raw[at : at + 12 + size])
        at, ended = at + 12 + size, name == b"IEND"
    if not ended or drawn != expected:
        raise _refused("is damaged", "broken")
    return b"".join(kept)


def _drawn_bytes(header: bytes) -> int:
    """Return how many bytes the picture has unpacked. Interlaced ones are refused, so that the sum is simple."""
    width, height, depth, colour, packed, filtered, interlaced = struct.unpack(">IIBBBBB", header)
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 0)
    if not samples or depth not in (1, 2, 4, 8, 16) or packed or filtered:
        raise _refused("is damaged", "broken")
    if interlaced or not (0 < width <= _MOST_PIXELS and 0 < height <= _MOST_PIXELS):
        raise _refused(f"is interlaced, or larger than {_MOST_PIXELS:,} pixels", "large")
    return int(height * (1 + (width * samples * depth + 7) // 8))


def _svg(raw: bytes) -> bytes:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused("is neither a PNG nor an SVG", "kind") from None
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper() or "<svg" not in text:
        raise _refused("is neither a PNG nor a plain SVG", "kind")
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, RecursionError):
        raise _refused("is no SVG that can be read", "broken") from None
    if root.tag != f"{{{_SVG}}}svg" or sum(1 for _ in root.iter()) > _MOST_ELEMENTS:
        raise _refused("is no SVG, or has too many shapes", "kind")
    ElementTree.register_namespace("", _SVG)
    written: bytes = ElementTree.tostring(_cleaned(root, 0), encoding="utf-8")
    return written


def _cleaned(element: ElementTree.Element, depth: int) -> ElementTree.Element:
    looks = {name: value for name, value in element.attrib.items() if name in _LOOKS and _SAFE.fullmatch(value)}
    made = ElementTree.Element(element.tag, looks)
    if element.tag in (f"{{{_SVG}}}title", f"{{{_SVG}}}desc"):
        made.text = element.text
        return made
    for child in element:
        name = child.tag.removeprefix(f"{{{_SVG}}}") if isinstance(child.tag, str) else ""
        if child.tag == f"{{{_SVG}}}{name}" and name in _SHAPES and depth < 50:
            made.append(_cleaned(child, depth + 1))
    return made


def _refused(reason: str, why: str) -> Invalid:
    error = Invalid("logo", None, reason)
    error.data["why"] = why
    return error
