"""A draft as one reader would get it: the digest that would hold just this statement. Nothing is stored or sent.

Composed and shown by whoever asks (``rendering.draft_views``), or sent to the author alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cadence.domain.planning.calendars import zone
from cadence.domain.sending.deliveries import Digest, MeasureReading
from cadence.domain.statements.statement import PLAIN
from cadence.files.draft_content import DraftContent
from cadence.operations.sending.prepare import digest_item
from cadence.store.sending.digests import Text

#: ids of what is not stored
_NOBODY = 0


def draft_digest(
    content: DraftContent,
    *,
    wording: str,
    titles: Mapping[str, str],
    address: str,
    name: str,
    locale: str,
    zone_name: str,
    now: datetime,
) -> Digest:
    """Return the digest of a draft in one wording ("": the statement itself). ``titles``: slug -> title of what it may serve."""
    today = now.astimezone(zone(zone_name)).date()
    said = content.wording_text(wording).replace("\r\n", "\n").strip()
    text = Text(
        version_id=_NOBODY,
        statement_id=_NOBODY,
        number=1,
        slug=content.slug or "draft",
        kind=content.kind.value,
        title=" ".join(content.title.split()) or "…",
        body=content.body.replace("\r\n", "\n").strip() or "…",
        brief=" ".join(content.brief.split()),
        material=content.material is not False,
        must_acknowledge=content.must_acknowledge,
        withdrawn=False,
        changed_on=today,
        effective_on=None,
        wordings={1: (wording or PLAIN, said or "…")},
        supports=tuple(titles[slug] for slug in content.supports if slug in titles),
        measures=tuple(
            MeasureReading(name=one.name, unit=one.unit, baseline=one.baseline, target=one.target, value=None, value_on=None)
            for one in content.measures
        ),
    )
    item = digest_item(
        text,
        1,
        position=0,
        reason="first_time",
        times_sent_before=0,
        showing=1,
        is_told=False,
        acknowledged_on=None,
        check=None,
    )
    return Digest(
        delivery_id=_NOBODY,
        public_id="preview",
        person_id=_NOBODY,
        person_name=name,
        locale=locale,
        zone=zone_name,
        address=address,
        dated=now,
        items=(item,),
        local_date=today,
    )
