"""Play sets of rules at the same time, one process each, when it is worth the start of a process."""

from __future__ import annotations

import logging
import multiprocessing
import os
from multiprocessing.connection import Connection, wait

from cadence.operations.simulation.simulate import PlayedRules, Progress, RulesOutcome, play_part

#: pairs x days below which one process is done before a second one has started
_WORTH_IT = 100_000


def play_all(parts: list[PlayedRules], progress: Progress) -> list[RulesOutcome]:
    """Return the outcome of each part in order; the figures do not depend on how many processes played them."""
    pairs = sum(part.people * len(part.source.tables["statements"]) * part.wish.days for part in parts)
    if len(parts) < 2 or (os.cpu_count() or 1) < 2 or pairs < _WORTH_IT:
        return [play_part(part, progress) for part in parts]
    # not a fork: the database of the installation is open here
    context = multiprocessing.get_context("spawn")
    here: list[Connection] = []
    processes = []
    for part in parts:
        mine, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(part, theirs), daemon=True)
        process.start()
        theirs.close()
        here.append(mine)
        processes.append(process)
    found: dict[int, RulesOutcome] = {}
    try:
        open_ends = {id(end): (place, end) for place, end in enumerate(here)}
        while open_ends:
            for ready in wait([end for _, end in open_ends.values()]):
                place, end = open_ends[id(ready)]
                try:
                    said = end.recv()
                except EOFError:
                    said = None
                if isinstance(said, int):
                    progress(said)
                    continue
                del open_ends[id(ready)]
                if isinstance(said, RulesOutcome):
                    found[place] = said
        # a process that died, or failed, is played again here: its error then shows as what it is
        return [found[place] if place in found else play_part(part, progress) for place, part in enumerate(parts)]
    finally:
        for end, process in zip(here, processes, strict=True):
            end.close()
            process.terminate()
            process.join()


def _work(part: PlayedRules, said: Connection) -> None:
    try:
        said.send(play_part(part, said.send))
    except (Exception, KeyboardInterrupt) as error:  # the parent plays the part again and meets the error itself
        logging.getLogger("cadence.simulate").debug("event=simulate.failed reason=%s", error)
    finally:
        said.close()
