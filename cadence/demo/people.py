"""The 240 people of the sample company, made up from a seed: ``python -m cadence.demo.people > config/people.csv``.

Larkweir builds river gauges and keeps them working, so its people sit where rivers rise. The people
whom the sample statements name are written out; the rest is drawn. Nobody here is real, and
``.example`` reaches nobody (RFC 2606). The same seed gives the same file, byte for byte.
"""

from __future__ import annotations

import csv
import io
import random
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

SEED = 20261123
#: the day the sample is set on; newcomers began in the 30 days before it
TODAY = date(2026, 11, 23)
DOMAIN = "larkweir.example"
KEEPERS = "keepers.larkweir.example"

HEADER = (
    "name",
    "email",
    "slack_user_id",
    "timezone",
    "country",
    "locale",
    "team",
    "location",
    "manager_email",
    "started_on",
    "external",
    "job_title",
)

_NEWCOMERS = 15
_SLACK_SHARE = 0.76


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """A place people work at. ``lead``: who is asked there. ``jobs``: (team, job title, how many are drawn)."""

    location: str
    zone: str
    country: str
    locale: str
    lead: str
    jobs: tuple[tuple[str, str, int], ...]
    #: names to draw from, with spaces between
    given: str
    family: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePerson:
    """One row."""

    name: str
    team: str
    job_title: str
    office: Office
    manager: str
    external: bool = False
    email: str = ""
    slack_user_id: str = ""
    started_on: date = date(2015, 1, 5)


_BRITISH_GIVEN = (
    "Alun Bethan Carys Dafydd Eleri Gareth Huw Megan Rhys Siân Alice Amir Beatrice Callum Chloe Daniel Edith Fiona "
    "George Grace Hannah Imran Isla Jack Kofi Laura Malik Naomi Oliver Priya Rachel Samuel Tessa Victor Wendy Yusuf "
    "Zoë Martin Judith Keith Łukasz Agnieszka Dmitri Mei"
)
_BRITISH_FAMILY = (
    "Bebb Corbett Davies Evans Gittins Jarvis Lewis Morgan Onions Powell Roberts Thomas Vaughan Watkins Ahmed Begum "
    "Clarke Dyer Elliott Foster Gill Hughes Ibbotson Jukes Khan Lightfoot Mensah Norris Okafor Patel Quayle Reeves "
    "Sadler Turner Underhill Whittle Yates Nowak Kowalczyk Chen"
)

SHREWSBURY = Office(
    location="Shrewsbury",
    zone="Europe/London",
    country="GB",
    locale="en-GB",
    lead="Helen Mostyn",
    jobs=(
        ("Night Desk", "Desk officer", 14),
        ("Forecast", "Hydrologist", 9),
        ("Software", "Software engineer", 5),
        ("Design", "Design engineer", 7),
        ("Finance", "Accountant", 6),
        ("People", "People partner", 4),
        ("Supply", "Buyer", 7),
        ("Town Liaison", "Liaison officer", 4),
        ("Field", "Field engineer", 5),
        ("Workshop", "Electronics technician", 1),
    ),
    given=_BRITISH_GIVEN,
    family=_BRITISH_FAMILY,
)
COLOGNE = Office(
    location="Cologne",
    zone="Europe/Berlin",
    country="DE",
    locale="en-DE",
    lead="Ursula Brandt",
    jobs=(
        ("Workshop", "Workshop technician", 17),
        ("Supply", "Stores clerk", 4),
        ("Design", "Test engineer", 2),
        ("Field", "Field engineer", 3),
    ),
    given="Anke Bernd Claudia Emre Frieda Günter Hatice Jens Katrin Lars Milena Norbert Olga Petra Rainer Selin Volker Yasemin Zeynep",
    family="Aydın Becker Dahmen Engels Fuchs Groß Hermanns Jansen Kaya Lenz Müller Neumann Öztürk Pohl Schäfer Weiß Yıldız Zimmermann",
)
PORTO = Office(
    location="Porto",
    zone="Europe/Lisbon",
    country="PT",
    locale="en-GB",
    lead="Ines Carvalho",
    jobs=(("Software", "Software engineer", 14), ("Design", "Interface designer", 2), ("Field", "Field engineer", 3)),
    given="Afonso Beatriz Catarina Diogo Duarte Filipa Gonçalo Joana João Leonor Luís Mariana Nuno Rita Sofia Tiago Vasco Yara",
    family="Almeida Barros Cardoso Esteves Ferreira Gomes Lopes Magalhães Moreira Pacheco Queirós Ribeiro Simões Tavares Vilar",
)
GUWAHATI = Office(
    location="Guwahati",
    zone="Asia/Kolkata",
    country="IN",
    locale="en-IN",
    lead="Anjali Baruah",
    jobs=(
        ("Field", "Field engineer", 10),
        ("Town Liaison", "Liaison officer", 4),
        ("Forecast", "Hydrologist", 3),
        ("Supply", "Stores clerk", 2),
        ("Keepers", "Keeper", 6),
    ),
    given="Arnab Bhaskar Chandana Debojit Gitika Hemanta Indrani Jahnabi Kaushik Lakhimi Mridul Nabanita Pallab Rituraj Tapan Upasana",
    family="Barman Bora Borthakur Choudhury Das Deka Gogoi Hazarika Kalita Mahanta Nath Pathak Rabha Saikia Sarma Talukdar",
)
KATHMANDU = Office(
    location="Kathmandu",
    zone="Asia/Kathmandu",
    country="NP",
    locale="en-GB",
    lead="Pemba Lama",
    jobs=(("Field", "Field engineer", 8), ("Town Liaison", "Liaison officer", 3), ("Forecast", "Hydrologist", 2), ("Keepers", "Keeper", 4)),
    given="Anil Bimala Dawa Dolma Gyanendra Ishwori Kabita Laxmi Maya Nabin Ngima Prakash Rajani Sarita Sujan Tenzing Usha",
    family="Adhikari Basnet Bhandari Gurung Karki Magar Pradhan Rai Shakya Sherpa Shrestha Tamang Thapa",
)
DHAKA = Office(
    location="Dhaka",
    zone="Asia/Dhaka",
    country="BD",
    locale="en-GB",
    lead="Farida Rahman",
    jobs=(("Town Liaison", "Liaison officer", 5), ("Field", "Field engineer", 5), ("Keepers", "Keeper", 2)),
    given="Afsana Ashraf Faisal Habib Jamila Kamal Lutfun Mahmud Nasrin Parvez Rehana Shafiq Tahmina Zahid",
    family="Ahsan Alam Chowdhury Haque Hossain Islam Karim Miah Sarkar Siddique Sultana Uddin",
)
SANTIAGO = Office(
    location="Santiago",
    zone="America/Santiago",
    country="CL",
    locale="en-GB",
    lead="Marcela Fuentes",
    jobs=(("Field", "Field engineer", 9), ("Town Liaison", "Liaison officer", 2), ("Supply", "Stores clerk", 2), ("Keepers", "Keeper", 2)),
    given="Andrés Bárbara Camila Cristóbal Daniela Felipe Gabriela Ignacio Javiera Lautaro Matías Nicolás Paulina Rayén Sebastián Ximena",
    family="Araya Bravo Cárdenas Contreras Espinoza Huenchumán Jara Muñoz Núñez Olivares Pizarro Quilodrán Riquelme Sepúlveda Vergara",
)
WINNIPEG = Office(
    location="Winnipeg",
    zone="America/Winnipeg",
    country="CA",
    locale="en-CA",
    lead="Caleb Friesen",
    jobs=(("Field", "Field engineer", 8), ("Forecast", "Ice specialist", 3), ("Town Liaison", "Liaison officer", 2)),
    given="Abigail Brett Colleen Darren Étienne Freya Jarvis Kimiko Leah Marc Noella Paul Raven Shauna Trevor",
    family="Beaulieu Campbell Dueck Flett Harder Kowalchuk Lavallée McKay Penner Reimer Sinclair Tran Wiebe",
)
ST_LOUIS = Office(
    location="St. Louis",
    zone="America/Chicago",
    country="US",
    locale="en-US",
    lead="Denise Arceneaux",
    jobs=(("Field", "Field engineer", 5), ("Town Liaison", "Liaison officer", 3)),
    given="Andre Brenda Carlos Darnell Erin Latoya Miguel Nicole Rosa Terrence Wyatt",
    family="Baptiste Caldwell Delgado Foley Jefferson Kessinger Nguyễn Ortega Schroeder Washington",
)
KISUMU = Office(
    location="Kisumu",
    zone="Africa/Nairobi",
    country="KE",
    locale="en-KE",
    lead="Ruth Odhiambo",
    jobs=(("Field", "Field engineer", 6), ("Town Liaison", "Liaison officer", 3), ("Keepers", "Keeper", 4)),
    given="Akinyi Brian Caroline Dennis Esther Felix Grace Joshua Kevin Lilian Mercy Nelson Otieno Purity Salome Wycliffe",
    family="Achieng' Barasa Chebet Juma Kiptoo Maina Mutiso Ndung'u Ochieng Okello Omondi Ouma Wafula Were",
)
LISMORE = Office(
    location="Lismore",
    zone="Australia/Sydney",
    country="AU",
    locale="en-AU",
    lead="Tom Whitcombe",
    jobs=(("Field", "Field engineer", 5), ("Town Liaison", "Liaison officer", 2)),
    given="Amelia Bronwyn Craig Dylan Jarrah Kylie Lachlan Mandy Nathan Shirin Tegan",
    family="Barker Cavanagh Donnelly Farquhar Gallagher Kennedy Moran Nolan Papadopoulos Roberts",
)
LORD_HOWE = Office(
    location="Lord Howe Island",
    zone="Australia/Lord_Howe",
    country="AU",
    locale="en-AU",
    lead="Joanne Tully",
    jobs=(("Design", "Salt-air tester", 3),),
    given="Barney Gower Larissa Peta Stan",
    family="Busteed Crombie Fitzgerald Skeggs Wilson",
)

OFFICES = (SHREWSBURY, COLOGNE, PORTO, GUWAHATI, KATHMANDU, DHAKA, SANTIAGO, WINNIPEG, ST_LOUIS, KISUMU, LISMORE, LORD_HOWE)

#: name, team, job title, office, manager: those whom the statements name, and those who lead
_NAMED = (
    ("Helen Mostyn", "Leadership", "Chief executive", SHREWSBURY, ""),
    ("Rob Tunnicliffe", "Field", "Head of Field", SHREWSBURY, "Helen Mostyn"),
    ("Owen Pryce", "Night Desk", "Head of the Night Desk", SHREWSBURY, "Helen Mostyn"),
    ("Margaret Oduya", "Finance", "Head of Finance", SHREWSBURY, "Helen Mostyn"),
    ("Siân Bevan", "People", "Head of People", SHREWSBURY, "Helen Mostyn"),
    ("Colin Hartley", "Supply", "Head of Supply", SHREWSBURY, "Helen Mostyn"),
    ("Nia Ellis-Wood", "Design", "Head of Design", SHREWSBURY, "Helen Mostyn"),
    ("Rajan Adhikari", "Forecast", "Head of Forecast", SHREWSBURY, "Helen Mostyn"),
    ("Ursula Brandt", "Workshop", "Head of the Workshop", COLOGNE, "Helen Mostyn"),
    ("Dieter Kessler", "Workshop", "Sensor technician", COLOGNE, "Ursula Brandt"),
    ("Ines Carvalho", "Software", "Head of Software", PORTO, "Helen Mostyn"),
    ("Anjali Baruah", "Field", "Field lead", GUWAHATI, "Rob Tunnicliffe"),
    ("Pemba Lama", "Field", "Field lead", KATHMANDU, "Rob Tunnicliffe"),
    ("Farida Rahman", "Town Liaison", "Head of Town Liaison", DHAKA, "Helen Mostyn"),
    ("Marcela Fuentes", "Field", "Field lead", SANTIAGO, "Rob Tunnicliffe"),
    ("Caleb Friesen", "Field", "Field lead", WINNIPEG, "Rob Tunnicliffe"),
    ("Denise Arceneaux", "Field", "Field lead", ST_LOUIS, "Rob Tunnicliffe"),
    ("Ruth Odhiambo", "Field", "Field lead and keeper trainer", KISUMU, "Rob Tunnicliffe"),
    ("Tom Whitcombe", "Field", "Field lead", LISMORE, "Rob Tunnicliffe"),
    ("Joanne Tully", "Design", "Test site lead", LORD_HOWE, "Nia Ellis-Wood"),
)
#: who leads a team where the office has nobody of that team above them
_HEADS = {team: name for name, team, title, _, _ in _NAMED if title.startswith("Head of")}


def sample_people() -> list[SamplePerson]:
    """Return the 240 people, by office."""
    rng = random.Random(SEED)
    people = [
        SamplePerson(name=name, team=team, job_title=title, office=office, manager=manager) for name, team, title, office, manager in _NAMED
    ]
    taken = {_mailbox(person.name) for person in people}
    for office in OFFICES:
        for team, title, count in office.jobs:
            for _ in range(count):
                name = _draw_name(rng, office, taken)
                external = team == "Keepers" or (title == "Stores clerk" and office is SANTIAGO and rng.random() < 0.5)
                people.append(
                    SamplePerson(name=name, team=team, job_title=title, office=office, manager=_manager(office, team), external=external)
                )
    people = [_with_facts(rng, person) for person in people]
    newcomers = sorted(rng.sample(range(len(_NAMED), len(people)), _NEWCOMERS))
    for index in newcomers:
        people[index] = replace(people[index], started_on=_working_day(TODAY - timedelta(days=rng.randint(4, 27))))
    order = {office.location: at for at, office in enumerate(OFFICES)}
    return sorted(people, key=lambda person: order[person.office.location])


def as_csv(people: list[SamplePerson]) -> str:
    """Return ``people`` as the text of a people file."""
    email_of = {person.name: person.email for person in people}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for person in people:
        office = person.office
        writer.writerow(
            (
                person.name,
                person.email,
                person.slack_user_id,
                office.zone,
                office.country,
                office.locale,
                person.team,
                office.location,
                email_of.get(person.manager, ""),
                person.started_on.isoformat(),
                "true" if person.external else "false",
                person.job_title,
            )
        )
    return out.getvalue()


def _draw_name(rng: random.Random, office: Office, taken: set[str]) -> str:
    while True:
        name = f"{_pick(rng, office.given.split())} {_pick(rng, office.family.split())}"
        if _mailbox(name) not in taken:
            taken.add(_mailbox(name))
            return name


def _pick(rng: random.Random, words: Sequence[str]) -> str:
    return words[int(rng.random() * len(words))]


def _manager(office: Office, team: str) -> str:
    lead_team = next(named_team for name, named_team, *_ in _NAMED if name == office.lead)
    if team in (lead_team, "Keepers"):
        return office.lead
    return _HEADS.get(team, office.lead)


def _with_facts(rng: random.Random, person: SamplePerson) -> SamplePerson:
    domain = KEEPERS if person.team == "Keepers" else DOMAIN
    years = 1 + 14 * rng.random() ** 1.6
    began = _working_day(TODAY - timedelta(days=int(years * 365)))
    has_slack = not person.external and (person.manager in ("", "Helen Mostyn") or rng.random() < _SLACK_SHARE)
    slack = "U0" + "".join(_pick(rng, "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(9))
    return replace(person, email=f"{_mailbox(person.name)}@{domain}", started_on=began, slack_user_id=slack if has_slack else "")


def _working_day(day: date) -> date:
    return day - timedelta(days=max(0, day.weekday() - 4))


def _mailbox(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ł", "l").replace("Ł", "L").replace("ß", "ss").replace("ı", "i"))
    words = "".join(c for c in plain.lower() if c.isascii() and (c.isalnum() or c in " -")).split()
    return ".".join(words)


if __name__ == "__main__":
    sys.stdout.buffer.write(as_csv(sample_people()).encode())
