"""Which language a page speaks: the browser's for leaders and admins, the person's own behind a link from a message."""

from __future__ import annotations

from starlette.requests import Request

from cadence.rendering.words import FALLBACK, Vocabulary, Words

#: characters of the header that are looked at
_LONGEST = 200


def words_asked_for(request: Request, vocabulary: Vocabulary) -> Words:
    """Return the words of the first language in Accept-Language that is spoken here; English when none is."""
    for part in request.headers.get("accept-language", "")[:_LONGEST].split(","):
        wanted = part.partition(";")[0].strip()
        found = vocabulary.for_locale(wanted)
        if wanted.lower().startswith(found.language.lower()):
            return found
    return vocabulary.for_locale(FALLBACK)
