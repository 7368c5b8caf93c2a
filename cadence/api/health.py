"""Liveness, readiness and metrics, for whoever watches the service.

/healthz says the process answers; /readyz that it can work (database, schema, a recent tick);
/metrics is the text format of Prometheus 0.0.4, a few counters that the database knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from cadence.clock import Clock
from cadence.errors import StoreError
from cadence.identity.permissions import Permission
from cadence.operations.sending.eta import Paces, still_to_send
from cadence.store.database.engine import Database
from cadence.store.database.schema_version import require_current
from cadence.store.measuring import reports as rows
from cadence.store.sending.stops import stop_in_force

#: the engine counts as stuck after this many ticks, and never before five minutes
_MISSED_TICKS = 5
_LEAST_SECONDS = 300


def health_routes(
    *,
    database: Database,
    clock: Clock,
    last_tick: Callable[[], datetime | None],
    trouble: Callable[[], str],
    tick_seconds: int,
    allowed: Callable[[Request, Permission], object],
    paces: Paces | None = None,
) -> list[Route]:
    """Return the routes; ``allowed`` guards the metrics only. ``paces``: how fast each channel is, to say how long sending takes."""

    def healthz(request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    def readyz(request: Request) -> Response:
        found: dict[str, Any] = {"status": "ready", "database": "ok", "last_tick_age_seconds": None}
        try:
            require_current(database)
        except StoreError as error:
            found |= {"status": "not ready", "database": str(error)}
        ticked = last_tick()
        if ticked is not None:
            age = max((clock.now() - ticked).total_seconds(), 0.0)
            found["last_tick_age_seconds"] = round(age, 1)
            if age > max(_MISSED_TICKS * tick_seconds, _LEAST_SECONDS):
                found |= {"status": "not ready", "engine": "has not looked for due work for a long time"}
        if found["database"] == "ok":
            with database.read() as connection:
                left = still_to_send(connection, paces or {}, now=clock.now())
                stop = stop_in_force(connection, now=clock.now())
            found["stopped"] = stop is not None
            found["sending"] = {eta.channel: {"messages": eta.messages, "eta_seconds": eta.eta_seconds} for eta in left}
        if trouble():
            found |= {"status": "not ready", "engine": trouble()}
        return JSONResponse(found, 200 if found["status"] == "ready" else 503)

    def metrics(request: Request) -> Response:
        allowed(request, Permission.SEE_METRICS)
        with database.read() as connection:
            deliveries = rows.delivery_counts(connection)
            occurrences = rows.occurrence_counts(connection)
            waiting = rows.waiting_for_a_person(connection)
            acknowledgements = rows.acknowledgement_count(connection)
            left = still_to_send(connection, paces or {}, now=clock.now())
            stop = stop_in_force(connection, now=clock.now())
        ticked = last_tick()
        lines = [
            *_metric(
                "cadence_deliveries",
                "Deliveries by channel and state.",
                (({"channel": channel, "state": state}, n) for channel, states in deliveries.items() for state, n in states.items()),
            ),
            *_metric("cadence_occurrences", "Occurrences by state.", (({"state": state}, n) for state, n in occurrences.items())),
            *_metric("cadence_deliveries_waiting_for_a_person", "Deliveries in doubt that only a person can settle.", [({}, waiting)]),
            *_metric("cadence_acknowledgements", "Acknowledgements on record.", [({}, acknowledgements)]),
        ]
        lines += _metric("cadence_sending_stopped", "1 while all sending is stopped by somebody.", [({}, int(stop is not None))])
        lines += _metric(
            "cadence_sending_messages_left", "Messages ready or under way.", (({"channel": eta.channel}, eta.messages) for eta in left)
        )
        lines += _metric(
            "cadence_sending_seconds_left",
            "How long that takes at the channel's pace.",
            (({"channel": eta.channel}, eta.eta_seconds) for eta in left if eta.eta_seconds is not None),
        )
        if ticked is not None:
            lines += _metric("cadence_last_tick_timestamp_seconds", "When the engine last looked for due work.", [({}, ticked.timestamp())])
        return PlainTextResponse("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4")

    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/readyz", readyz, methods=["GET"]),
        Route("/metrics", metrics, methods=["GET"]),
    ]


def _metric(name: str, help_text: str, samples: Iterable[tuple[Mapping[str, str], float]]) -> list[str]:
    lines = [f"# HELP {name} {help_text}", f"# TYPE {name} gauge"]
    for labels, value in samples:
        shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        lines.append(f"{name}{{{shown}}} {value}" if shown else f"{name} {value}")
    return lines


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
