"""Composers made from the settings, and the bound on what they keep."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cadence.domain.sending.deliveries import Channel, EmailEnvelope, SlackMessage
from cadence.domain.sending.links import LinkPurpose
from cadence.errors import ConfigError, RenderError
from cadence.rendering.blocks import BlockCache, Marks
from cadence.rendering.composers import composer_for
from cadence.settings.fields import Settings, SmtpSettings
from tests.rendering.samples import BASE, NOW, SIGNER, a_digest, parsed, text_of


def some_settings(messages: Path) -> Settings:
    smtp = SmtpSettings(host="mail.example.com", sender="Ada Boss <cadence@mail.example.com>", list_domain="example.com")
    return Settings(base_url=BASE, company_name="Wetherby Gauges", messages_dir=messages, smtp=smtp)


def test_email_composer_takes_sender_domain_and_own_templates_from_the_settings(tmp_path: Path) -> None:
    own = tmp_path / "templates" / "email"
    own.mkdir(parents=True)
    (own / "digest.txt").write_text("Own file\n{{ items }}{{ preferences_url }}\n", encoding="utf-8")

    envelope = composer_for(Channel.EMAIL, some_settings(tmp_path), SIGNER)(a_digest())
    assert isinstance(envelope, EmailEnvelope)
    message = parsed(envelope)
    assert message["From"] == "Ada Boss <cadence@mail.example.com>"
    assert message["Reply-To"] is None
    assert message["List-Id"] == "<cadence.example.com>"
    assert message["Message-ID"] == "<01hzx3k9q2m4@example.com>"
    assert text_of(envelope).startswith("Own file\n")
    token = message["List-Unsubscribe"].rpartition("/")[2].rstrip(">")
    assert SIGNER.read(token, NOW, purpose=LinkPurpose.PREFERENCES).expires_at == NOW + timedelta(days=14)


def test_slack_composer_comes_from_the_same_settings(tmp_path: Path) -> None:
    message = composer_for(Channel.SLACK, some_settings(tmp_path), SIGNER)(a_digest(address="U1"))
    assert isinstance(message, SlackMessage)
    assert message.text.startswith("An honest gap beats a guessed number")


def test_wrong_own_template_stops_both_channels_from_starting(tmp_path: Path) -> None:
    (tmp_path / "templates" / "words").mkdir(parents=True)
    (tmp_path / "templates" / "words" / "en.toml").write_text("[messages]\nnonsense = 'x'", encoding="utf-8")
    for channel in Channel:
        with pytest.raises(ConfigError, match="nonsense"):
            composer_for(channel, some_settings(tmp_path), SIGNER)


def test_cache_keeps_the_most_recently_used() -> None:
    cache: BlockCache[str] = BlockCache(2)
    cache.put("a", "1")
    cache.put("b", "2")
    assert cache.get("a") == "1"
    cache.put("c", "3")
    assert (cache.get("a"), cache.get("b"), cache.get("c"), len(cache)) == ("1", None, "3", 2)


def test_mark_that_a_template_changed_is_refused() -> None:
    marks = Marks()
    block = marks.block(f"a {marks['why']} b")
    assert (block.gaps, len(block.literals)) == (("why",), 2)
    with pytest.raises(RenderError, match="without filters"):
        marks.block(marks["why"].upper())
    with pytest.raises(RenderError, match="exactly once"):
        marks.around("nothing", "items")
