"""``cadence questions``: what people asked the leader, and what they replied in their own words when they were asked."""

from __future__ import annotations

import argparse

from cadence.cli.session import add_at, add_common, open_app, print_json, say
from cadence.errors import Invalid


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="list the open questions, newest first", allow_abbrev=False)
    listing.add_argument("--closed", action="store_true", help="list the answered ones instead")
    add_common(listing)
    close = verbs.add_parser("close", help="mark a question as answered", allow_abbrev=False)
    close.add_argument("number", metavar="NUMBER", help="the number that the list shows")
    add_at(close)
    add_common(close)
    health = verbs.add_parser("health", help="say which questions are too easy, too hard, disliked or misread", allow_abbrev=False)
    add_common(health)
    unaided = verbs.add_parser("unaided", help="say how many name each priority by heart, of those who replied", allow_abbrev=False)
    add_at(unaided)
    add_common(unaided)
    words = verbs.add_parser("words", help="list replies in own words that the matcher is unsure of, or judge one", allow_abbrev=False)
    judged = words.add_mutually_exclusive_group()
    judged.add_argument("--could", metavar="ID", help="this reply says it")
    judged.add_argument("--could-not", metavar="ID", help="this reply does not say it")
    words.add_argument("--names", metavar="SLUGS", default="", help="with --could, of a reply that names priorities: which, with commas")
    add_at(words)
    add_common(words)


def run(args: argparse.Namespace) -> int:
    """Run one verb."""
    return {"list": _list, "close": _close, "words": _words, "health": _health, "unaided": _unaided}[args.verb](args)


def _list(args: argparse.Namespace) -> int:
    from cadence.operations.responding.ask import list_questions

    with open_app(args) as app:
        found = list_questions(app.database, closed=args.closed)
    if args.json:
        print_json(found)
        return 0
    for question in found:
        about = f", about {question.slug}" if question.slug else ""
        who = f"{question.person_name} <{question.email}>"
        doubt = "" if question.sender_proven else "  (sender not proven)"
        say(f"{question.id}  {question.asked_at:%Y-%m-%d %H:%M} UTC  {who} by {question.channel}{about}{doubt}")
        for line in question.text.splitlines():
            say(f"    {line}")
    if not found:
        say("No question has been answered yet." if args.closed else "No open questions.")
    return 0


def _close(args: argparse.Namespace) -> int:
    from cadence.operations.responding.ask import close_question

    if not (args.number.isascii() and args.number.isdigit() and len(args.number) < 16):
        raise Invalid("NUMBER", args.number, "is not the number of a question", example="cadence questions close 7")
    with open_app(args) as app:
        closed_at = close_question(app.database, int(args.number), now=app.clock.now())
    if args.json:
        print_json({"id": int(args.number), "closed_at": closed_at})
    else:
        say(f"Question {int(args.number)} was marked as answered on {closed_at:%Y-%m-%d %H:%M} UTC.")
    return 0


def _words(args: argparse.Namespace) -> int:
    from cadence.operations.measuring.judge_words import judge_words, list_unsure

    told = args.could if args.could is not None else args.could_not
    if told is None:
        if args.names:
            raise Invalid("--names", args.names, "is for a reply that is judged", example="cadence questions words --could 7 --names SLUG")
        with open_app(args) as app:
            found = list_unsure(app.database)
        if args.json:
            print_json(found)
            return 0
        for reply in found:
            say(f"{reply.id}  {reply.title or 'Name our priorities'}")
            if reply.right_line:
                say(f"    meant: {reply.right_line}")
            for line in reply.words.splitlines():
                say(f"    said:  {line}")
        if found:
            say("Judge each with: cadence questions words --could ID, or --could-not ID")
        else:
            say("No reply waits to be judged.")
        return 0
    if not (told.isascii() and told.isdigit() and len(told) < 16):
        raise Invalid("ID", told, "is not the number of a reply", example="cadence questions words --could 7")
    names = [slug.strip() for slug in args.names.split(",") if slug.strip()]
    with open_app(args) as app:
        reply = judge_words(app.database, int(told), could=args.could is not None, by="command", now=app.clock.now(), names=names)
    if args.json:
        print_json(reply)
    else:
        say(f"Reply {reply.id} was judged: {'could say it' if args.could is not None else 'could not say it'}.")
    return 0


def _health(args: argparse.Namespace) -> int:
    from cadence.domain.measuring.question_health import LEAST_ANSWERS, Ailment
    from cadence.operations.measuring.question_health import question_health

    with open_app(args) as app, app.database.read() as connection:
        found = question_health(connection)
    if args.json:
        print_json(found)
        return 0
    told = {Ailment.TOO_EASY: "too easy", Ailment.TOO_HARD: "too hard", Ailment.DISLIKED: "disliked", Ailment.MISREAD: "misread by many"}
    for one in found:
        if one.judged_at is None:
            say(f"{one.slug}: too early to say")
            continue
        state = ", ".join(told[ailment] for ailment in one.ailments) or "good"
        say(f"{one.slug}: {state} ({one.answers} answers, {one.judged_at:%Y-%m-%d})")
        if one.misread_line:
            say(f"    many chose: {one.misread_line}")
    if not found:
        say("No statement has been asked about yet. A question needs a right_answer and three near_misses (docs/statements.md).")
    elif any(one.judged_at is None for one in found):
        say(f"A question is judged from {LEAST_ANSWERS} answers on, and again after five more people and 14 days.")
    return 0


def _unaided(args: argparse.Namespace) -> int:
    from cadence.operations.measuring.unaided import unaided

    with open_app(args) as app, app.database.read() as connection:
        found = unaided(connection, now=app.clock.now())
    if args.json:
        print_json(found)
        return 0
    for one in found:
        told = (
            f"about {one.value} in 100 ({one.low} to {one.high}, {one.replied} replied, {one.released_at:%Y-%m-%d})"
            if one.released_at
            else ""
        )
        say(f"{one.slug}: {told or 'too early to say'}")
    say(
        "Of those who replied when asked to name our priorities by heart; people who reply may know more."
        if found
        else "There is no priority."
    )
    return 0
