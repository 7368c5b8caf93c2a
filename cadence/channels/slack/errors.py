"""What Slack's answers and silences mean for the message, the person and the channel.

Pure. ``posting`` says whether the call puts a message into the world: then a lost or broken answer
leaves the outcome unknown, otherwise it is a passing fault. What each leads to: docs/reliability.md.
"""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Mapping
from datetime import timedelta
from urllib.error import URLError

from slack_sdk.errors import SlackApiError

from cadence.errors import (
    AddressRejected,
    ChannelRefused,
    MessageRejected,
    OutcomeUnknown,
    RateLimited,
    TemporarilyUnavailable,
    TransportError,
)

UNREADABLE_RETRY_AFTER = timedelta(seconds=30)
LONGEST_RETRY_AFTER = timedelta(minutes=15)

_REINSTALL = "install the app in the workspace again and set the new bot token"
_CHANNEL_REMEDIES = {
    "invalid_auth": "the bot token is wrong: copy it again from the app's page",
    "not_authed": "no bot token was sent: set slack.bot_token",
    "token_revoked": f"the bot token was revoked: {_REINSTALL}",
    "token_expired": f"the bot token has expired: {_REINSTALL}",
    "account_inactive": f"the app was removed from the workspace: {_REINSTALL}",
    "missing_scope": "the app lacks a scope: add it and install the app again",
    "team_access_not_granted": "the app is not approved for this workspace: ask its Slack admin",
    "not_allowed_token_type": "the token is of another kind: use the bot token (xoxb-...)",
    "no_permission": "the app lacks a permission: compare its scopes with the manifest and install it again",
    "org_login_required": "the workspace is moving to an organisation: ask its Slack admin",
    "ekm_access_denied": "the organisation's key management holds the workspace closed: ask its Slack admin",
    "enterprise_is_restricted": "the organisation does not permit this: ask its Slack admin",
    "access_denied": "the app may not do this: ask the workspace's Slack admin",
    "two_factor_setup_required": "two-factor authentication is missing for the app's owner",
    "unknown_method": "the API address is not Slack's: check slack.api_url",
    "accesslimited": "the workspace is closed to this network or app: ask its Slack admin",
    "messages_tab_disabled": "switch on the Messages tab in the app's App Home settings",
    "restricted_action": "a rule of the workspace keeps apps from writing: ask its Slack admin",
    "not_allowed": "a rule of the workspace keeps apps from writing: ask its Slack admin",
    "team_not_found": f"the workspace is not there any more: {_REINSTALL}",
    "org_not_found": f"the organisation is not there any more: {_REINSTALL}",
    "app_not_installed": f"the app is not installed in the workspace: {_REINSTALL}",
    "app_not_found": f"Slack does not know the app: {_REINSTALL}",
    "bot_not_found": f"Slack does not know the app's bot: {_REINSTALL}",
    "invalid_token": "the bot token is wrong: copy it again from the app's page",
    "token_rotation_required": f"the bot token has expired: {_REINSTALL}",
    "as_user_not_supported": "the token is of another kind: use the bot token (xoxb-...)",
    "not_allowed_for_grid_workspace": "the organisation does not permit this: ask its Slack admin",
    "org_level_app_required": "the organisation wants the app installed for all of it: ask its Slack admin",
    "method_deprecated": "Slack has ended a call that this version of Cadence makes: update Cadence",
    "deprecated_endpoint": "Slack has ended a call that this version of Cadence makes: update Cadence",
    "upgrade_required": "Slack has ended a call that this version of Cadence makes: update Cadence",
    "team_is_inactive": "the workspace is switched off: ask its Slack admin",
    "plan_upgrade_required": "the workspace's plan does not include this: ask its Slack admin",
}
_PERSON_REMEDIES = {
    "user_not_found": "no such person in the workspace: check slack_user_id",
    "users_not_found": "no such person in the workspace: check slack_user_id",
    "user_not_visible": "the app cannot see this person: check slack_user_id",
    "user_disabled": "the person's Slack account is deactivated",
    "user_deactivated": "the person's Slack account is deactivated",
    "user_not_in_team": "the person is in another workspace of the organisation: check slack_user_id",
    "user_is_bot": "slack_user_id belongs to a bot",
    "user_is_restricted": "the person's Slack account may not be written to by apps",
    "user_is_ultra_restricted": "the person's Slack account may not be written to by apps",
    "invalid_user_id": "slack_user_id is not a Slack user id",
    "invalid_user_combination": "slack_user_id is of somebody the app may not write to",
    "cannot_dm_user": "the person takes no direct messages from apps",
    "not_enough_users": "slack_user_id names nobody",
    "method_not_supported_for_channel_type": "that kind of conversation takes no messages from apps",
    "restricted_action_read_only_channel": "only some may write in that channel",
    "restricted_action_non_threadable_channel": "only some may write in that channel",
    "restricted_action_thread_only_channel": "that channel takes answers in threads only",
    "restricted_action_thread_locked": "the thread in that channel is locked",
    "cannot_reply_to_message": "that conversation takes no answers",
    "cannot_dm_bot": "slack_user_id belongs to a bot",
    "cannot_dm_slackbot": "slack_user_id belongs to Slackbot",
    "invalid_user": "slack_user_id is not a Slack user id",
    "invalid_users": "slack_user_id is not a Slack user id",
    "channel_not_found": "the conversation is not open to the app: the person has to open the app once; a channel has to invite it",
}
_MESSAGE_REMEDIES = {
    "not_in_channel": "the app is not in that conversation",
    "is_archived": "the conversation is archived",
    "msg_too_long": "the text is longer than Slack takes: shorten the statements of this digest",
    "invalid_blocks": "Slack does not accept the blocks: check the Slack template",
    "invalid_blocks_format": "Slack does not accept the blocks: check the Slack template",
    "no_text": "the message is empty",
    "metadata_too_large": "the metadata is too large",
    "invalid_metadata_format": "Slack does not accept the metadata",
    "invalid_metadata_schema": "Slack does not accept the metadata",
    "msg_blocks_too_long": "the text is longer than Slack takes: shorten the statements of this digest",
    "block_mismatch": "Slack does not accept the blocks: check the Slack template",
    "markdown_text_conflict": "Slack does not accept the blocks: check the Slack template",
}
#: limits of the workspace that pass
_LIMITS = {"message_limit_exceeded", "too_many_requests", "concurrency_limit_exceeded", "rate_limit_exceeded"}
_LIMIT_REST = timedelta(minutes=5)
#: errors after which the message may be there all the same
_DOUBTFUL = {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "unknown_error", "server_error", "timeout"}
_PASSING = {"team_added_to_org", "account_locked_temporarily"}

_WORD = re.compile(r"[a-z0-9_]{1,80}")
_NEVER_SENT = (ConnectionRefusedError, socket.gaierror, ssl.SSLError)
_NO_ROUTE = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL}


def refused(error: SlackApiError, *, posting: bool) -> TransportError:
    """Return the error that Slack's answer amounts to."""
    response = error.response
    status = int(getattr(response, "status_code", 0) or 0)
    data = getattr(response, "data", None)
    stated = data.get("error") if isinstance(data, dict) else None
    word = stated if isinstance(stated, str) and _WORD.fullmatch(stated) else ""
    headers = getattr(response, "headers", None) or {}
    if status == 429 or word in ("ratelimited", "rate_limited"):
        wait = retry_after(headers)
        return RateLimited(f"Slack asks to wait {wait.total_seconds():.0f} s.", provider_code=word or "429", retry_after=wait)
    if word in _LIMITS:
        return RateLimited(f"The workspace takes no more messages for now: {word}.", provider_code=word, retry_after=_LIMIT_REST)
    if not word and 400 <= status <= 499 and status != 408:  # a proxy, or an address that is not Slack's
        return TemporarilyUnavailable(
            f"Slack's address answers HTTP {status}: check slack.api_url and the proxy.", provider_code=f"HTTP {status}"
        )
    if status >= 500 or word in _DOUBTFUL or not word:
        return doubtful(word or (f"HTTP {status}" if status != 200 else "an answer that is not Slack's"), posting=posting)
    if word in _PASSING:
        return TemporarilyUnavailable(f"Slack is not ready for this workspace: {word}.", provider_code=word)
    if word in _CHANNEL_REMEDIES:
        needed = data.get("needed") if isinstance(data, dict) else None
        scope = f" ({needed})" if isinstance(needed, str) and re.fullmatch(r"[a-z:._,-]{1,200}", needed) else ""
        return ChannelRefused(f"Slack refuses the app: {word}; {_CHANNEL_REMEDIES[word]}{scope}.", provider_code=word)
    if word in _PERSON_REMEDIES:
        return AddressRejected(f"Slack cannot reach the person: {word}; {_PERSON_REMEDIES[word]}.", provider_code=word)
    if word in _MESSAGE_REMEDIES:
        return MessageRejected(f"Slack refuses the message: {word}; {_MESSAGE_REMEDIES[word]}.", provider_code=word)
    # nobody knows whom an unknown word is about: it is tried again while the message is good, and loses nothing
    return TemporarilyUnavailable(f"Slack answers {word}; see this word in Slack's API reference.", provider_code=word)


def broken(error: Exception, *, posting: bool) -> TransportError:
    """Return the error that a call without a readable answer amounts to."""
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return ChannelRefused(f"The certificate of the Slack API is not good: {reason.verify_message}.", provider_code="certificate")
    if isinstance(error, URLError) and (isinstance(reason, _NEVER_SENT) or getattr(reason, "errno", None) in _NO_ROUTE):
        return TemporarilyUnavailable(f"Slack cannot be reached: {type(reason).__name__}.", provider_code="connect")
    return doubtful(type(reason).__name__, posting=posting)


def doubtful(what: str, *, posting: bool) -> TransportError:
    """Return the error of a call that may have been carried out."""
    if posting:
        return OutcomeUnknown(f"Slack gave no usable answer after the message had left: {what}.", provider_code=what[:40])
    return TemporarilyUnavailable(f"Slack gave no usable answer: {what}.", provider_code=what[:40])


def retry_after(headers: Mapping[str, object]) -> timedelta:
    """Return the wait Slack asks for, at most 15 minutes; 30 s when it cannot be read as whole seconds."""
    value = next((v for k, v in headers.items() if str(k).lower() == "retry-after"), None)
    if isinstance(value, list | tuple):
        value = value[0] if value else None
    text = str(value).strip() if value is not None else ""
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        return UNREADABLE_RETRY_AFTER
    return min(timedelta(seconds=int(text)), LONGEST_RETRY_AFTER)
