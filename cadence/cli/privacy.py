"""``cadence privacy``: which privacy mode holds and what is kept; take out kept answers where the mode keeps none."""

from __future__ import annotations

import argparse
import sys

from cadence.cli.session import add_common, note, open_app, print_json, progress, say

_TELLS = {
    "team": "By name others see who acknowledged what must be acknowledged; answers are kept for the person and the figures.",
    "named": "By name others see who was sent, saw and acknowledged what; answers are kept for the person and the figures.",
    "aggregate": "No answer is kept with its person: answers are counted in batches of five people and more.",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    show = verbs.add_parser("show", help="which mode holds, and how much is kept of what people answered", allow_abbrev=False)
    add_common(show)
    apply = verbs.add_parser(
        "apply", help="in mode aggregate: count the answers kept so far and take them out (asks first)", allow_abbrev=False
    )
    apply.add_argument("--yes", action="store_true", help="do not ask")
    add_common(apply)


def run(args: argparse.Namespace) -> int:
    """Show, or take out."""
    from cadence.operations.running.keep_no_answers import stop_keeping_answers, what_is_kept

    with open_app(args) as app:
        mode, kept = app.settings.privacy.mode, what_is_kept(app.database)
        if args.verb == "apply":
            lock = app.lock()
            try:
                if mode.keeps_answers or args.yes or not kept.any or _agreed(kept.answers, kept.own_words, kept.beliefs):
                    with progress("folding") as advance:
                        kept = stop_keeping_answers(app.database, progress=advance)
                else:
                    note("nothing was taken out")
                    return 1
            finally:
                if lock is not None:
                    lock.release()
    if args.json:
        print_json({"mode": mode, "answers": kept.answers, "own_words": kept.own_words, "beliefs": kept.beliefs, "facts": kept.facts})
        return 0
    if args.verb == "apply":
        say(f"Counted and taken out: {kept.answers} answers, {kept.own_words} replies in own words, {kept.beliefs} beliefs.")
        say("Published figures stay. Backups made before still hold what was taken out.")
        return 0
    say(f"{mode.value}: {_TELLS[mode.value]}")
    say(f"Kept with their people: {kept.answers} answers, {kept.own_words} replies in own words, {kept.beliefs} beliefs.")
    if kept.any and not mode.keeps_answers:
        say("They are from before this mode. To count them and take them out: cadence privacy apply")
    return 0


def _agreed(answers: int, words: int, beliefs: int) -> bool:
    told = f"{answers} answers, {words} replies in own words and {beliefs} beliefs"
    if not sys.stdin.isatty():
        note(f"would count {told} and take them out for good. Say --yes to do it")
        return False
    sys.stderr.write(
        f"Count {told} in batches of five people and more, and take them out for good? Published figures stay; people no longer find what "
        "they answered on their own page, and what is predicted of them is folded again without it. [y/N] "
    )
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
