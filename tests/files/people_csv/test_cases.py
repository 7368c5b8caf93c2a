"""Files that were read wrongly, each with its right value, by kind; beside each at least three more of its kind."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cadence.domain.people.directory import ListedPerson, PeopleFile
from cadence.errors import Invalid
from cadence.files.people_csv import reader

CASES = Path(__file__).parent / "cases"
TODAY = date(2026, 11, 30)


def read(text: str | bytes, *, keep: frozenset[str] = frozenset()) -> PeopleFile:
    raw = text.encode() if isinstance(text, str) else text
    return reader.parse_people(raw, today=TODAY, keep=keep)


def case(name: str) -> PeopleFile:
    return read((CASES / f"{name}.csv").read_bytes())


def here(file: PeopleFile) -> list[str]:
    assert file.refusals == (), file.refusals
    return [row.email.partition("@")[0] for row in file.rows]


def gone(file: PeopleFile) -> list[str]:
    return [left.email.partition("@")[0] for left in file.closed]


def outside(file: PeopleFile) -> list[str]:
    return [row.email.partition("@")[0] for row in file.rows if row.external]


def one(text: str, *, keep: frozenset[str] = frozenset()) -> ListedPerson:
    file = read(text, keep=keep)
    assert file.refusals == ()
    (row,) = file.rows
    return row


@pytest.mark.parametrize(
    ("name", "is_here", "is_gone"),
    [
        ("ad-enabled", ["ana"], ["bo"]),
        ("gam-suspended", ["ana"], ["bo", "cy"]),
        ("bamboo-termination-date", ["ana"], ["bo"]),
        ("termination-date", ["bo"], ["ana"]),
        ("workday-worker-status", ["ana"], ["bo"]),
        ("status-german", ["bo"], ["ana"]),
        ("suspended-day1", ["ana", "bo"], []),
        ("suspended-day2", ["ana"], ["bo"]),
        ("gone-after-active", [], ["ana"]),
        ("bamboo-zero-date", ["ana", "bo"], []),
    ],
)
def test_closed_accounts_are_closed(name: str, is_here: list[str], is_gone: list[str]) -> None:
    file = case(name)
    assert (here(file), gone(file)) == (is_here, is_gone)


def test_words_of_status_are_each_what_they_say() -> None:
    file = case("status-words")
    on_leave_or_locked_out = {0, 1, 2, 18, 19, 20, 21}
    to_come = {16, 17, 22}
    assert here(file) == [f"p{n}" for n in sorted(on_leave_or_locked_out)]
    assert [email.partition("@")[0] for email in file.not_yet] == [f"p{n}" for n in sorted(to_come)]
    assert gone(file) == [f"p{n}" for n in range(31) if n not in on_leave_or_locked_out | to_come]


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("Statut", "Désactivé"),
        ("Estado laboral", "Dado de baja"),
        ("Situação", "Desligada"),
        ("Dienstverbandstatus", "Uit dienst"),
        ("Stato dipendente", "Cessato"),
        ("Status zatrudnienia", "Zwolniona"),
        ("Anställningsstatus", "Slutat"),
        ("Ansættelsesstatus", "Fratrådt"),
        ("Ansattstatus", "Sluttet"),
        ("Tila", "Työsuhde päättynyt"),
        ("在籍状況", "退職済み"),
        ("员工状态", "已离职"),
        ("재직상태", "퇴사"),
        ("Çalışma durumu", "İşten ayrıldı"),
        ("Статус сотрудника", "Уволен"),
        ("Stav zaměstnance", "Ukončen"),
        ("Actif", "Non"),
        ("Aktiv", "FALSCH"),
        ("Gesperrt", "ja"),
        ("停用", "是"),
        ("退職日", "2026年10月31日"),
        ("Austrittsdatum", "31. Oktober 2026"),
        ("Fecha de baja", "31 de octubre de 2026"),
        ("Data de desligamento", "31/10/2026"),
        ("Date de sortie", "31/10/2026 00:00"),
        ("Uitdienst", "31-10-2026"),
        ("LastWorkingDate", "20261031"),
        ("Last Day of Work", "46326"),
        ("account expires", "134060000000000000"),
        ("Employment Status", "Terminated - Voluntary"),
        ("Position Status", "T"),
        ("STATUS", "inactive_external"),
        ("Lifecycle status", "Terminated"),
        ("Block credential", "True"),
        ("deletionTime", "2026-10-01T00:00:00.000Z"),
    ],
)
def test_closed_accounts_are_closed_in_the_languages_of_hr_systems(header: str, word: str) -> None:
    file = read(f'Name,Email,"{header}"\nAna Lima,ana@example.com,\nBo Berg,bo@example.com,"{word}"\n')
    assert (here(file), gone(file)) == (["ana"], ["bo"])


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("Status", "Beurlaubt"),
        ("Status", "Active - On Leave"),
        ("Status", "Garden leave"),
        ("Position Status", "L"),
        ("在籍状況", "育児休業中"),
        ("accountEnabled", "TRUE"),
        ("Suspended", "no"),
        ("Archived", "FALSCH"),
        ("Termination Date", "2027-01-31"),
        ("Termination Date", "31/12/9999"),
        ("Termination Date", "00/00/0000"),
        ("Termination Date", "N/A"),
        ("accountExpires", "9223372036854775807"),
        ("Last Day", "2026-11-30"),
        ("Employment Status", "Full-Time"),
        ("Estado", "Alta"),
    ],
)
def test_who_is_on_leave_or_leaves_later_is_here(header: str, word: str) -> None:
    assert here(read(f"Name,Email,{header}\nBo Berg,bo@example.com,{word}\n")) == ["bo"]


def test_words_that_no_table_knows_are_listed_with_their_counts_and_change_nobody() -> None:
    file = read(
        "Name,Email,Status\n" + "".join(f"P{n} X,p{n}@example.com,{word}\n" for n, word in enumerate(["Blorp", "Blorp", "Zonk", "Active"]))
    )
    assert here(file) == ["p0", "p1", "p2", "p3"]
    assert "unknown words in the column Status, ignored: 'Blorp' (2), 'Zonk' (1)" in file.notes


def test_who_began_again_after_their_last_day_is_here() -> None:
    header = "Name,Email,Hire Date,Termination Date,Status\n"
    assert here(read(header + "Bo Berg,bo@example.com,2026-03-01,2025-01-31,Active\n")) == ["bo"]
    assert gone(read(header + "Bo Berg,bo@example.com,2026-03-01,2025-01-31,Terminated\n")) == ["bo"]
    two = header + "Bo Berg,bo@example.com,2019-03-01,2025-01-31,Terminated\nBo Berg,bo@example.com,2026-03-01,,Active\n"
    assert (here(read(two)), gone(read(two))) == (["bo"], [])


def test_an_account_that_is_over_at_an_address_of_somebody_else_says_nothing_of_them() -> None:
    text = "Name,Email,Employee ID,Status\nAna Lima,ana@example.com,12,Terminated\nAna Costa,ana@example.com,99,Active\n"
    file = read(text)
    assert here(file) == ["ana"]
    assert (file.rows[0].name, file.closed[0].employee_id) == ("Ana Costa", "12")


def test_workday_writes_the_standing_behind_the_name() -> None:
    file = read(
        "Worker,Email - Work\nBo Berg (Terminated),bo@example.com\nCy Dahl [C],cy@example.com\nAna Lima (On Leave),ana@example.com\n"
    )
    assert (here(file), gone(file), outside(file)) == (["cy", "ana"], ["bo"], ["cy"])
    assert [row.name for row in file.rows] == ["Cy Dahl", "Ana Lima"]


def test_letters_that_are_true_and_false_are_told_from_codes() -> None:
    assert gone(read("Name,Email,Status\nA B,a@example.com,t\nC D,c@example.com,f\n")) == ["c"]
    assert gone(read("Name,Email,Status\nA B,a@example.com,A\nC D,c@example.com,T\n")) == ["c"]


@pytest.mark.parametrize(
    ("name", "is_here", "is_outside"),
    [
        ("slack-guests", ["ana", "bo", "cy", "dee"], ["bo", "cy"]),
        ("entra-guest", ["ana"], ["ana"]),
        ("employment-contractor", ["a", "b", "c", "d", "e", "f", "g"], ["b", "c", "d", "e", "f", "g"]),
    ],
)
def test_guests_and_contractors_are_outside(name: str, is_here: list[str], is_outside: list[str]) -> None:
    file = case(name)
    assert (here(file), outside(file)) == (is_here, is_outside)


def test_invited_members_and_bots_are_nobody_and_a_guest_has_their_own_address() -> None:
    file = case("slack-guests")
    assert (file.not_yet, gone(file)) == (("fin@example.com",), ["eve"])
    assert case("entra-guest").rows[0].email == "ana@gmail.com"


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("userType", "Guest"),
        ("Employment type", "External"),
        ("Anstellungsart", "Freiberufler"),
        ("Type de contrat", "Prestataire"),
        ("Tipo de contrato", "Contratista"),
        ("Vínculo", "Terceirizado"),
        ("Contracttype", "Inhuur"),
        ("Tipo di rapporto", "Consulente"),
        ("Forma zatrudnienia", "B2B"),
        ("Anställningsform", "Inhyrd konsult"),
        ("雇用形態", "業務委託"),
        ("用工形式", "外包"),
        ("고용형태", "파견직"),
        ("Worker Type", "Contingent Worker"),
        ("Extern", "Ja"),
        ("Is Contractor", "TRUE"),
        ("creationType", "Invitation"),
        ("Employee Class", "Contractor (Agency)"),
    ],
)
def test_outside_is_understood_in_the_languages_of_hr_systems(header: str, word: str) -> None:
    file = read(f"Name,Email,{header}\nBo Berg,bo@example.com,{word}\n")
    assert (here(file), outside(file)) == (["bo"], ["bo"])


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("Employment Type", "Intern"),
        ("Anstellungsart", "Befristet"),
        ("雇用形態", "契約社員"),
        ("Type de contrat", "CDD"),
        ("userType", "Member"),
    ],
)
def test_who_is_employed_for_a_time_or_in_training_is_inside(header: str, word: str) -> None:
    file = read(f"Name,Email,{header}\nBo Berg,bo@example.com,{word}\n")
    assert (outside(file), file.rows[0].unread) == ([], frozenset())


def test_the_numbers_of_a_person_are_read_so_that_one_human_stays_one() -> None:
    first, second = case("email-change-day1"), case("email-change-day2")
    assert [(row.slack_user_id, row.employee_id) for row in first.rows] == [(row.slack_user_id, row.employee_id) for row in second.rows]
    assert [row.email for row in second.rows] == ["ana.sousa@example.com", "bo@example.com"]


@pytest.mark.parametrize(("written", "kept"), [("007", "7"), ("7.0", "7"), ("E-77", "e-77"), ("N/A", ""), ("0", ""), ("", "")])
def test_an_employee_number_has_one_spelling(written: str, kept: str) -> None:
    assert one(f"Name,Email,Employee #\nA B,a@example.com,{written}\n").employee_id == kept


def test_a_number_at_several_addresses_is_nobodys() -> None:
    file = read("Name,Email,Employee ID\nA B,a@example.com,5\nC D,c@example.com,5\nE F,e@example.com,6\n")
    assert [row.employee_id for row in file.rows] == ["", "", "6"]
    assert any("employee numbers with several addresses" in note for note in file.notes)


def test_addresses_are_taken_out_of_what_programs_put_around_them() -> None:
    file = case("email-mailto")
    assert [row.email[0] for row in file.rows] == list("abdehij")
    assert all(row.email == f"{row.email[0]}@example.com" for row in file.rows)
    assert [(refusal.line, refusal.field) for refusal in file.refusals] == [(4, "email"), (7, "email"), (8, "email")]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("MAILTO:Ana@Example.com?subject=hi", "ana@example.com"),
        ('"""Lima, Ana"" <ana@example.com>"', "ana@example.com"),
        ("\u200eana@example.com\ufeff", "ana@example.com"),
        ("'ana@example.com'", "ana@example.com"),
        ("ana@example.com;", "ana@example.com"),
        ("bo_berg_partner.example#EXT#@home.onmicrosoft.com", "bo_berg@partner.example"),
    ],
)
def test_an_address_is_found_in_its_cell(written: str, kept: str) -> None:
    assert one(f"Name,Email\nA B,{written}\n").email == kept


def test_one_person_in_two_jobs_is_one_person() -> None:
    file = case("concurrent-jobs")
    assert here(file) == ["ana"]
    assert any("more than one row" in note for note in file.notes)
    two = read("Name,Email,Worker Type\nAna Lima,ana@example.com,Contractor\nAna Lima,ana@example.com,Employee\n")
    assert (here(two), outside(two)) == (["ana"], [])
    shared = read("Name,Email\nAna Lima,shop@example.com\nBo Berg,shop@example.com\n")
    assert shared.refusals[0].reason.endswith("for somebody else")


@pytest.mark.parametrize(
    ("name", "zones"),
    [
        ("win-tz", ["Europe/Berlin", "America/Los_Angeles"]),
        (
            "windows-zones",
            [
                *("Europe/Berlin", "Europe/Berlin", "Asia/Kolkata", "America/New_York", "Europe/Brussels", "America/Los_Angeles"),
                *("Etc/GMT+5", "Etc/GMT-1", "Europe/Berlin"),
            ],
        ),
    ],
)
def test_time_zones_of_windows_and_offsets_are_known(name: str, zones: list[str]) -> None:
    file = case(name)
    here(file)
    assert [row.zone for row in file.rows] == zones


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("(UTC-05:00) Bogota, Lima, Quito, Rio Branco", "America/Bogota"),
        ("(UTC+08:00) Beijing, Chongqing, Hong Kong, Urumqi", "Asia/Shanghai"),
        ("(GMT+01:00) Central European Standard Time (Europe/Berlin)", "Europe/Berlin"),
        ("Tokyo Standard Time", "Asia/Tokyo"),
        ("(UTC+12:00) Coordinated Universal Time+12", "Etc/GMT-12"),
        ("+05:45", "Asia/Kathmandu"),
        ("Lisbon", "Europe/Lisbon"),
        ("GMT-08:00 Pacific Time (Los Angeles)", "America/Los_Angeles"),
        ("Berlin (CET)", "Europe/Berlin"),
        ("EST5EDT", "America/New_York"),
    ],
)
def test_time_zones_are_known_however_they_are_written(written: str, kept: str) -> None:
    assert one(f'Name,Email,Time Zone\nA B,a@example.com,"{written}"\n').zone == kept


@pytest.mark.parametrize("written", ["EST", "Europe/Berlim", "Lisbn", "UTC-03:30", "Springfield Time"])
def test_a_time_zone_that_is_not_known_stays_empty_and_no_place_is_guessed(written: str) -> None:
    file = read(f"Name,Email,Time Zone\nA B,a@example.com,{written}\n")
    assert (here(file), file.rows[0].zone) == (["a"], "")
    (note,) = [note for note in file.notes if note.startswith("timezone")]
    assert written in note
    assert "mean" not in note


def test_languages_are_known_however_they_are_written() -> None:
    file = case("locale-odd")
    here(file)
    assert [row.locale for row in file.rows] == ["en-US", "zh-Hans-CN", "de-DE", "es-419", "en-US", "en-GB", "en-US", "zh-TW"]
    for written, kept in (("German", "de"), ("Deutsch (Schweiz)", "de-CH"), ('"fr-CH, fr;q=0.9"', "fr-CH"), ("pt_BR.ISO-8859-1", "pt-BR")):
        assert one(f"Name,Email,Language\nA B,a@example.com,{written}\n").locale == kept


@pytest.mark.parametrize(
    ("header", "written", "kept"),
    [("Land", "Schweiz", "CH"), ("Pays", "Allemagne", "DE"), ("国", "ドイツ", "DE"), ("País", "Estados Unidos", "US")],
)
def test_countries_are_known_in_their_languages(header: str, written: str, kept: str) -> None:
    assert one(f"Name,Email,{header}\nA B,a@example.com,{written}\n").country == kept


@pytest.mark.parametrize(
    ("name", "slack_ids"),
    [
        ("slackid-odd", ["U0000001", "", "U0000003", "U0000004", "U0000005"]),
        ("slack-guests", ["U0000001", "U0000002", "U0000003", "W0000004"]),
    ],
)
def test_slack_ids_are_taken_out_of_what_is_around_them(name: str, slack_ids: list[str]) -> None:
    assert [row.slack_user_id for row in case(name).rows] == slack_ids


@pytest.mark.parametrize("name", ["bio-long", "phone-bidi", "vt-notes", "phone-brackets", "location-twice"])
def test_columns_that_nobody_needs_refuse_nobody_and_are_not_kept(name: str) -> None:
    file = case(name)
    assert here(file)
    assert all(row.attributes == {} for row in file.rows)
    assert any("not kept" in note for note in file.notes)


def test_a_column_of_ours_is_read_beside_doubled_ones_that_are_not() -> None:
    (row,) = case("location-twice").rows
    assert (row.team, row.location) == ("Sales", "Porto")
    doubled = read("Name,Email,Location,Location,Shoe,Shoe,Team\nA B,a@example.com,x,y,1,2,Sales\n", keep=frozenset({"shoe"}))
    assert (doubled.rows[0].location, doubled.rows[0].attributes, doubled.rows[0].team) == ("", {}, "Sales")
    assert any("'Location' appears 2 times" in note for note in doubled.notes)
    assert any("the attribute shoe has 2 columns" in note for note in doubled.notes)


def test_only_attributes_that_somebody_needs_are_kept() -> None:
    text = "Name,Email,Job Title,Shoe,Annual Salary\nA B,a@example.com,Engineer,43,90000\n"
    assert one(text).attributes == {}
    assert one(text, keep=frozenset({"job_title", "annual_salary"})).attributes == {"job_title": "Engineer"}


@pytest.mark.parametrize(
    "header",
    [
        "Annual Salary",
        "Pay rate",
        "Birth date",
        "Date of birth",
        "Geburtsdatum",
        "Gender",
        "National ID",
        "SSN",
        "Tax ID",
        "Religion",
        "Konfession",
        "Disability",
        "IBAN",
        "Bank account",
        "Home address",
        "Personal Email",
        "Passport number",
        "Password",
        "API key",
        "clientSecret",
        "Access token",
        "Salaire",
        "Fecha de nacimiento",
        "CPF",
        "Codice fiscale",
        "生年月日",
        "身份证号",
        "Numer PESEL",
        "Emergency contact",
    ],
)
def test_private_columns_are_never_read_and_the_note_says_so(header: str) -> None:
    file = read(f"Name,Email,{header}\nA B,a@example.com,hunter2\n", keep=frozenset({header.casefold().replace(" ", "_")}))
    assert here(file) == ["a"]
    assert "hunter2" not in repr(file)
    assert any("never read" in note and header in note for note in file.notes)


@pytest.mark.parametrize("header", ["Secretary", "Key account", "Compass group", "Personal assistant", "Tokenring"])
def test_a_secretary_is_no_secret(header: str) -> None:
    key = header.casefold().replace(" ", "_")
    assert one(f"Name,Email,{header}\nA B,a@example.com,x\n", keep=frozenset({key})).attributes == {key: "x"}


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("bamboo-last-first", ["Ana Lima"]),
        ("workday-worker-status", ["Ana Lima"]),
        ("workday-title", ["Ana Ruiz"]),
        ("preferred-name", ["Robin Lima"]),
        ("german", ["Ana Lima"]),
        ("gam-suspended", ["Ana Lima"]),
        ("name-bidi", ["عمر", "Ana Lima"]),
        ("mac-cr", ["Ana Lima", "Bo"]),
        ("pipe", ["Ana Lima"]),
        ("quoted-semicolon-header", ["Ana"]),
        ("title-lines", ["Ana Lima"]),
        ("trailing-total", ["Ana Lima"]),
    ],
)
def test_names_are_found_in_the_files_of_the_folder(name: str, names: list[str]) -> None:
    file = case(name)
    assert file.refusals == ()
    assert [row.name for row in file.rows] == names


def test_german_facts_are_read() -> None:
    (row,) = case("german").rows
    assert (row.team, row.country) == ("Vertrieb", "DE")
    assert case("pipe").rows[0].team == "Sales"
    assert case("title-lines").rows[0].team == "Sales"
    assert case("workday-title").rows[0].employee_id == "1"


@pytest.mark.parametrize(
    ("header", "row", "name"),
    [
        ("Email;Prénom;Nom", "a@example.com;Ana;Lima", "Ana Lima"),
        ("Email;Nombre;Apellidos", "a@example.com;Ana;Lima Ruiz", "Ana Lima Ruiz"),
        ("Email;Nome;Sobrenome", "a@example.com;Ana;Lima", "Ana Lima"),
        ("Email;Voornaam;Achternaam", "a@example.com;Ana;de Vries", "Ana de Vries"),
        ("Email;Nome;Cognome", "a@example.com;Ana;Lima", "Ana Lima"),
        ("メールアドレス;氏名", "a@example.com;山田 太郎", "山田 太郎"),
        ("メールアドレス;姓;名", "a@example.com;山田;太郎", "山田 太郎"),
        ("E-Mail;Name;Vorname", "a@example.com;Lima;Ana", "Ana Lima"),
        ("Email;Name;First Name", "a@example.com;Ana Lima;Ana", "Ana Lima"),
        ("E-post;Förnamn;Efternamn", "a@example.com;Åsa;Öberg", "Åsa Öberg"),
        ("电子邮箱;姓名", "a@example.com;王伟", "王伟"),
        ("Email;Worker", "a@example.com;Lima, Ana", "Ana Lima"),
        ("Email;Name", "a@example.com;Ana Lima, PhD", "Ana Lima, PhD"),
        ("Email;Nom Prénom", "a@example.com;DE LIMA Ana", "Ana De Lima"),
        ("Email;Legal Name;Preferred Name", "a@example.com;Robert Lima;Robin", "Robin Lima"),
        ("Email;First Name;Last Name;Known As", "a@example.com;Robert;Lima;Robin Lima", "Robin Lima"),
        ("Email;Nome", "a@example.com;Ana Lima", "Ana Lima"),
        ("Email;Vorname;Nachname;Rufname", "a@example.com;Maria Anna;Lima;Anna", "Anna Lima"),
    ],
)
def test_names_are_found_in_the_languages_of_hr_systems(header: str, row: str, name: str) -> None:
    assert one(f"{header}\n{row}\n").name == name


@pytest.mark.parametrize(
    ("header", "rows", "understood", "not_understood"),
    [
        ("Email,Vezetéknév,Keresztnév,Osztály", ["a@example.com,Kis,Anna,HR"], "Email", "Vezetéknév, Keresztnév, Osztály"),
        ("Név,Email,Állapot,Kilépés", ["Kis Anna,a@example.com,inaktív,x"], "Email", "Név, Állapot, Kilépés"),
        ("Vorname,Nachnahme,E-Mail", ["Ana,Lima,a@example.com"], "Vorname, E-Mail", "Nachnahme"),
        ("Name,E-Mail,Verbleib", ["Ana Lima,a@example.com,aktiv", "Bo Berg,b@example.com,ausgeschieden"], "Name, E-Mail", "Verbleib"),
        ("Name,Email,Still employed?", ["Ana Lima,a@example.com,yes", "Bo Berg,b@example.com,no"], "Name, Email", "Still employed?"),
        ("Name,Email,Has resigned?", ["Ana Lima,a@example.com,", "Bo Berg,b@example.com,x"], "Name, Email", "Has resigned?"),
    ],
)
def test_a_file_that_is_understood_by_half_is_refused_whole(header: str, rows: list[str], understood: str, not_understood: str) -> None:
    with pytest.raises(Invalid) as caught:
        read("\n".join([header, *rows, ""]))
    assert f"Understood: {understood}" in str(caught.value)
    assert f"Not understood: {not_understood}" in str(caught.value)


def test_a_file_with_strange_columns_beside_understood_ones_is_read() -> None:
    assert here(read("Name,Email,Team,Shoe,Spirit animal\nA B,a@example.com,Sales,43,Owl\n")) == ["a"]
    assert here(read("Name,Email,License status,Team colour\nA B,a@example.com,Active,red\nC D,c@example.com,Inactive,blue\n")) == [
        "a",
        "c",
    ]


def test_lines_around_the_table_are_passed_over_and_noted() -> None:
    assert any("skipped above the header in line 4: 2" in note for note in case("title-lines").notes)
    assert any("skipped below the table, without an address: 2" in note for note in case("trailing-total").notes)
    report = "People;;\n\nName;E-Mail;Team\nAna Lima;a@example.com;Sales\nSumme: 1;;\n"
    assert here(read(report)) == ["a"]
    factors = "STATUS,USERID,FIRSTNAME,LASTNAME,EMAIL\nStatus,User ID,First Name,Last Name,Email\nactive,7,Ana,Lima,a@example.com\n"
    assert here(read(factors)) == ["a"]
    missing = read("Name,Email\nAna Lima,a@example.com\nBo Berg,\n")
    assert [refusal.line for refusal in missing.refusals] == [3], "a person without an address is told, not taken for a remark"
