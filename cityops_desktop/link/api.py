"""The HTTP API of the station (OpenAPI: docs/openapi.json). Translates between HTTP and the station's desk; decides nothing."""

import asyncio
from typing import Annotated, Protocol

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from cityops_desktop import __version__
from cityops_desktop.clock import Clock
from cityops_desktop.link.acts import AttachCommand, Command, CommandResult
from cityops_desktop.link.credentials import LOCAL, SCOPE, Credentials
from cityops_desktop.link.hub import Hub
from cityops_desktop.link.messages import ConsoleBeat, Copy, DeviceDetail, Refusal
from cityops_desktop.link.sent import Sent
from cityops_desktop.link.stream import EventStream
from cityops_desktop.link.strips import packed
from cityops_desktop.model.envelope import Past
from cityops_desktop.model.pictures import Picture
from cityops_desktop.model.refused import Refused

MOST_CURVES = 64
MOST_AT = 200
LATEST_MS = 253_402_214_400_000
"""The end of the year 9999, the last one that dates can be of."""
MOST_BUCKETS = 4000
MOST_CELLS = 64_000
"""Buckets of all points of one answer together: what 128 slow readers keep waiting must fit into the memory."""
LONGEST_MS = 366 * 86_400_000
STATUS = {
    "setup_done": 409,
    "name_taken": 409,
    "expired": 409,
    "base_changed": 409,
    "bad_request": 422,
    "weak_password": 422,
    "weak_pin": 422,
    "bad_badge": 422,
    "busy": 503,
    "search_too_slow": 503,
    "not_recorded": 503,
}
"""The HTTP status of a refusal; 404 for "no_such_...", 403 for the others."""
REFUSALS: dict[int | str, dict[str, object]] = {
    code: {"model": Refusal, "description": text}
    for code, text in {
        400: "not readable",
        401: "wrong token",
        403: "refused",
        404: "no such thing",
        409: "not possible now",
        413: "too large",
        422: "malformed",
        429: "too many wrong tokens",
        503: "busy",
    }.items()
}


def status_of(code: str) -> int:
    """The HTTP status that goes with a refusal's code."""
    return STATUS.get(code, 404 if code.startswith("no_such_") else 403)


class Desk(Protocol):
    """What the API asks of the station."""

    clock: Clock
    hub: Hub

    def copy(self) -> Copy:
        """Everything a console shows, now."""
        ...

    async def history(self, keys: list[str], start: int, end: int, buckets: int, credentials: Credentials) -> Past:
        """These points from `start` to `end` (UTC ms), in at most about so many buckets. Unknown points are left out, and those of
        sensitive devices where nobody is logged in."""
        ...

    async def history_at(self, keys: list[str], time: int, credentials: Credentials) -> Past:
        """Of each of these points the newest sample that is not after `time` (UTC ms); else as `history`."""
        ...

    async def device(self, id: str, credentials: Credentials) -> DeviceDetail | None:
        """All of a device, now; None when the room has no such device. Refused of a sensitive one when nobody is logged in."""
        ...

    async def picture(self, id: str, credentials: Credentials) -> Picture:
        """The newest picture of a camera. Refused when there is no such device, or no picture of it; else as `device`."""
        ...

    async def command(self, command: Command, credentials: Credentials) -> CommandResult:
        """Carry out an act, or say why not."""
        ...

    def console(self, beat: ConsoleBeat, credentials: Credentials) -> None:
        """A window paints, or is closed in order. Refused when too many tell."""
        ...


def create_app(desk: Desk, *routers: APIRouter) -> FastAPI:
    """The application, without its guard (see cityops_desktop.link.guard). `routers`: what people, audit and configuration add."""
    app = FastAPI(
        title="CityOps Desktop station",
        version=__version__,
        description="Read-only for whoever holds the console token; every act needs a person's session (but silence).",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        responses=REFUSALS,
    )

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> JSONResponse:
        return JSONResponse({"code": error.code, "params": error.params}, status_of(error.code))

    @app.exception_handler(RequestValidationError)
    async def malformed(_request: Request, error: RequestValidationError) -> JSONResponse:
        detail = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:3])
        return JSONResponse({"code": "bad_request", "params": {"detail": detail}}, 422)

    @app.exception_handler(HTTPException)
    async def unknown(_request: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"code": "bad_request", "params": {"detail": error.detail}}, error.status_code, error.headers)

    @app.exception_handler(Exception)
    async def fault(_request: Request, _error: Exception) -> JSONResponse:
        return JSONResponse({"code": "station_fault", "params": {}}, 500)  # the server logs the traceback

    @app.get("/api/v1/state")
    async def state() -> Copy:
        """The full copy: room, points with their newest readings, alarms, station."""
        return desk.copy()

    @app.get("/api/v1/stream", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
    async def stream(request: Request) -> Response:
        """Server-sent events: `copy` (Copy) first, then `change` (Change) and, each second, `beat` (Beat)."""
        listener = desk.hub.open(str(request.scope.get(SCOPE, LOCAL)))
        if listener is None:
            raise Refused("busy")
        return EventStream(desk.hub, listener, desk.clock)

    @app.get("/api/v1/history", response_class=Response, responses={200: {"content": {"application/octet-stream": {}}}})
    async def history(
        sent: Sent,
        point: Annotated[list[str], Query(min_length=1, max_length=MOST_CURVES, description="point keys")],
        start: Annotated[int, Query(alias="from", ge=0, description="UTC ms")],
        end: Annotated[int, Query(alias="to", ge=0, description="UTC ms, at most 366 days later")],
        buckets: Annotated[int, Query(ge=1, le=MOST_BUCKETS, description="buckets wanted, such as pixels")] = 1000,
    ) -> Response:
        """The past. Points that have few samples in the span are told sample by sample, the others in buckets that hide no peak.

        Little endian: u32 length of a JSON header, the header, then the columns of each point one after the other. The header is
        {"oldest": UTC ms of the oldest sample that the station keeps at all, or null, "points": [{"key", "width", "n", "reasons"}]}.
        `width` 0: n samples, as n int64 times (UTC ms), n float64 values (NaN = none usable), n uint8 quality codes (0 good,
        1 uncertain, 2 bad, 3 stale), n uint8 whys. Otherwise n buckets of `width` ms which begin at whole multiples of it since 1970
        (empty ones are left out), as n int64 times of the first and n of the last sample, n float64 each of the first, lowest, highest
        and last usable value, n uint32 counts of usable values, n uint32 longest times between two samples (ms), n uint8 worst
        quality codes, n uint8 whys. A why is a place in `reasons`, a list of [code or null, detail]."""
        if not 0 < end - start <= LONGEST_MS:
            raise Refused("bad_request", detail="to must lie after from, by at most 366 days")
        past = await desk.history(point, start, end, min(buckets, MOST_CELLS // len(point)), sent)
        return Response(await asyncio.to_thread(packed, past), media_type="application/octet-stream")

    @app.get("/api/v1/history/at", response_class=Response, responses={200: {"content": {"application/octet-stream": {}}}})
    async def history_at(
        sent: Sent,
        point: Annotated[list[str], Query(min_length=1, max_length=MOST_AT, description="point keys")],
        time: Annotated[int, Query(ge=0, le=LATEST_MS, description="UTC ms")],
    ) -> Response:
        """What was in force at a time: of each point the newest sample that is not after it, looking back to the beginning of the hour
        before; points without one are left out. The answer is written as that of `history`, with `width` 0 and one sample a point."""
        past = await desk.history_at(point, time, sent)
        return Response(await asyncio.to_thread(packed, past), media_type="application/octet-stream")

    @app.get("/api/v1/devices/{id}", responses={404: {"model": Refusal, "description": "no such device"}})
    async def device(id: str, sent: Sent) -> DeviceDetail:
        """All of a device: its place on the wire, what was counted, each point's raw value and register, who it is. One that is marked
        sensitive is told to whoever is logged in only, and the look is recorded."""
        detail = await desk.device(id, sent)
        if detail is None:
            raise Refused("no_such_device", device=id)
        return detail

    @app.get("/api/v1/devices/{id}/picture", response_class=Response, responses={200: {"content": {"image/jpeg": {}, "image/png": {}}}})
    async def picture(id: str, sent: Sent) -> Response:
        """The newest still picture of a camera, which the station keeps in memory only. The header `Age` says how many seconds ago it
        was taken over, `X-CityOps-Taken` when (UTC ms)."""
        found = await desk.picture(id, sent)
        age = max(0, desk.clock.wall() - found.time) // 1000
        headers = {"Age": str(age), "X-CityOps-Taken": str(found.time), "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(found.data, media_type=found.kind, headers=headers)

    @app.post("/api/v1/console", status_code=204)
    async def console(body: ConsoleBeat, sent: Sent) -> None:
        """The repaint heartbeat of a window, once a second: the supervisor sounds when it stops without a goodbye."""
        desk.console(body, sent)

    @app.post("/api/v1/commands")
    async def command(body: Command, sent: Sent) -> CommandResult:
        """An act of a person; the answer says whether it was done."""
        return await desk.command(body, sent)

    @app.post("/api/v1/duty/attachments")
    async def attach(body: AttachCommand, sent: Sent) -> CommandResult:
        """The act attachment.add: what belongs to it may be larger than any other act."""
        return await desk.command(body, sent)

    for router in routers:
        app.include_router(router)
    return app
