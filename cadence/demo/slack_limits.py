"""What Slack refuses in blocks and views, for the stand-in: lengths and counts of docs.slack.dev, "Block Kit" and "Views"."""

from __future__ import annotations

import json
from typing import Any

MESSAGE_BLOCKS, VIEW_BLOCKS, TEXT = 50, 100, 40_000
_VIEW_BYTES, _METADATA = 250_000, 3_000
_BLOCKS = ("header", "divider", "section", "context", "actions", "input")
_ELEMENTS = (
    "button",
    "static_select",
    "overflow",
    "radio_buttons",
    "checkboxes",
    "timepicker",
    "datepicker",
    "plain_text_input",
    "plain_text",
    "mrkdwn",
)


class RefusedCall(Exception):
    """The call is answered with ok: false and this word."""


def check_blocks(blocks: Any, *, most: int, word: str = "invalid_blocks") -> list[dict[str, Any]]:
    """Return the blocks. Raises RefusedCall with ``word``."""
    if not isinstance(blocks, list) or len(blocks) > most:
        raise RefusedCall(word)
    ids = [block.get("block_id") for block in blocks if isinstance(block, dict) and block.get("block_id")]
    if len(set(ids)) != len(ids) or not all(isinstance(block, dict) and _block(block) for block in blocks):
        raise RefusedCall(word)
    return blocks


def check_view(view: Any, kind: str) -> dict[str, Any]:
    """Return the view. Raises RefusedCall."""
    if not isinstance(view, dict) or view.get("type") != kind or len(json.dumps(view)) > _VIEW_BYTES:
        raise RefusedCall("invalid_arguments")
    check_blocks(view.get("blocks"), most=VIEW_BLOCKS, word="invalid_arguments")
    has_input = any(block.get("type") == "input" for block in view["blocks"])
    titles = [view.get(name) for name in ("title", "submit", "close") if name in view]
    if kind == "modal" and ("title" not in view or (has_input and "submit" not in view)):
        raise RefusedCall("invalid_arguments")
    if not all(_text(one, 24) for one in titles) or len(view.get("private_metadata", "")) > _METADATA:
        raise RefusedCall("invalid_arguments")
    return view


def _block(block: dict[str, Any]) -> bool:
    kind = block.get("type")
    if kind not in _BLOCKS or len(block.get("block_id", "")) > 255:
        return False
    if kind == "header":
        return _text(block.get("text"), 150)
    if kind == "section":
        accessory = block.get("accessory")
        return _text(block.get("text"), 3_000) and (accessory is None or _element(accessory))
    if kind == "input":
        return _text(block.get("label"), 2_000) and _element(block.get("element"))
    if kind in ("actions", "context"):
        elements = block.get("elements")
        if not isinstance(elements, list) or not 0 < len(elements) <= (25 if kind == "actions" else 10):
            return False
        ids = [one.get("action_id") for one in elements if isinstance(one, dict) and one.get("action_id")]
        return len(set(ids)) == len(ids) and all(_element(one) for one in elements)
    return True


def _element(element: Any) -> bool:
    if not isinstance(element, dict) or element.get("type") not in _ELEMENTS or len(element.get("action_id", "")) > 255:
        return False
    kind = element["type"]
    if kind in ("plain_text", "mrkdwn"):
        return _text(element, 2_000)
    if kind == "button":
        return (
            _text(element.get("text"), 75) and len(element.get("value", "")) <= 2_000 and len(element.get("accessibility_label", "")) <= 75
        )
    if kind == "plain_text_input":
        most = int(element.get("max_length", 3_000))
        return 0 < most <= 3_000 and len(element.get("initial_value", "")) <= most
    if kind in ("static_select", "overflow", "radio_buttons", "checkboxes"):
        options = element.get("options")
        most = {"static_select": 100, "overflow": 5}.get(kind, 10)
        if not isinstance(options, list) or not 0 < len(options) <= most:
            return False
        chosen = [element["initial_option"]] if "initial_option" in element else element.get("initial_options", [])
        return all(_text(one.get("text"), 75) and 0 < len(one.get("value", "")) <= 150 for one in options) and all(
            c in options for c in chosen
        )
    return True


def _text(value: Any, most: int) -> bool:
    if not isinstance(value, dict) or value.get("type") not in ("plain_text", "mrkdwn"):
        return False
    text = value.get("text")
    return isinstance(text, str) and 0 < len(text.encode("utf-16-le")) // 2 <= most
