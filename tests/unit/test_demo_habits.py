"""What the sample people do with their messages: the same each time, and not all alike."""

from __future__ import annotations

from collections import Counter
from itertools import product

from cadence.demo.habits import QUESTIONS, Deed, Reaction, deeds, takes_part
from cadence.domain.sending.deliveries import Channel
from cadence.domain.statements.checks import FORGOT

PEOPLE = [f"person{n}@larkweir.example" for n in range(400)]
SLUGS = [f"statement-{n}" for n in range(12)]


def all_deeds(*, right: int | None = 2, must: bool = True) -> list[Deed]:
    pairs = product(PEOPLE, SLUGS)
    return [deed for email, slug in pairs for deed in deeds(email, slug, knows=0.6, right=right, options=4, must_acknowledge=must)]


def test_the_same_person_does_the_same_with_the_same_statement() -> None:
    assert all_deeds() == all_deeds()
    assert [takes_part(p, Channel.SLACK) for p in PEOPLE] == [takes_part(p, Channel.SLACK) for p in PEOPLE]


def test_more_people_take_part_on_slack_than_by_mail_and_never_all() -> None:
    by_mail, on_slack = (sum(takes_part(p, channel) for p in PEOPLE) for channel in (Channel.EMAIL, Channel.SLACK))
    assert 0.4 * len(PEOPLE) < by_mail < on_slack < 0.85 * len(PEOPLE)


def test_the_share_right_is_what_people_know_and_a_part_of_the_rest() -> None:
    answers = [deed for deed in all_deeds() if deed.wish is Reaction.ANSWER]
    right, forgot = (sum(deed.choice == place for deed in answers) / len(answers) for place in (2, FORGOT))
    assert abs(forgot - 0.4 * 0.45) < 0.03
    assert abs(right - (0.6 + 0.4 * 0.55 / 4)) < 0.03
    assert set(Counter(deed.choice for deed in answers)) == {FORGOT, *range(4)}


def test_nothing_is_answered_or_acknowledged_that_was_not_asked() -> None:
    wishes = {deed.wish for deed in all_deeds(right=None, must=False)}
    assert wishes == {Reaction.KNOWN, Reaction.UNCLEAR, Reaction.TOO_OFTEN, Reaction.ASK}
    assert {deed.text for deed in all_deeds() if deed.wish is Reaction.ASK} == set(QUESTIONS)


def test_nobody_taps_twice_on_one_statement() -> None:
    taps = {Reaction.KNOWN, Reaction.UNCLEAR, Reaction.TOO_OFTEN}
    for email, slug in product(PEOPLE[:100], SLUGS):
        found = deeds(email, slug, knows=0.6, right=0, options=4, must_acknowledge=True)
        assert sum(deed.wish in taps for deed in found) <= 1
