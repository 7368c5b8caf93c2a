"""What a person wrote in an answer, without the mail they answered.

Pure and forgiving: never an error, and where it is not sure it keeps more. Only the mail that is quoted goes, wherever it
stands: people write above it, below it and between its lines. The words of mail programs: ``mail_programs``; HTML: ``html_text``.
"""

from __future__ import annotations

import re
import unicodedata

from cadence.channels.email.mail_programs import is_device_line, is_divider, opens_attribution, plain, roles_of, roles_within, says_wrote

#: longest question kept
MAX_LENGTH = 4_000
#: what ends a text that was longer
SHORTENED = "\n[…] The mail is longer."
#: of a text are looked at
_MOST_LINES = 10_000
_LONGEST_HEAD = 400
#: lines of a signature
_SIGNATURE = 10
_MOST_SIGNATURES = 50

_DATE = re.compile(r"\d{4}|\d{1,2}[./-] ?\d{1,2}[./-] ?\d{2}|\d{1,2}月")
_TIME = re.compile(r"(?<![\d.])\d{1,2}[:.h時点시] ?\d{2}(?![\d.]*\d)")
_MAIL = re.compile(r"[^\s<>()\[\]@:]{1,64}@[^\s<>()\[\]@:]{1,253}")
_MAIL_LAST = re.compile(r"[<(\[](?:mailto:)?[^\s<>()\[\]]{1,320}@[^\s<>]{1,253}[>)\]]\s*[:：]$")
_DASHED = re.compile(r"^-{3,}\s*([^-].{10,300}?)\s*-{3,}$")
_RULE = re.compile(r"^[\s_*=—–-]{10,}$")
_POSTSCRIPT = re.compile(r"^\s*(?:p\.? ?s\b|n\.? ?b\b|[^\n]*\?\s*$)", re.IGNORECASE)
_SIGNED, _SIGNATURE_OF = "-----BEGIN PGP SIGNED MESSAGE-----\n", "-----BEGIN PGP SIGNATURE-----"
_KEPT = "\n\t\u200c\u200d"  # joiners inside emoji and words


def own_words(text: str) -> str:
    """Return what the person wrote themselves, at most 4,000 characters; empty when there is nothing."""
    text = _without_armour(text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = [line.rstrip() if line != "-- " else line for line in text.split("\n")[:_MOST_LINES]]
    said = unicodedata.normalize("NFC", "\n".join(_Answer(lines).kept()))
    said = "".join(c for c in said if c in _KEPT or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    said = re.sub(r"\n{3,}", "\n\n", said).strip()
    return said if len(said) <= MAX_LENGTH else said[: MAX_LENGTH - len(SHORTENED)].rstrip() + SHORTENED


def _without_armour(text: str) -> str:
    """Return a text that is signed in itself (RFC 9580 section 7) without the lines of the signature."""
    before, begun, signed = text.partition(_SIGNED)
    said, ended, after = signed.partition(_SIGNATURE_OF)
    if not begun or not ended:
        return text
    head, _, said = said.partition("\n\n") if not said.startswith("\n") else ("", "", said[1:])
    end = after.partition("-----END PGP SIGNATURE-----")[2]
    return before + re.sub(r"(?m)^- ", "", said if len(head) < _LONGEST_HEAD else head + said) + end


class _Answer:
    """The lines of one answer, gone through once."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._kept: list[str] = []
        self._any_kept = False
        self._signatures = 0
        #: where the block of own lines begins that is being read
        self._block = 0

    def kept(self) -> list[str]:
        """Return the lines that the person wrote."""
        at = 0
        while at < len(self._lines):
            after = self._head(at)
            if after is not None:
                self._end_block()
                following = self._next(after)
                # a quote of marked lines is passed over by itself; unmarked, the old mail goes on to the end. With nothing above it the
                # person may have written below or within it
                if following is None or (not self._is_quoted(following) and self._any_kept):
                    return self._kept
                at = after
            elif self._is_quoted(at):
                self._end_block()
                at += 1
            elif self._lines[at] in ("-- ", "--") and (after := self._signature(at)) is not None:
                self._end_block()
                at = after
            else:
                self._kept.append(self._lines[at].removeprefix(">") if self._lines[at].startswith(">From ") else self._lines[at])
                at += 1
        self._end_block()
        return self._kept

    def _has_words(self) -> bool:
        """Whether anything of the person's own was read so far."""
        return self._any_kept or any(line.strip() for line in self._kept[self._block :])

    def _end_block(self) -> None:
        """Take the line of a phone from the end of the lines that were just read."""
        last = len(self._kept) - 1
        while last >= self._block and not self._kept[last].strip():
            last -= 1
        if last >= self._block and is_device_line(self._kept[last]):
            self._kept[last] = ""
            last -= 1
        self._any_kept = self._any_kept or any(line.strip() for line in self._kept[self._block : last + 1])
        self._block = len(self._kept)

    def _is_quoted(self, at: int) -> bool:
        line = self._lines[at]
        if not line.startswith((">", " >")):
            return False
        # mailbox files write ">From" for a line of one's own that begins with From
        alone = line.startswith(">From ") and not any(
            self._lines[near].startswith(">") for near in (at - 1, at + 1) if 0 <= near < len(self._lines)
        )
        return not alone

    def _next(self, at: int) -> int | None:
        """Return the next line with something in it."""
        return next((n for n in range(at, len(self._lines)) if self._lines[n].strip()), None)

    def _head(self, at: int) -> int | None:
        """Return the line after the head of a quoted mail that begins here, None when none does."""
        line = self._lines[at]
        if not line.strip() or len(line) > _LONGEST_HEAD:
            return None
        if is_divider(line):
            following = self._next(at + 1)
            return (self._labels(following, least=1) or at + 1) if following is not None else at + 1
        if is_divider(f"{line.strip()}:"):  # a phone that writes no dashes: only with the head of a mail beneath
            following = self._next(at + 1)
            if following is not None and (end := self._labels(following, least=2)) is not None:
                return end
        if _RULE.match(line):
            following = self._next(at + 1)
            return self._labels(following, least=2) if following is not None else None
        return self._labels(at, least=3) or self._attribution(at)

    def _labels(self, at: int, *, least: int) -> int | None:
        """Return the line after "From: ... Sent: ... To: ... Subject: ..." in one language, with ``least`` of them."""
        found: dict[str, set[str]] = {}
        first = roles_of(self._lines[at])
        if first and _MAIL.search(self._lines[at]):
            for language, role in roles_within(self._lines[at]):
                found.setdefault(language, set()).add(role)
            if any("from" in roles and "subject" in roles and len(roles) >= 3 for roles in found.values()):
                return at + 1
            found.clear()
        last, blank = at - 1, False
        for number in range(at, min(at + 12, len(self._lines))):
            line = self._lines[number]
            roles = roles_of(line)
            if roles:
                for language, role in roles:
                    found.setdefault(language, set()).add(role)
                last, blank = number, False
            elif not line.strip():
                if blank or last < at:
                    break
                blank = True
            elif blank or last < at or not (line[:1].isspace() or "@" in line or ";" in line):
                break
            else:
                last = number
        best = max(found.values(), key=len, default=set())
        sure = "subject" in best or _MAIL.search(" ".join(self._lines[at : last + 1])) is not None
        return last + 1 if "from" in best and len(best) >= least and (sure or least < 3) else None

    def _attribution(self, at: int) -> int | None:
        """Return the line after "On ... Ada wrote:", which mail programs break over up to four lines."""
        joined = ""
        for number in range(at, min(at + 4, len(self._lines))):
            line = plain(self._lines[number])
            if not line or line.startswith(">"):
                return None
            # some write dashes around it in the place of a colon: "---- On ..., Ada <a@b.cc> wrote ----"
            line = _DASHED.sub(r"\1:", line)
            joined = f"{joined} {line}".strip()
            if len(joined) > _LONGEST_HEAD:
                return None
            if joined.rstrip("*_ ").endswith((":", "：")) and self._is_attribution(joined, number + 1):
                return number + 1 if self._begins_here(at, number) else None
        return None

    def _is_attribution(self, joined: str, after: int) -> bool:
        said = joined.rstrip("*_ ")
        wrote, date, time = says_wrote(said), _DATE.search(said) is not None, _TIME.search(said) is not None
        address = _MAIL.search(said) is not None
        if (wrote and date and (time or address)) or (_MAIL_LAST.search(said) and date and time):
            return True
        following = self._next(after)
        quoted = following is not None and self._is_quoted(following)
        return quoted and (wrote or (date and time) or (address and (date or time)))

    def _begins_here(self, at: int, last: int) -> bool:
        """Whether the first line belongs to it, and is not the last one that the person wrote above."""
        for start in range(at + 1, last + 1):
            if plain(self._lines[start]).startswith(("<", "(<")):  # the name stands on the line before its address
                continue
            before, rest = (" ".join(plain(line) for line in part) for part in (self._lines[at:start], self._lines[start : last + 1]))
            if _MAIL.search(before) and _DATE.search(before) and not _MAIL.search(rest):
                continue
            if self._is_attribution(rest, last + 1) and (_DATE.search(rest) or _TIME.search(rest)):
                first = plain(self._lines[at])
                broken = opens_attribution(first) and not first.endswith((".", "?", "!", ":", "。", "？"))
                return broken and not opens_attribution(self._lines[start])
        return True

    def _signature(self, at: int) -> int | None:
        """Return the line after a signature; None when what follows is too long for one, or it would be all that was written."""
        self._signatures += 1
        if self._signatures > _MOST_SIGNATURES or not (self._lines[at] == "-- " or self._has_words()):
            return None
        lines = 0
        for number in range(at + 1, len(self._lines)):
            line = self._lines[number]
            if self._is_quoted(number) or _POSTSCRIPT.match(line) or self._head(number) is not None:
                return number
            lines += bool(line.strip())
            if lines > _SIGNATURE:
                return None
        return len(self._lines)
