"""The sample people at their screens: a thread that reads their mail and messages and presses the buttons in them.

Each press goes the way of a real one: the signed link of the mail is posted to Cadence's own page, the button of a message
is pressed in the Slack stand-in, which signs it and sends it as Slack does. Who does what: ``habits``. Knows the right
answers from the program itself, because somebody has to know something.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException
from random import Random
from urllib.parse import urlencode, urlsplit

from cadence.assembly.app import App
from cadence.demo.habits import SEED, Deed, Reaction, deeds, takes_part
from cadence.demo.mail_sink import MailSink
from cadence.demo.slack_stand_in import SlackStandIn
from cadence.demo.slack_workspace import elements_of
from cadence.domain.sending.deliveries import Channel
from cadence.domain.sending.links import Link, LinkPurpose
from cadence.domain.statements.checks import FORGOT
from cadence.errors import CadenceError
from cadence.operations.responding.acknowledge import look
from cadence.operations.responding.answer_check import look_check
from cadence.rendering.slack import CHECK_PREFIX, SlackButton
from cadence.rendering.wording import FORGOT_CHOICE

#: seconds between two presses, so that whoever looks at the pages meanwhile does not wait
_PAUSE = 0.01
#: seconds that one press may take, and until a press that nobody answered is given up for
_PATIENCE, _AGAIN = 5.0, 1.0
#: after so many presses in a row that nobody answered the crowd goes home
_GIVE_UP = 5
#: how often a person looks whether the window for a question has opened; other changes wake them too
_LOOKS = 5
_LINK = re.compile(r"/([ac])/([A-Za-z0-9_-]{51})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """One person of the sample. ``slack_user_id`` is empty for people without Slack."""

    email: str
    slack_user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One press to come. ``right``: place of the check's right line, None without a check; ``press`` returns a status, 0 for no answer."""

    deed: Deed
    right: int | None
    press: Callable[[], int]


@dataclass(slots=True)
class Tally:
    """What the crowd did so far. ``unheard``: presses that Cadence did not take."""

    people: int = 0
    answered: int = 0
    done: dict[Reaction, int] = field(default_factory=lambda: dict.fromkeys(Reaction, 0))
    right: int = 0
    unheard: int = 0


class Crowd:
    """Presses once through everybody's messages.

    ``known``: (email, statement) -> the chance to know it.
    ``progress`` is called after each person, ``finished`` once unless stopped before.
    """

    def __init__(
        self,
        app: App,
        mail: MailSink,
        slack: SlackStandIn,
        residents: Sequence[Resident],
        *,
        known: Mapping[tuple[str, str], float],
        progress: Callable[[Tally], None] = lambda tally: None,
        finished: Callable[[Tally], None] = lambda tally: None,
        seed: int = SEED,
    ) -> None:
        self._app, self._mail, self._slack, self._seed = app, mail, slack, seed
        self._residents, self._known = list(residents), known
        Random(seed).shuffle(self._residents)
        self._progress, self._finished = progress, finished
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._refused = 0
        self.tally = Tally(people=len(residents))

    def start(self) -> None:
        """Begin on a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="demo-crowd", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the press under way."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=_PATIENCE + _AGAIN)

    def run(self) -> None:
        """Press until everybody had a turn or ``stop`` is called."""
        for resident in self._residents:
            if self._stopping.is_set() or self._refused >= _GIVE_UP:
                return
            taken = sum(self._do(act) for act in self._acts(resident))
            self.tally.answered += taken > 0
            self._progress(self.tally)
        if not self._stopping.is_set():
            self._finished(self.tally)

    def _acts(self, resident: Resident) -> Iterator[Act]:
        """Yield what a person does, message by message, the oldest first."""
        if takes_part(resident.email, Channel.EMAIL, seed=self._seed):
            for mail in reversed(self._mail.mails(recipient=resident.email)):
                yield from self._mail_acts(resident, mail.html())
        if resident.slack_user_id and takes_part(resident.email, Channel.SLACK, seed=self._seed):
            for message in self._slack.messages(resident.slack_user_id):
                yield from self._slack_acts(resident, message)

    def _mail_acts(self, resident: Resident, html: str) -> Iterator[Act]:
        tokens = dict.fromkeys(_LINK.findall(html))
        acknowledges = {self._read(token, LinkPurpose.ACKNOWLEDGE).version_id: token for route, token in tokens if route == "a"}
        for token in (token for route, token in tokens if route == "c"):
            link = self._read(token, LinkPurpose.RESPOND)
            for deed, right in self._deeds(resident, link, must=link.version_id in acknowledges):
                yield Act(deed=deed, right=right, press=partial(self._post, deed, token, acknowledges.get(link.version_id, "")))

    def _slack_acts(self, resident: Resident, message: dict[str, object]) -> Iterator[Act]:
        blocks, ts = message["blocks"], str(message["ts"])
        assert isinstance(blocks, list)
        offered: dict[str, set[str]] = {}
        for element in elements_of(blocks):
            if "value" in element:
                offered.setdefault(str(element["value"]), set()).add(str(element["action_id"]))
        for token, buttons in offered.items():
            link = self._read(token, LinkPurpose.ACKNOWLEDGE)
            for deed, right in self._deeds(resident, link, must=SlackButton.ACKNOWLEDGE.value in buttons):
                yield Act(deed=deed, right=right, press=partial(self._press, resident.slack_user_id, ts, deed, token))

    def _read(self, token: str, purpose: LinkPurpose) -> Link:
        return self._app.links.read(token, self._app.clock.now(), purpose=purpose)

    def _deeds(self, resident: Resident, link: Link, *, must: bool) -> list[tuple[Deed, int | None]]:
        person, version, delivery = link.person_id, link.version_id, link.delivery_id
        right, options = None, 0
        try:
            wanted = look(self._app.database, person_id=person, version_id=version, delivery_id=delivery)
        except CadenceError:  # withdrawn or gone meanwhile: the visitor was at work
            return []
        try:
            question = look_check(self._app.database, person_id=person, version_id=version, delivery_id=delivery).question
        except CadenceError:  # this message asks nothing about it
            pass
        else:
            right, options = (question.right, len(question.options)) if question.chosen is None else (None, 0)
        asked = must and wanted.acknowledged_at is None
        found = deeds(
            resident.email,
            wanted.slug,
            knows=self._known.get((resident.email, wanted.slug), 0.0),
            right=right,
            options=options,
            must_acknowledge=asked,
            seed=self._seed,
        )
        return [(deed, right) for deed in found]

    def _do(self, act: Act) -> bool:
        """Press once; return whether Cadence took it."""
        if self._stopping.wait(_PAUSE) or self._refused >= _GIVE_UP:
            return False
        status = act.press()
        if status != 200:
            self.tally.unheard += 1
            self._refused = self._refused + 1 if status == 0 else 0
            if status == 0:
                self._stopping.wait(_AGAIN)
            return False
        self._refused = 0
        self.tally.done[act.deed.wish] += 1
        self.tally.right += act.deed.wish is Reaction.ANSWER and act.deed.choice == act.right
        return True

    def _post(self, deed: Deed, token: str, acknowledge_token: str) -> int:
        """Send a form of the page that a mail's link leads to; return the status, 0 when nobody answered."""
        path, form = f"/c/{token}", {"do": deed.wish.value}
        if deed.wish is Reaction.ACKNOWLEDGE:
            path, form = f"/a/{acknowledge_token}", {}
        elif deed.wish is Reaction.ANSWER and deed.choice == FORGOT:
            form["do"] = FORGOT_CHOICE
        elif deed.wish is Reaction.ANSWER:
            form["choice"] = str(deed.choice)
        elif deed.wish is Reaction.ASK:
            form["text"] = deed.text
        base = urlsplit(self._app.settings.base_url)
        connection = HTTPConnection(base.hostname or "", base.port, timeout=_PATIENCE)
        try:
            connection.request("POST", path, urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except (OSError, HTTPException):
            return 0
        finally:
            connection.close()

    def _press(self, user_id: str, ts: str, deed: Deed, token: str) -> int:
        """Press a button of a message; return the status, 0 when nobody answered, 422 when the window shows what is wrong."""
        choice = FORGOT_CHOICE if deed.choice == FORGOT else str(deed.choice)
        action_id = f"{CHECK_PREFIX}{choice}" if deed.wish is Reaction.ANSWER else deed.wish.value
        workspace = self._slack.workspace
        known = {modal.view["id"] for modal in workspace.modals_of(user_id)}
        before = workspace.version
        status, _ = self._slack.press(user_id, ts, action_id=action_id, value=token)
        if deed.wish is not Reaction.ASK or status != 200:
            return status
        for _ in range(_LOOKS):
            opened = next((modal.view for modal in workspace.modals_of(user_id) if modal.view["id"] not in known), None)
            if opened is not None:
                name = next(block["block_id"] for block in opened["blocks"] if block["type"] == "input")
                status = self._slack.submit(opened["id"], {name: deed.text})[0]
                refused = any(modal.view["id"] == opened["id"] and modal.errors for modal in workspace.modals_of(user_id))
                return 422 if refused else status
            before = workspace.wait_for_change(before, seconds=_PATIENCE / _LOOKS)
        return 0
