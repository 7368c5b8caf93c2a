"""A question whose right line can be told without knowing the statement is refused; a fair one never is.

The sets below are made up the way people write them, in several languages: the fair ones hold the rule back, the poor ones need it.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cadence.domain.statements.check_faults import LineFault, PoorLine, doubts, faults

Lines = tuple[str, str, str, str]

FAIR: dict[str, tuple[str, Lines]] = {
    "mend": (
        "Repair before you replace",
        (
            "We buy anew once we know what the old part taught us.",
            "We keep old parts running, whatever that may cost us.",
            "We repair for customers who cannot afford a new part.",
            "We swap the whole unit and look at the old one later.",
        ),
    ),
    "price": (
        "We raise prices once a year",
        (
            "Prices move in January, and customers hear of it in October.",
            "Prices move with the cost of steel, and customers see both.",
            "Prices stay as they are for customers who signed before May.",
            "Prices are set by each sales team within a range from Finance.",
        ),
    ),
    "safety": (
        "Nobody goes up alone",
        (
            "A second climber waits below, and either may stop the job.",
            "The foreman decides each morning who may climb without help.",
            "Climbing by yourself is fine once you have ten years of it.",
            "A second climber is called as soon as the wind picks up.",
        ),
    ),
    "growth": (
        "Depth before breadth",
        (
            "We open the next city when the last one pays for itself.",
            "We open a city a month so that others cannot settle there.",
            "We stay in the cities we have and raise what they bring in.",
            "We go where our largest customers ask us to follow them.",
        ),
    ),
    "hiring": (
        "Hire ahead",
        (
            "Look for what the team will lack in two years.",
            "Look for people who resemble our best colleagues.",
            "Take the strongest candidate, whatever the role.",
            "Fill the seat within six weeks, then train hard.",
        ),
    ),
    "support": (
        "Answer before you fix",
        (
            "A customer hears from a person within an hour, fixed or not yet.",
            "A customer gets the fix first and the explanation afterwards.",
            "A customer who pays for support is answered within four hours.",
            "A customer never waits for the fix before the desk closes it.",
        ),
    ),
    "numbers": (
        "Half the waste by 2030",
        (
            "We burn 40 per cent less than in 2020.",
            "We recycle 90 per cent of what we buy.",
            "We halve what each of 12 sites dumps.",
            "We pay for 50,000 trees to offset it.",
        ),
    ),
    "quotes": (
        "Say what it is",
        (
            'We write "delayed" and the new date on the first page.',
            'We write "on track" until the steering group decides.',
            "We leave the colour out and let the figures speak.",
            'We call it "amber" and explain it in the meeting.',
        ),
    ),
    "questions": (
        "Before you start",
        (
            "Who pays if this goes wrong at night?",
            "Who approved the budget for this work?",
            "Who gets the bonus once it is finished?",
            "Who was told about it by the sales team?",
        ),
    ),
    "fragments": (
        "Three rings",
        (
            "Own team, then the neighbours, then the lead",
            "The lead at once, then whoever has a key",
            "Security first, then the works council",
            "Whoever is nearest, and the lead by noon",
        ),
    ),
    "more than three": (
        "One way in",
        (
            "Every request comes through the front desk, even the chief's.",
            "Requests from above skip the desk and go to the engineer.",
            "Requests wait at the desk until all fields are filled in.",
            "The desk answers small things and sends no one the rest.",
        ),
    ),
    "negations": (
        "No surprises",
        (
            "A customer never learns from the press what we knew.",
            "A customer gets no news until the cause is certain.",
            "We say nothing that the contract does not ask for.",
            "Bad news goes out once the board has agreed to it.",
        ),
    ),
    "reparieren": (
        "Erst reparieren, dann ersetzen",
        (
            "Ersetzt wird erst, wenn wir aus dem alten Teil gelernt haben.",
            "Repariert wird nur, was der Kunde nicht neu bezahlen kann.",
            "Neu gekauft wird gar nicht, solange das alte Teil noch läuft.",
            "Getauscht wird sofort, das alte Teil sehen wir uns später an.",
        ),
    ),
    "lieferung": (
        "Drei Tage bis zur Tür",
        (
            "Das Teil liegt nach drei Tagen beim Monteur auf dem Tisch.",
            "Das Paket verlässt unser Lager nach spätestens drei Tagen.",
            "Der Kunde erfährt in drei Tagen, wann sein Teil ankommt.",
            "Der Kurier fährt bei jedem Auftrag, egal was es kostet.",
        ),
    ),
    "offenheit": (
        "Früh melden",
        (
            "Wer einen Verdacht hat, sagt ihn am selben Tag weiter.",
            "Wer eine Lösung hat, bringt das Problem gleich mit.",
            "Wer sicher ist, meldet den Fehler in der Wochenrunde.",
            "Wer betroffen ist, klärt die Sache zuerst im Team.",
        ),
    ),
    "wachstum": (
        "Langsam und gründlich",
        (
            "Wir öffnen die nächste Stadt, wenn die letzte sich trägt.",
            "Wir öffnen jeden Monat eine Stadt, bevor es andere tun.",
            "Wir bleiben in den Städten, die wir haben, und bauen aus.",
            "Wir folgen den großen Kunden dorthin, wo sie uns brauchen.",
        ),
    ),
    "führung": (
        "Entscheiden, wo man es weiß",
        (
            "Die Schicht entscheidet, die Leitung erfährt es danach.",
            "Die Leitung entscheidet, sobald die Schicht gefragt hat.",
            "Die Schicht schlägt vor, und das Werk stimmt darüber ab.",
            "Die Leitung gibt die Regel vor, die Schicht führt sie aus.",
        ),
    ),
    "preis": (
        "Faire Preise",
        (
            "Der Preis steht fest, bevor die Arbeit beginnt.",
            "Der Preis richtet sich danach, wer ihn bezahlt.",
            "Der Preis folgt dem, was der Wettbewerb verlangt.",
            "Der Preis sinkt, wenn der Kunde lange verhandelt.",
        ),
    ),
    "français": (
        "Réparer avant de remplacer",
        (
            "On remplace quand la pièce usée nous a appris quelque chose.",
            "On garde la pièce usée tant qu'elle tourne, coûte que coûte.",
            "On répare chez les clients qui ne peuvent pas payer du neuf.",
            "On change tout le module et on regarde l'ancien plus tard.",
        ),
    ),
    "español": (
        "Avisar a tiempo",
        (
            "Quien sospecha algo lo dice el mismo día a quien le afecta.",
            "Quien tiene la solución presenta el problema en la reunión.",
            "Quien está seguro escribe un informe antes de fin de mes.",
            "Quien trabaja cerca lo arregla primero dentro del equipo.",
        ),
    ),
    "日本語": (
        "先に直す",
        (
            "古い部品から学んだことを言えるときに交換する。",
            "古い部品が動くかぎり、新しい物は買わない。",
            "新品を買えないお客さまの所でだけ修理をする。",
            "まず全部を交換し、古い部品はあとで調べる。",
        ),
    ),
    "русский": (
        "Сначала ремонт",
        (
            "Меняем, когда понимаем, чему нас научила старая деталь.",
            "Не покупаем нового, пока старая деталь ещё работает.",
            "Чиним там, где заказчик не может заплатить за новое.",
            "Сразу меняем весь узел, а старую деталь смотрим потом.",
        ),
    ),
    "one short one long": (
        "Plain words",
        (
            "We write for the reader who has a minute and a phone.",
            "We write long.",
            "We write so that lawyers find nothing to correct in what goes out to customers.",
            "We write what the brand book says.",
        ),
    ),
    "title word in two": (
        "Warnings in time",
        (
            "A warning counts when somebody could still act on it.",
            "A warning counts from the moment our desk sends it.",
            "An alarm counts when its town has paid for the year.",
            "An alert counts if it arrives before the river peaks.",
        ),
    ),
}

#: title, lines with the right one first, and words of the reason it is refused for
POOR: dict[str, tuple[str, Lines, str]] = {
    "longest": (
        "Depth",
        (
            "We open the next city when the last one pays for itself, has its own lead and has kept its people for a year.",
            "We open a city every month.",
            "We stay in the cities we have.",
            "We follow our largest customers.",
        ),
        "clearly the longest",
    ),
    "shortest": (
        "Depth",
        (
            "Pay first.",
            "Open a city every month, before others do.",
            "Stay where we are and earn more there.",
            "Go where the customers go.",
        ),
        "clearly the shortest",
    ),
    "longest, deutsch": (
        "Tiefe",
        (
            "Die nächste Stadt kommt, wenn die letzte sich trägt und eine eigene Leitung hat.",
            "Jeden Monat kommt eine Stadt dazu.",
            "Wir bleiben in unseren Städten.",
            "Wir folgen den großen Kunden.",
        ),
        "clearly the longest",
    ),
    "number": (
        "Lead",
        (
            "Towns hear of it six hours before.",
            "Towns hear of it in good time.",
            "Towns read it on the portal.",
            "Towns ask when they need it.",
        ),
        "only line with a number",
    ),
    "figure": (
        "Ziel",
        (
            "Wir verbrennen 40 Prozent weniger als zuvor.",
            "Wir verwerten das meiste, was wir kaufen.",
            "Wir halbieren, was auf die Halde kommt.",
            "Wir pflanzen Bäume, um es auszugleichen.",
        ),
        "only line with a number",
    ),
    "all but it have numbers": (
        "Share",
        (
            "Both sides can afford to lose it.",
            "It is 10 per cent of revenue.",
            "It is at least 2 million a year.",
            "It is within 3 years of pay.",
        ),
        "only line without a number",
    ),
    "never": (
        "Trust",
        (
            "A reading we doubt is never shown to a town.",
            "A reading we doubt is filled in from nearby.",
            "A reading we doubt is sent with a warning.",
            "A reading we doubt is kept for the review.",
        ),
        "only line with a negation",
    ),
    "absolutes are the wrong ones": (
        "Trust",
        (
            "A doubtful reading is shown as a gap with the reason.",
            "All readings are shown as they come from the sensor.",
            "Doubtful readings are never shown to people outside.",
            "Every gap is filled with what the next gauge reads.",
        ),
        "only line without a negation",
    ),
    "nie": (
        "Sicherheit",
        (
            "Ans Wasser geht niemand allein, auch bei Ebbe.",
            "Ans Wasser geht, wer den Kurs bestanden hat.",
            "Ans Wasser geht der Erfahrene aus dem Trupp.",
            "Ans Wasser geht man nach Absprache am Morgen.",
        ),
        "only line with a negation",
    ),
    "quotation": (
        "Names",
        (
            'We write "delayed" on the first page of it.',
            "We write the colour on the first page of it.",
            "We write the reason on the last page of it.",
            "We write a new date in the minutes of it.",
        ),
        "only line with a quotation",
    ),
    "hedged": (
        "Pace",
        (
            "A team usually ships what it can take back.",
            "A team ships what its customers ask about.",
            "A team ships what the board has looked at.",
            "A team ships what is finished on a Friday.",
        ),
        "only line with a reservation",
    ),
    "in der regel": (
        "Tempo",
        (
            "Ein Team liefert in der Regel, was man zurücknehmen kann.",
            "Ein Team liefert das, wonach seine Kunden gefragt haben.",
            "Ein Team liefert das, was der Vorstand gesehen hat.",
            "Ein Team liefert das, was am Freitag fertig geworden ist.",
        ),
        "only line with a reservation",
    ),
    "colon": (
        "Pace",
        (
            "One rule: ship what you can take back.",
            "Ship what your customers ask about.",
            "Ship what the board has looked at.",
            "Ship what is finished on a Friday.",
        ),
        "colon, semicolon, dash",
    ),
    "no full stop": (
        "Pace",
        (
            "Teams ship what they can take back",
            "Teams ship what customers want.",
            "Teams ship what the board saw.",
            "Teams ship on a Friday night.",
        ),
        "end with the mark",
    ),
    "question mark": (
        "Pace",
        ("Can we take it back by Monday?", "Customers have asked us for it.", "The board has looked at it.", "It is finished on a Friday."),
        "end with the mark",
    ),
    "small beginning": (
        "Pace",
        ("ship what you can take back.", "Ship what customers ask for.", "Ship what the board has seen.", "Ship what is done on Friday."),
        "capitalised unlike",
    ),
    "shouted": (
        "Pace",
        ("Ship what you can take BACK.", "Ship what customers ask for.", "Ship what the board has seen.", "Ship what is done on Friday."),
        "capitalised unlike",
    ),
    "title case": (
        "Pace",
        (
            "Ship What Your Team Could Take Back.",
            "Ship what your customers asked for.",
            "Ship what your board has looked at.",
            "Ship what is finished on Fridays.",
        ),
        "capitalised unlike",
    ),
    "script": (
        "Pace",
        (
            "Отправляй то, что можно вернуть.",
            "Ship what customers ask for.",
            "Ship what the board has seen.",
            "Ship what is done on Friday.",
        ),
        "another script",
    ),
    "language": (
        "Pace",
        (
            "Liefere, was du mit der Zeit und ohne Not zurücknehmen kannst.",
            "Ship what the customers of the region have asked you for.",
            "Ship what the board has looked at and what it agreed to.",
            "Ship what is finished by the end of the week, on a Friday.",
        ),
        "another language",
    ),
    "title word": (
        "Warnings in time",
        (
            "A warning counts when somebody could still act on it.",
            "An alarm counts from the moment our desk sends it.",
            "An alarm counts when its town has paid for the year.",
            "An alert counts if it arrives before the river peaks.",
        ),
        "word of the title",
    ),
    "titelwort": (
        "Reparieren statt ersetzen",
        (
            "Was man reparieren kann, das wird nicht neu gekauft.",
            "Was nicht billig ist, das wird beim Händler bestellt.",
            "Was zweimal ausfällt, das wird bei uns nicht gebaut.",
            "Was keiner kennt, das wird dem Hersteller gemeldet.",
        ),
        "word of the title",
    ),
    "infinitive": (
        "Depth",
        (
            "To open a city when the last one pays.",
            "The sales lead opens a city each month.",
            "Larger customers pull us into a city.",
            "The cities we have are all we need.",
        ),
        "begins unlike",
    ),
    "all others begin alike": (
        "Purpose",
        (
            "People learn in time that the river rises.",
            "We make the most exact gauge there is.",
            "We show readings on a customer's screen.",
            "We predict floods for those who insure.",
        ),
        "begins unlike",
    ),
    "clause": (
        "Gaps",
        (
            "When we doubt a reading, we show a gap.",
            "Short gaps are filled by our forecast.",
            "Readings we doubt wait for the review.",
            "Sensors publish whatever they measure.",
        ),
        "begins unlike",
    ),
}


@pytest.mark.parametrize("name", FAIR)
def test_a_fair_question_is_let_through(name: str) -> None:
    title, (right, *near) = FAIR[name]

    assert faults(right, near, title=title) == []


@pytest.mark.parametrize("name", POOR)
def test_a_question_told_by_length_or_manner_is_refused_with_the_reason(name: str) -> None:
    title, (right, *near), reason = POOR[name]

    found = faults(right, near, title=title)

    assert any(reason in fault.reason for fault in found), found
    assert {(fault.field, fault.value) for fault in found} == {("right_answer", right)}


@pytest.mark.parametrize("name", POOR)
def test_a_near_miss_that_shares_the_manner_mends_it(name: str) -> None:
    """The same lines with a near miss as the right one: mostly fair, and never refused for the same reason."""
    title, (right, first, *near), reason = POOR[name]

    assert not any(reason in fault.reason and "without" not in reason for fault in faults(first, [right, *near], title=title))


def test_no_lines_at_all_is_no_fault() -> None:
    assert faults("", [], title="Mend first") == []


def test_every_fault_is_told_at_once() -> None:
    found = faults("Mend", ["Buy a new one.", "BUY: a new one"], title="Mend first")

    assert [fault.reason.split(";")[0] for fault in found] == [
        "are fewer than 3",
        'reads like "Buy a new one."',
        "has 4 characters and is clearly the shortest line",
        "is the only line with a word of the title",
    ]


@pytest.mark.parametrize(
    ("right", "near", "field", "reason"),
    [
        ("", ["Buy.", "Wait.", "Ask."], "right_answer", "is missing"),
        ("Mend.", [], "near_misses", "are missing"),
        ("Mend.", ["Sell.", "Wait."], "near_misses", "fewer than 3"),
        ("Mend.", ["Sell.", "Wait.", "wait!"], "near_misses", 'reads like "Wait."'),
        ("Mend.", ["Sell.", "Wait.", "MEND"], "near_misses", 'reads like "Mend."'),
    ],
)
def test_a_set_that_is_no_question_is_refused(right: str, near: list[str], field: str, reason: str) -> None:
    assert any(fault.field == field and reason in fault.reason for fault in faults(right, near, title="First things"))


def test_of_many_near_misses_a_few_that_differ_do_not_matter() -> None:
    """A message shows three of them; the right line may stand out in a quarter of the messages."""
    plain = ["Teams ship what the board saw.", "Teams ship what clients want.", "Teams ship on Friday nights."]
    numbered = ["Teams ship within 3 days of it.", "Teams ship 2 things in a week."]
    right = "Teams ship after 4 good reviews."

    assert [len(faults(right, [*plain[:n], *numbered[:m]], title="Pace")) for n, m in ((3, 0), (3, 1), (2, 2), (3, 2), (1, 2))] == [
        1,
        0,
        0,
        0,
        0,
    ]
    assert len(faults(right, [*plain, "Teams ship as they see fit.", numbered[0]], title="Pace")) == 1


TEXTS = (
    "A thing that can be opened will keep a town warned. So we mend first, and replace only when we can say what we learned.",
    "Mending is slower on the day. A swapped unit takes twenty minutes.",
)


@pytest.mark.parametrize(
    ("right", "near", "field", "reason"),
    [
        ("Replace only when we can say what we learned.", ["a", "b", "c"], "right_answer", "word for word"),
        ("We replace only when we can say what we learned.", ["a", "b", "c"], "right_answer", "word for word"),
        ("x" * 76, ["a", "b", "c"], "right_answer", "has 76 characters"),
        ("Mend.", ["a", "b", "y" * 90], "near_misses", "has 90 characters"),
        ("Mend.", ["We buy a new one every year.", "Every year we buy a new one.", "c"], "near_misses", "means nearly the same"),
        ("Mend.", ["Wir kaufen jedes Jahr neu.", "Jedes Jahr kaufen wir neu.", "c"], "near_misses", "means nearly the same"),
        ("Mend.", ["A swapped unit takes twenty minutes.", "b", "c"], "near_misses", "may be true: the text says"),
        ("Mend.", ["Mending is slower on the very day.", "b", "c"], "near_misses", "may be true: the text says"),
    ],
)
def test_what_is_worth_a_second_look_is_told(right: str, near: list[str], field: str, reason: str) -> None:
    assert [(fault.field, reason in fault.reason) for fault in doubts(right, near, texts=TEXTS)] == [(field, True)]


@pytest.mark.parametrize("name", FAIR)
def test_fair_lines_raise_few_doubts(name: str) -> None:
    _, (right, *near) = FAIR[name]

    assert [fault.reason for fault in doubts(right, near, texts=TEXTS) if "characters" not in fault.reason] == []


def test_a_near_miss_that_denies_what_the_text_says_is_no_doubt() -> None:
    assert doubts("Mend.", ["A swapped unit never takes twenty minutes.", "b", "c"], texts=TEXTS) == []


@given(st.text(max_size=60), st.lists(st.text(max_size=60), max_size=10), st.text(max_size=40), st.lists(st.text(max_size=200), max_size=3))
def test_any_lines_are_judged(right: str, near: list[str], title: str, texts: list[str]) -> None:
    for found in (faults(right, near, title=title), doubts(right, near, texts=texts)):
        assert all(fault.field in ("right_answer", "near_misses") and fault.reason for fault in found)


def test_a_fault_names_field_and_value() -> None:
    assert PoorLine(sign=LineFault.FEW, field="right_answer", value=None, reason="is missing, though near_misses are given") in faults(
        "", ["a"], title=""
    )
