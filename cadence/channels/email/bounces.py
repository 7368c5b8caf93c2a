"""What a report of a failed delivery says: whom it could not reach and why, in the standard's form and in the dialects before it.

Pure. The fields of RFC 3464 as servers write them (without a type, with comments, in the letters of RFC 6533), else the words for
people: qmail's, Exchange's, Exim's and all others that name an address and a reason. Our own mail, which most return below, is not
judged. What the reason means: ``domain.sending.reply_verdict``; whether the report is believed: ``operations.returned_mail``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cadence.channels.email.html_text import text_of_html
from cadence.channels.email.parts import Part, read
from cadence.domain.sending.reply_verdict import RefusalVerdict, Stage, judge_reply
from cadence.domain.sending.return_path import ids_of_messages

#: recipients of one report that are looked at
MOST_RECIPIENTS = 20
#: of the words for people
_MOST_WORDS = 8_000
_MOST_REASON = 600
#: places where an address is looked for in them
_MOST_PLACES = 4

_NOT_IN_ONE = r"\s<>,;:\"()\[\]@（）「」『』【】〈〉《》：；，。、＜＞“”"
ADDRESS = re.compile(rf"[^{_NOT_IN_ONE}]{{1,64}}@[^{_NOT_IN_ONE}]{{1,253}}")
_HEX = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_FIELDS = re.compile(r"^(?:Original|Final)-Recipient\s*:", re.IGNORECASE | re.MULTILINE)
_NO_REASON = re.compile(r"^[\s;\w.-]{0,60}$")
#: where the copy of our mail begins
_COPY = re.compile(
    r"^[->\s*=_]*(?:below this line is a copy|this is a copy of (?:the|your) message|original message (?:follows|headers)|"
    r"(?:the )?(?:original|returned) (?:message|mail)(?: text)?(?: follows| is (?:attached|below|included))|unsent message below|"
    r"text of (?:the )?message|message header follows|copy of (?:the )?(?:original )?message|return-path:|received: |message-id:|"
    r"x-mailer:|mime-version:|der text der mail|le message original|message original|--- ?original message)",
    re.IGNORECASE | re.MULTILINE,
)
#: a report that a mail is late, and nothing more
_LATE = re.compile(
    r"(?:has|have) not been delivered (?:after|within|for)|(?:has|have)(?: not|n't) been delivered yet|"
    r"not yet (?:been )?delivered|delivery (?:is|was|has been) delayed|delayed mail|"
    r"(?:will|shall) (?:be retried|keep trying|continue to (?:try|retry))|still (?:trying|being (?:retried|tried))|"
    r"no action is required|do not need to (?:resend|retry)|need not resend|warning only|transient non-fatal|wird weiter versucht|"
    r"will be retried|delivery attempts will continue|status notification \((?:delay|success|relay)|successfully delivered",
    re.IGNORECASE,
)
#: a report that a mail failed, in its subject or its words
_FAILED = re.compile(
    r"undeliver|failure notice|"
    r"delivery (?:has |to .{1,80} )?(?:failure|failed|error|problem|status notification(?! \((?:delay|success|relay)))|"
    r"returned (?:mail|to sender)|"
    r"mail (?:delivery|system) (?:failed|failure|error)|could ?n[o']t be (?:delivered|reached)|could not be (?:delivered|reached|sent)|"
    r"not (?:be )?delivered|unable to (?:deliver|be delivered)|was ?n[o']t able to deliver|permanent(?:ly)? (?:fatal )?(?:error|fail)|"
    r"did not reach|rejected|nondeliver|non-deliver|non remis|nicht zugestellt|unzustellbar|konnte nicht|zustellung .{0,40}fehlgeschlagen|"
    r"no se ha podido entregar|no (?:se )?pudo (?:ser )?entreg|n'a pas pu|non è stato possibile|impossibile|não foi possível|"
    r"niet (?:worden )?(?:bezorgd|afgeleverd)|kunde inte|kunne ikke|nie (?:można|mogła|dostarcz)|не (?:удалось|может быть|доставлен)|"
    r"недоставлен|退信|退回|无法投递|無法投遞|无法送达|配信|届け|반송|undelivered|bounce",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRecipient:
    """Whom a server could not reach. ``addresses``: as it was asked to and as it tried, lower case."""

    addresses: tuple[str, ...]
    status: str
    diagnostic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """A report of RFC 3464. ``origins``: names of the servers that speak in it, as they say; ``envelope_ids``: as given at MAIL."""

    failed: tuple[FailedRecipient, ...]
    origins: tuple[str, ...]
    envelope_ids: tuple[str, ...]


def read_report(status: Part, words: str) -> DeliveryReport:
    """Return what the fields say; groups of fields are parted by blank lines (section 2.1). ``words``: those for people, beside them."""
    groups = [
        read(group + b"\r\n\r\n") for group in re.split(rb"(?:\r?\n[ \t]*){2,}", status.content().strip(), maxsplit=MOST_RECIPIENTS + 1)
    ]
    failed = []
    for group in groups[: MOST_RECIPIENTS + 1]:
        if not _has_failed(group):
            continue
        told = (*group.values("Original-Recipient"), *group.values("Final-Recipient"), *group.values("X-Actual-Recipient"))
        addresses = tuple(dict.fromkeys(address for value in told for address in _addresses(value)))
        code = group.value("Status")[:20]
        failed.append(FailedRecipient(addresses=addresses, status=code, diagnostic=_reason(group, code, addresses, words)))
    origins = [value for group in groups for name in ("Reporting-MTA", "Remote-MTA") for value in group.values(name)]
    return DeliveryReport(
        failed=tuple(failed),
        origins=tuple(value.rpartition(";")[2].strip().lower().rstrip(".") for value in origins)[:MOST_RECIPIENTS],
        envelope_ids=tuple(value for group in groups[:1] for value in group.values("Original-Envelope-Id")),
    )


def holds_report(text: str) -> bool:
    """Whether the fields of a report stand in a part that does not call itself one."""
    return _FIELDS.search(text[:_MOST_WORDS]) is not None


def _has_failed(group: Part) -> bool:
    """Whether a group of fields says that its recipient failed; comments may stand beside the word, and some servers leave it out."""
    if group.values("Action"):
        action = re.sub(r"\([^()]*\)", " ", group.value("Action")).lower()
        return action.split(";")[0].split()[:1] == ["failed"]
    return group.value("Status").startswith("5") and bool(group.values("Final-Recipient") or group.values("Original-Recipient"))


def _addresses(value: str) -> list[str]:
    """Return the addresses in "rfc822; ana@example.com", whose type is often left out, also as RFC 3461 and RFC 6533 spell letters."""
    named = value.rpartition(";")[2] if ";" in value else value
    named = _HEX.sub(lambda found: _letter(int(found[1], 16)), named)
    plain = [address.lower() for address in ADDRESS.findall(named)]
    return [*plain, *(_XTEXT.sub(lambda found: _letter(int(found[1], 16)), one.upper()).lower() for one in plain if "+" in one)]


def _letter(number: int) -> str:
    return chr(number) if 0x20 < number < 0xD800 or 0xE000 <= number < 0x110000 else ""


def _reason(group: Part, code: str, addresses: tuple[str, ...], words: str) -> str:
    """Return why: as the server said, and when that says nothing, what stands in the words for people."""
    said = group.value("Diagnostic-Code")[:_MOST_REASON]
    if said and (not _NO_REASON.match(said) or judge_reply(said, status=code, stage=Stage.RETURNED).verdict is not RefusalVerdict.UNKNOWN):
        return said
    return said_of(addresses, words) or said


def said_of(addresses: Iterable[str], words: str) -> str:
    """Return the lines behind an address in the words for people; the most telling ones where it stands in several places."""
    folded = words.lower()
    found: list[str] = []
    for address in addresses:
        place = -1
        while (place := folded.find(address, place + 1)) >= 0 and len(found) < _MOST_PLACES:
            found.append(" ".join(words[place + len(address) :][:_MOST_REASON].split()).lstrip(">): "))
    telling = [one for one in found if judge_reply(one, stage=Stage.RETURNED).verdict is not RefusalVerdict.UNKNOWN]
    return next(iter([*telling, *found]), "")


def words_of(parts: list[Part]) -> str:
    """Return the words for people in a report, without the copy of our mail below them."""
    plain = [part.text()[:_MOST_WORDS] for part in parts if part.kind == "text/plain"]
    html = (
        [text_of_html(part.text()[: 4 * _MOST_WORDS]) for part in parts if part.kind == "text/html"] if not "".join(plain).strip() else []
    )
    text = "\n".join([*plain, *html])[:_MOST_WORDS]
    copy = _COPY.search(text)
    # some name a few of our headers first and say what happened afterwards
    return text[: copy.start()] if copy and ADDRESS.search(text[: copy.start()]) else text


def told_in_words(subject: str, words: str, *, ours: Iterable[str], by_mail_system: bool) -> tuple[FailedRecipient, ...] | None:
    """Return whom a report without fields is about, nobody when it only says that a mail is late, None when it is none.

    ours: addresses that are not a recipient (to whom the report went, who wrote it). by_mail_system: the From line names one, so that
    a reason is enough, in whatever language it announces it. A report that names nobody has one recipient
    without an address: every mail of ours goes to one person.
    """
    if _LATE.search(f"{subject}\n{words}"):
        return ()
    left_out = frozenset(ours)
    named = tuple(dict.fromkeys(a.lower().strip("'`.") for a in ADDRESS.findall(f"{words}\n{subject}")))
    addresses = tuple(address for address in named if address not in left_out)[:MOST_RECIPIENTS]
    reason = said_of(addresses, words)
    if not reason or judge_reply(reason, stage=Stage.RETURNED).verdict is RefusalVerdict.UNKNOWN:
        reason = " ".join(f"{words} {subject}".split())[:1_500]
    telling = by_mail_system and judge_reply(reason, stage=Stage.RETURNED).verdict not in (RefusalVerdict.UNKNOWN, RefusalVerdict.LATER)
    if not telling and not _FAILED.search(f"{subject}\n{words}"):
        return None
    return (FailedRecipient(addresses=addresses, status="", diagnostic=reason),)


def ids_in(words: Iterable[str]) -> list[str]:
    """Return the ids of our messages in copies of headers that stand in the words for people."""
    return ids_of_messages(line for text in words for line in re.findall(r"(?im)^[> \t]*message-id:[^\n]{1,400}", text))
