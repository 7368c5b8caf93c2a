"""Config rows 33-44 of the bad-input catalogue: every wrong file is refused with field, value and a right example."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.errors import ConfigError, Invalid, shorten
from cadence.files.cadences_toml import parse_cadences
from cadence.files.toml_tables import MAX_BYTES, InvalidFile
from cadence.settings.loading import SettingRow, describe, load_settings

GOOD = '[cadences.weekly]\ndays = ["mon"]\nlocal_time = "09:00"\n'


def refusal(text: str | bytes) -> str:
    raw = text.encode() if isinstance(text, str) else text
    with pytest.raises(InvalidFile) as caught:
        parse_cadences(raw, where="cadences.toml")
    assert isinstance(caught.value, Invalid)
    assert len(caught.value.data["problems"]) == len(str(caught.value).splitlines())
    return str(caught.value)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        # 33: unknown keys
        ("chanels = ['email']", ["weekly.chanels", "did you mean channels?", 'channels = ["slack", "email"]']),
        ("zzz = 1", ["weekly.zzz", "the keys are"]),
        # 34: wrong types and the traps of other formats
        ("active = no", ["line 4", "true and false", "active = true"]),
        ('active = "no"', ["weekly.active", "without quotes"]),
        ("window_minutes = 0900", ["line 4", "no leading zero"]),
        ("window_minutes = 9:00", ["line 4", "stands in quotes"]),
        ("window_minutes = true", ["weekly.window_minutes", "whole number from 0 to 480"]),
        ("window_minutes = 12.5", ["whole number"]),
        ('window_minutes = "60"', ["whole number"]),
        ("channels = 'email'", ["weekly.channels", "list of words"]),
        ("channels = []", ["names no channel"]),
        ("channels = ['fax']", ["'fax'", "email, slack"]),
        ("channels = ['email', 'email']", ["twice"]),
        ("mode = 'clever'", ["fixed, adaptive"]),
        ("name = ''", ["weekly.name", "one line"]),
        ('name = "a\\u0000b"', ["weekly.name", "one line"]),
        ("name = 'a\\nb'\nkinds = 'value'", ["weekly.kinds", "list of words"]),
        ("audience = 'Nobody Here'", ["weekly.audience"]),
        ("audience = 'nobody'", ["there is no [audiences.nobody]"]),
        ("kinds = ['valu']", ["did you mean value?"]),
        ("statements = ['a b']", ["weekly.statements = 'a b'", "must be a name of small letters"]),
        ("statements = ['a']\nkinds = ['value']", ["give one of the two"]),
        # 36: dates and weekdays that cannot be
        ("every_weeks = 0", ["1 to 52"]),
        ("every_weeks = 2\nnth_weekdays = [1]", ["cannot stand beside nth_weekdays"]),
        ("nth_weekdays = [0]", ["the last of the month"]),
        ("nth_weekdays = [6]", ["the last of the month"]),
        ("monthdays = [31]", ["cannot stand beside days"]),
        ("cron = '0 9 * * 1'", ["cron lines are not read", 'days = ["mon"]']),
        ("schedule = '*/0 * * * *'", ["cron lines are not read"]),
        ("starts_on = 2026-02-31", ["line 4"]),
        ("starts_on = '31.12.2026'", ["weekly.starts_on", "2026-01-05"]),
        ("starts_on = 1969-12-31", ["between 2000-01-01 and 2099-12-31"]),
        ("ends_on = 9999-12-31", ["between 2000-01-01 and 2099-12-31"]),
        ("ends_on = 2026-01-01T00:00:00Z", ["is not a date"]),
        ("starts_on = 2026-02-01\nends_on = 2026-01-01", ["lies before starts_on"]),
        ("min_gap_days = 9\nmax_gap_days = 3", ["weekly.max_gap_days = 3", "is less than min_gap_days = 9"]),
        ("max_gap_days = 1", ["weekly.max_gap_days = 1", "is less than min_gap_days = 2"]),
        ("max_gap_days = 4\n[limits]\nmin_gap_days = 5.5", ["weekly.max_gap_days = 4", "is less than min_gap_days = 5.5"]),
        ("post_to = 'general'", ["weekly.post_to = 'general'", "the id of a Slack channel", "C024BE7LR"]),
        ("post_to = 'C024BE7LR'\naudience = 'a'\n[audiences.a]\nexternal = true", ["weekly.post_to", "cannot stand beside audience"]),
        # 37: the same key twice
        ('local_time = "10:00"', ["line 4", "given twice"]),
        # 43: numbers out of range
        ("max_statements = 0", ["1 to 10"]),
        ("max_statements = 1000000000", ["1 to 10"]),
        ("min_gap_days = -1", ["0 to 60"]),
        ("min_gap_days = nan", ["0 to 60"]),
        ("min_gap_days = inf", ["0 to 60"]),
        ("max_statements = 1" + "0" * 5000, ["line 4"]),
    ],
)
def test_a_wrong_line_of_a_cadence_is_refused(line: str, words: list[str]) -> None:
    text = refusal(GOOD + line + "\n")
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[limit]\n", ["did you mean limits?"]),
        ("limits = 3\n", ["limits = 3", "[limits]"]),
        ("[cadences.Weekly_Digest]\n", ["small letters, digits"]),
        ("[audiences]\nx = 3\n", ["audiences.x"]),
        ("[audiences.everyone]\nteam = ['A']\n", ["is always there"]),
        ("[cadences.x]\n", ["local_time", "is missing", "days"]),
        ('[cadences.x]\nlocal_time = "09:00"\ndays = []\n', ["active = false"]),
        ('[cadences.x]\nlocal_time = "9:00"\ndays = ["mon"]\n', ["'9:00'", "HH:MM"]),
        ('[cadences.x]\nlocal_time = "24:00"\ndays = ["mon"]\n', ["HH:MM"]),
        ('[cadences.x]\nlocal_time = 540\ndays = ["mon"]\n', ["540", 'local_time = "09:00"']),
        ('[cadences.x]\nlocal_time = 0900\ndays = ["mon"]\n', ["line 2", 'local_time = "09:00"']),
        ('[cadences.x]\nlocal_time = 9:00\ndays = ["mon"]\n', ["line 2", 'local_time = "09:00"']),
        ('[cadences.x]\nlocal_time = 09:00:30\ndays = ["mon"]\n', ["is not a time of day"]),
        ('[cadences.x]\nlocal_time = "0 9 * * 1"\ndays = ["mon"]\n', ["cron lines are not read"]),
        ('[cadences.x]\nlocal_time = "09:00"\ndays = "60 * * * *"\n', ["cron lines are not read"]),
        ('[cadences.x]\nlocal_time = "09:00"\ndays = ["mo", "tues", 1]\n', ["list of words"]),
        ('[cadences.x]\nlocal_time = "09:00"\ndays = ["moonday"]\n', ["did you mean mon?"]),
        ('[cadences.x]\nlocal_time = "09:00"\nmonthdays = [32]\n', ["1 to 31"]),
        ("[limits]\nworking_days = []\n", ["nothing could ever be sent"]),
        ('[limits]\nworking_window = "17:00-09:00"\n', ["ends before it begins"]),
        ('[limits]\nworking_window = "9-17"\n', ["09:00-17:00"]),
        ("[limits]\nquiet_hours = 22\n", ["in quotes"]),
        ('[limits]\nquiet_hours = "08:00-18:00"\n', ["leave nothing"]),
        ("[limits]\ndigests_per_week = 0\n", ["1 to 14"]),
        ("[limits]\nnewcomer_days = -1\n", ["0 to 365"]),
        ("not toml at all", ["line 1", "is not TOML"]),
        ("[" * 200_000, ["cadences.toml"]),
        ("a" + ".a" * 5_000 + " = 1", ["line 1", "more than 50 names in one key"]),
        ("# deep\n[a" + ".a" * 5_000 + "]", ["line 2", "more than 50 names in one key"]),
        ("limits" + ".a" * 49 + " = 1", ["limits.a = {'a'", "the keys are"]),
        ("limits = " + "{ a = " * 200 + "1" + " }" * 200, ["limits.a = {'a'"]),
        ("[limits]\ndigests_per_week = 0x" + "f" * 5000, ["digests_per_week = a number of thousands of digits: must be", "1 to 14"]),
        ("[limits]\nmin_gap_days = 1" + "0" * 400, ["min_gap_days = 1000", "0 to 60"]),
        ("[limits]\nquiet_hours = 22:00:00\n", ["quiet_hours = '22:00:00'", "in quotes"]),
        ("x" * 900_000 + " = 1", ["xxx… = 1", "the keys are"]),
        ('[limits]\n"a\\u0000b" = 1', [r"limits.a\x00b = 1"]),
        ("[limits]\n\0 = 1", ["line 2", "is not TOML"]),
        ('[audiences.x]\nteam = ["A\\u0000"]\n', ["audiences.x.team = 'A", "control characters"]),
        ("[cadences.x]\nkinds = [" + "'a', " * 1001 + "]", ["names more than 1000 things"]),
        ("a = " + "[" * 200_000, ["nested too deeply"]),
        ("a: &a [1, *a]\n", ["line 1"]),
        ("!!python/object:os.system\n", ["line 1"]),
    ],
)
def test_a_wrong_file_is_refused(text: str, words: list[str]) -> None:
    found = refusal(text)
    assert [word for word in words if word not in found] == []


def test_all_faults_of_a_file_are_told_at_once() -> None:
    text = refusal('[limits]\ndigests_per_week = 0\n[cadences.a]\nlocal_time = "9"\ndays = ["x"]\n[cadences.b]\nchanels = 1\n')
    assert len(text.splitlines()) == 6
    assert all(line.startswith("cadences.toml: ") for line in text.splitlines())


def test_of_a_file_of_another_kind_the_first_faults_are_told_and_the_others_counted() -> None:
    lines = refusal("\n".join(f"host{n} = 1" for n in range(20_000))).splitlines()
    assert len(lines) == 101
    assert lines[-1] == "cadences.toml: other faults = 19900: are not shown; fix these first"


def test_a_value_of_any_depth_and_length_is_shown_in_one_short_line() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    values = (deep, 10**100_000, "a\0b\n" * 1000, list(range(100_000)))
    assert [len(shorten(value)) <= 60 and shorten(value).isprintable() for value in values] == [True] * 4


def test_audiences_are_refused_with_the_rest_of_their_file() -> None:
    text = refusal(GOOD + 'mode = "x"\n[audiences.a]\nteem = ["A"]\n[audiences.b]\nnot = { team = "B" }\n')
    assert [line.partition(" = ")[0] for line in text.splitlines()] == [
        "cadences.toml: audiences.a.teem",
        "cadences.toml: audiences.b.not.team",
        "cadences.toml: cadences.weekly.mode",
    ]


def test_a_huge_file_is_refused_by_its_size_without_reading_it() -> None:
    assert f"more than {MAX_BYTES} bytes" in refusal(b"#" * 10_000_000)


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.replace("\n", "\r\n").encode(),
    ],
    ids=["BOM", "UTF-16", "UTF-16 big end first", "CRLF"],
)
def test_files_of_windows_editors_are_read(encode: Callable[[str], bytes]) -> None:
    assert parse_cadences(encode(GOOD), where="x") == parse_cadences(GOOD.encode(), where="x")


@pytest.mark.parametrize(
    "raw", ["name = 'Ä'".encode("latin-1"), b"\x00", b"\xff\xfea", GOOD.encode()[:-3], "a = '\ud800'".encode("utf-8", "surrogatepass")]
)
def test_other_encodings_and_half_written_files_are_refused(raw: bytes) -> None:
    refusal(raw)


@given(raw=st.binary(max_size=200) | st.text(alphabet='[]{}=".,#\n -:0129abcdlimtse', max_size=120).map(str.encode))
def test_no_file_can_do_more_than_be_refused(raw: bytes) -> None:
    with contextlib.suppress(InvalidFile):
        parse_cadences(raw, where="x")


@pytest.fixture
def settings_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return the refusal of a settings file and environment."""

    def refused(toml: str | bytes = "", **environment: str) -> str:
        path = tmp_path / "cadence.toml"
        path.write_bytes(toml.encode() if isinstance(toml, str) else toml)
        path.chmod(0o600)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(ConfigError) as caught:
            load_settings(path)
        return str(caught.value)

    return refused


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("CADENCE_SMPT__HOST", "x", ["CADENCE_SMPT__HOST", "did you mean CADENCE_SMTP__HOST?"]),
        ("CADENCE_SMTP__PROT", "25", ["did you mean CADENCE_SMTP__PORT?"]),
        ("CADENCE_SMTP__PORT", "587 ", ["CADENCE_SMTP__PORT = '587 '", "space", "587)"]),
        ("CADENCE_SMTP__PORT", "0", ["CADENCE_SMTP__PORT = '0': must be a whole number from 1 to 65535 (for example: 587)"]),
        ("CADENCE_SMTP__PORT", "65536", ["65535"]),
        ("CADENCE_HTTP__PORT", "http", ["CADENCE_HTTP__PORT = 'http'", "8787"]),
        ("CADENCE_BASE_URL", "https://x.example/cadence", ["more than scheme, host and port"]),
        ("CADENCE_BASE_URL", "https://user:pw@x.example", ["more than scheme"]),
        ("CADENCE_BASE_URL", "ftp://x.example", ["http or https"]),
        ("CADENCE_BASE_URL", "x.example", ["http or https"]),
        ("CADENCE_BASE_URL", "http://x.example:99999", ["CADENCE_BASE_URL"]),
        ("CADENCE_BASE_URL", "https://x.example\r\nX-Evil: 1", ["control character"]),
        ("CADENCE_DEFAULT_ZONE", "EST5", ["is not a time zone"]),
        ("CADENCE_DEFAULT_ZONE", "Europe/Berln", ["did you mean Europe/Berlin?"]),
        ("CADENCE_PRIVACY__K", "4", ["CADENCE_PRIVACY__K", "4", "must be a whole number from 5 to"]),
        ("CADENCE_SMTP__PER_MINUTE", "0", ["CADENCE_SMTP__PER_MINUTE"]),
        ("CADENCE_SMTP__PER_MINUTE", "1e9", ["60000"]),
        ("CADENCE_SMTP__STARTTLS", "maybe", ["must be one of: off, required, implicit (for example: required)"]),
        ("CADENCE_SMTP__STARTTLS", "requird", ["did you mean required?"]),
        ("CADENCE_SMTP__FROM", "nobody", ["is not one email address"]),
        ("CADENCE_SMTP__FROM", "a@b.example, c@d.example", ["is not one email address"]),
        ("CADENCE_SMTP__FROM", "a@b.example\r\nBcc: x@y.example", ["control characters"]),
        ("CADENCE_SMTP__HOST", "a b", ["must be a host name"]),
        ("CADENCE_SLACK__PER_SECOND", "1e9", ["CADENCE_SLACK__PER_SECOND"]),
        ("CADENCE_TICK_SECONDS", "no", ["CADENCE_TICK_SECONDS = 'no': must be a whole number from 1 to 3600 (for example: 60)"]),
        ("CADENCE_TICK_SECONDS", "-1", ["CADENCE_TICK_SECONDS"]),
        ("CADENCE_DATABASE_URL", "mysql://x/y", ["CADENCE_DATABASE_URL = (hidden)"]),
        ("CADENCE_DATABASE_URL", "sqlite://", ["sqlite:///FILE"]),
    ],
)
def test_a_wrong_variable_stops_the_start(settings_of: Callable[..., str], name: str, value: str, words: list[str]) -> None:
    text = settings_of(**{name: value})
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[smpt]\nhost = 'x'\n", ["smpt", "did you mean smtp?"]),
        ("[smtp]\nprot = 25\n", ["smtp.prot", "did you mean port?"]),
        ("[smtp]\nport = true\n", ["smtp.port = True"]),
        ("[smtp]\nport = '587 '\n", ["smtp.port = '587 '"]),
        ("[smtp]\nport = 0587\n", ["line 2", "no leading zero"]),
        ("[smtp]\nhost = 'x'\nhost = 'y'\n", ["line 3", "given twice"]),
        ("[smtp]\nhost = 'mail.example'\n", ["smtp.from is missing"]),
        ("http = 8787\n", ["http = 8787", "must be a table"]),
        ("secret_key = 'short'\n", ["secret_key = (hidden)", "32 characters"]),
        ("[smtp]\nstarttls = no\n", ["line 2", "true and false"]),
        (b"#" * 10_000_000, ["bytes"]),
        (b"\xff\xff", ["UTF-8"]),
        ("[smtp\n", ["line 1"]),
    ],
)
def test_a_wrong_settings_file_stops_the_start(settings_of: Callable[..., str], toml: str | bytes, words: list[str]) -> None:
    text = settings_of(toml)
    assert "cadence.toml" in text or "smtp.from" in text
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize("row", describe(), ids=lambda row: row.name)
def test_a_value_of_no_type_is_named_with_its_setting_and_its_source(settings_of: Callable[..., str], row: SettingRow) -> None:
    table, _, key = row.name.rpartition(".")
    text = settings_of((f"[{table}]\n" if table else "") + f"{key} = [7]\n")
    assert len(text.splitlines()) == 1
    shown = "(hidden)" if row.secret else "[7]"
    assert f"cadence.toml: {row.name} = {shown}: must be " in text
    assert text.endswith(f"(for example: {row.example})")


@pytest.mark.parametrize("row", [row for row in describe() if row.type in ("integer", "number")], ids=lambda row: row.name)
@pytest.mark.parametrize("value", ["1e999", "-1", "nan", "seven", "9" * 5000])
def test_a_number_out_of_its_bounds_is_named_with_its_variable(settings_of: Callable[..., str], row: SettingRow, value: str) -> None:
    (line,) = settings_of(**{row.variable: value}).splitlines()
    assert line.startswith(f"environment {row.variable} = ")
    assert "must be a" in line
    assert len(line) < 250


def test_all_wrong_settings_are_told_at_once_each_with_its_source(settings_of: Callable[..., str], tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("short")
    secret.chmod(0o600)
    text = settings_of("[smtp]\nport = 0\nprot = 1\n", CADENCE_HTTP__PORT="x", CADENCE_SECRET_KEY_FILE=str(secret), CADENCE_SMPT__HOST="y")
    assert [line.partition(":")[0] for line in text.splitlines()] == [
        "environment CADENCE_SMPT__HOST",
        f"CADENCE_SECRET_KEY_FILE = {secret} = (hidden)",
        "environment CADENCE_HTTP__PORT = 'x'",
        str(tmp_path / "cadence.toml"),
        str(tmp_path / "cadence.toml"),
    ]
    assert "short" not in text


def test_a_secret_that_others_may_read_is_refused(settings_of: Callable[..., str], tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("hunter2hunter2")
    secret.chmod(0o644)
    text = settings_of(CADENCE_SMTP__PASSWORD_FILE=str(secret))
    assert "chmod 600" in text
    assert "hunter2" not in text


def test_a_settings_file_that_others_may_read_must_not_hold_a_secret(tmp_path: Path) -> None:
    path = tmp_path / "cadence.toml"
    path.write_text("[smtp]\npassword = 'hunter2'\n")
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="CADENCE_SMTP__PASSWORD_FILE") as caught:
        load_settings(path)
    assert "hunter2" not in str(caught.value)
