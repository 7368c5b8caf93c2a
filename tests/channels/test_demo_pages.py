"""The demo's inbox and Slack pages show what came, harmlessly."""

from __future__ import annotations

from urllib.request import Request, urlopen

import pytest

from cadence.channels.email.admission import SmtpServer
from cadence.channels.email.smtp import SmtpTransport
from cadence.demo.mail_sink import MailSink
from cadence.demo.mrkdwn import to_html
from cadence.demo.slack_stand_in import SlackStandIn, StandInUser
from tests.channels.exercise import an_envelope


def get(url: str, **headers: str) -> str:
    with urlopen(Request(url, headers=headers), timeout=60) as answer:
        return str(answer.read().decode())


def test_the_inbox_lists_searches_and_shows_mail() -> None:
    with MailSink() as sink:
        connection = SmtpTransport(SmtpServer(host="127.0.0.1", port=sink.smtp_port, tls="off")).connect()
        connection.send(an_envelope(1, body=b"Text <script>of</script> one.\r\n"))
        connection.send(an_envelope(2, rcpt_to="ben@example.com"))
        connection.close()

        assert "Nr 1" in get(sink.url + "/")
        assert "Nr 1" not in get(sink.url + "/?to=ben@example.com")
        assert "Nr 2" in get(sink.url + "/?q=BEN")
        assert "&lt;script&gt;of" in get(sink.url + "/mail/1?view=text")
        assert "Message-ID" in get(sink.url + "/mail/1?view=headers")
        with urlopen(sink.url + "/mail/1/body", timeout=60) as answer:
            assert "sandbox" in answer.headers["Content-Security-Policy"]
            assert b'target="_blank"' in answer.read()


def test_mail_in_a_file_outlives_a_restart(tmp_path: object) -> None:
    path = f"{tmp_path}/mail.db"
    with MailSink(path=path) as sink:
        connection = SmtpTransport(SmtpServer(host="127.0.0.1", port=sink.smtp_port, tls="off")).connect()
        connection.send(an_envelope(1))
        connection.close()
    with MailSink(path=path) as sink:
        assert sink.count() == 1


def test_other_host_names_are_turned_away() -> None:
    with SlackStandIn([StandInUser(id="U1", name="Ana", email="a@b")], bot_token="x", signing_secret="s") as slack:
        assert "Ana" in get(slack.url + "/")
        with pytest.raises(OSError, match="403"):
            get(slack.url + "/", Host="evil.example.com")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*bold* _it_ ~no~ `x`", "<strong>bold</strong> <em>it</em> <s>no</s> <code>x</code>"),
        ("a_b_c 2*3*4", "a_b_c 2*3*4"),
        ("<https://e.com|label>", '<a href="https://e.com" target="_blank" rel="noopener noreferrer">label</a>'),
        ("<javascript:alert(1)|x>", "<span>x</span>"),
        ("&lt;script&gt; &amp;", "&lt;script&gt; &amp;"),
        ("<!channel>", "<span>!channel</span>"),
        ("a\nb", "a<br>b"),
    ],
)
def test_mrkdwn_becomes_harmless_html(text: str, shown: str) -> None:
    assert to_html(text) == shown
