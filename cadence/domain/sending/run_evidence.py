"""What a refusal is worth, judged against what others got in the same run of sending.

Pure. A refusal that everybody gets is about us or the server; one that others do not get is about its recipient. Refusals
stand in blocks, parted by messages that were taken: a short block between two of them is about its recipients, a long
one, or one at the end of a run, may be a bad hour of the server. What then happens to a delivery: ``Fate``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cadence.domain.sending.reply_verdict import RefusalVerdict

#: so many refusals without a message taken between them are no coincidence: the channel stops
LONG_BLOCK = 20
#: the same when each of them says that it is about us; one is enough when nothing was taken, in this run or in the hour before
LONG_BLOCK_ABOUT_US = 5
#: the same while the channel has been refused before, and nothing was taken since
LONG_BLOCK_AGAIN = 3
#: of a block at the end of a run so many may be chance, when others were taken before it
SHORT_BLOCK = 2
#: recipients of one domain that are refused while none there is taken: the domain has a bad day
DOMAIN_BLOCK = 3


class Fate(StrEnum):
    """What becomes of a delivery whose recipient was refused for good."""

    #: the address is at fault: fail, and count it as a dead one
    DEAD = "dead"
    #: this recipient is at fault: fail, and count one against the address
    COUNTED = "counted"
    #: this message is at fault: fail, nothing is counted
    FAILED = "failed"
    #: this recipient alone is tried again, and each try counts
    PUT_OFF = "put_off"
    #: as PUT_OFF, and one is counted against the address
    PUT_OFF_COUNTED = "put_off_counted"
    #: everybody is refused: nothing is held against anyone, and the delivery waits for the channel
    WAIT = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRecipient:
    """One recipient who was refused. ``key``: whatever the caller knows it by."""

    key: int
    person_id: int
    domain: str
    verdict: RefusalVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class LastHour:
    """What other recipients got in the hour before. ``refused``: how many were refused since a message was last taken."""

    taken: bool = False
    refused: int = 0


NOTHING_BEFORE = LastHour()


@dataclass(slots=True)
class RunEvidence:
    """The outcomes of one run in the order in which they came; judges each refusal by those around it.

    refused_before: the channel has been refused, and nothing was taken since. before: what the hour before the run shows.
    """

    refused_before: bool = False
    before: LastHour = NOTHING_BEFORE
    taken: int = 0
    #: domains of which somebody was taken
    domains_taken: set[str] = field(default_factory=set)
    _blocks: list[list[RefusedRecipient]] = field(default_factory=lambda: [[]])
    _judged: int = 0

    def take(self, domain: str) -> None:
        """A message was taken."""
        self.taken += 1
        self.domains_taken.add(domain)
        if self._blocks[-1]:
            self._blocks.append([])

    def refuse(self, refusal: RefusedRecipient) -> bool:
        """A recipient was refused for good; return whether the channel should stop."""
        self._blocks[-1].append(refusal)
        block, people = self._blocks[-1], _people(self._blocks[-1])
        taken = self.taken > 0 or self.before.taken
        if all(one.verdict is RefusalVerdict.CHANNEL for one in block):
            return not taken or people >= LONG_BLOCK_ABOUT_US
        return people >= (LONG_BLOCK_AGAIN if self.refused_before and not self.taken else LONG_BLOCK)

    def open_block(self) -> Sequence[RefusedRecipient]:
        """Return the refusals since a message was last taken."""
        return tuple(self._blocks[-1])

    def closed(self) -> dict[int, Fate]:
        """Return the fates that are certain by now, each once: those of blocks after which a message was taken."""
        fates = {}
        while self._judged < len(self._blocks) - 1:
            block = self._blocks[self._judged]
            self._judged += 1
            fates.update(self._fates(block, singled_out=_people(block) < LONG_BLOCK, alone=False))
        return fates

    def rest(self) -> dict[int, Fate]:
        """Return the fates of all others, at the end of the run."""
        fates, before, block = self.closed(), self.before, self._blocks[-1]
        self._judged = len(self._blocks)
        in_row = _people(block) + (before.refused if not self.taken else 0)
        alone = not self.taken and not before.taken and in_row == 1
        singled_out = alone or ((self.taken > 0 or before.taken) and in_row <= SHORT_BLOCK)
        return fates | self._fates(block, singled_out=singled_out, alone=alone)

    def is_refused(self) -> bool:
        """Return whether the run shows that everybody is refused, so that the channel should pause."""
        block, before = self._blocks[-1], self.before
        if not block or self.taken or before.taken:
            return _people(block) >= LONG_BLOCK
        return _people(block) + before.refused > 1 or block[0].verdict is RefusalVerdict.CHANNEL

    def _fates(self, block: Sequence[RefusedRecipient], *, singled_out: bool, alone: bool) -> dict[int, Fate]:
        # a rule of one mailbox needs no proof as long as others are taken: it is held against nobody
        others = self.taken > 0 or self.before.taken
        return {
            one.key: self._fate(one, alone=alone) if singled_out or (others and one.verdict is RefusalVerdict.RESTRICTED) else Fate.WAIT
            for one in block
        }

    def _fate(self, one: RefusedRecipient, *, alone: bool) -> Fate:
        if one.verdict is RefusalVerdict.CHANNEL:
            return Fate.WAIT if alone else Fate.PUT_OFF
        if one.verdict is RefusalVerdict.RESTRICTED:
            return Fate.PUT_OFF
        if one.verdict is RefusalVerdict.MESSAGE:
            return Fate.FAILED
        if self._domain_is_refused(one.domain):
            return Fate.PUT_OFF_COUNTED
        if one.verdict is RefusalVerdict.GONE:
            return Fate.DEAD
        # nobody else says whether the server is well, and it does not say why it refuses: perhaps later
        return Fate.PUT_OFF_COUNTED if alone and one.verdict is RefusalVerdict.UNKNOWN else Fate.COUNTED

    def _domain_is_refused(self, domain: str) -> bool:
        people = {one.person_id for block in self._blocks for one in block if one.domain == domain}
        return bool(domain) and domain not in self.domains_taken and len(people) >= DOMAIN_BLOCK


def _people(block: Sequence[RefusedRecipient]) -> int:
    return len({one.person_id for one in block})
