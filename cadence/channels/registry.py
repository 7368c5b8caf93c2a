"""What differs between the channels outside of their own folders. Code elsewhere asks here and names none.

A new channel is a folder beside this file, an entry here, and a page of docs (CONTRIBUTING.md). What people read of it stands
in the vocabulary under ``channel_<name>``; its composer is bound in ``rendering.composers``, its transport in ``assembly.app``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from cadence.domain.sending.deliveries import Channel

#: code of the notice that a channel is paused, where nothing more is known
PAUSED = "channel_paused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFacts:
    """One channel as the rest of the house needs to know it."""

    #: the fact of a person that holds their address on it
    fact: str
    #: what to look at when the doctor cannot reach the service
    remedy: str
    #: an address that reaches nobody, for previews
    nowhere: str
    #: the service's own words whose notice says more than that the channel is paused
    notice_of: Mapping[str, str] = field(default_factory=dict)

    def notice_code(self, word: str) -> str:
        """Return the code under which a refusal with the service's ``word`` is told."""
        return self.notice_of.get(word, PAUSED)


_TOKEN_WORDS = ("token_revoked", "token_expired", "invalid_auth", "not_authed", "account_inactive", "not_allowed_token_type")

FACTS: Mapping[Channel, ChannelFacts] = MappingProxyType(
    {
        Channel.EMAIL: ChannelFacts(
            fact="email_address",
            remedy="Check CADENCE_SMTP__HOST, __PORT, __USERNAME and __STARTTLS, then run cadence doctor again.",
            nowhere="nobody@preview.invalid",
        ),
        Channel.SLACK: ChannelFacts(
            fact="slack_user_id",
            remedy="Check CADENCE_SLACK__BOT_TOKEN, then run cadence doctor again.",
            nowhere="U0PREVIEW",
            notice_of=dict.fromkeys(_TOKEN_WORDS, "slack_token_revoked")
            | dict.fromkeys(("missing_scope", "no_permission"), "slack_scope_missing"),
        ),
    }
)

#: what bounces, is answered by mail, and is everybody's first address
MAIL = Channel.EMAIL
#: whose workspace is a directory of people
WORKSPACE = Channel.SLACK
#: whose messages lead to pages: what is pressed there came by it
PAGES = Channel.EMAIL
