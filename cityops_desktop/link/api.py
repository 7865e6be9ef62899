"""The HTTP API of the station (OpenAPI: docs/openapi.json). Translates between HTTP and the station's desk; decides nothing."""

import json
import struct
from typing import Annotated, Protocol

import numpy as np
from fastapi import FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from cityops_desktop import __version__
from cityops_desktop.clock import Clock
from cityops_desktop.link.hub import Hub
from cityops_desktop.link.messages import Command, CommandResult, Copy, FirstAdministrator, Login, PersonInfo, Refusal, SessionInfo
from cityops_desktop.link.stream import EventStream

MOST_CURVES = 64
Curve = tuple[np.ndarray, np.ndarray, np.ndarray]
REFUSALS: dict[int | str, dict[str, object]] = {
    code: {"model": Refusal, "description": text}
    for code, text in {401: "wrong token", 403: "refused", 409: "not possible now", 422: "malformed", 503: "busy"}.items()
}
SESSION = Header(alias="X-CityOps-Session", description="the token of a person's session")


class Refused(Exception):
    """An act that the station refuses; becomes a 4xx answer with its code."""

    def __init__(self, status: int, code: str, **params: str | int | float) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.params = params


class Desk(Protocol):
    """What the API asks of the station."""

    clock: Clock
    hub: Hub

    def copy(self) -> Copy:
        """Everything a console shows, now."""
        ...

    def curves(self, keys: list[str], seconds: float) -> list[tuple[str, Curve]]:
        """The last seconds of these points: times (int64 ms), values (float64, NaN = none), quality codes (uint8).

        Unknown keys are left out.
        """
        ...

    async def command(self, command: Command, session: str | None) -> CommandResult:
        """Carry out an act, or say why not."""
        ...

    async def login(self, login: Login) -> SessionInfo:
        """A session for a person at a console. Refused."""
        ...

    async def logout(self, session: str) -> None:
        """End a session; unknown sessions are ignored."""
        ...

    async def first_administrator(self, first: FirstAdministrator) -> PersonInfo:
        """The first account. Refused when there is one."""
        ...


def create_app(desk: Desk) -> FastAPI:
    """The application, without its guard (see cityops_desktop.link.guard)."""
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
        return JSONResponse({"code": error.code, "params": error.params}, error.status)

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
    async def stream() -> Response:
        """Server-sent events: `copy` (Copy) first, then `change` (Change) and, each second, `beat` (Beat)."""
        listener = desk.hub.open()
        if listener is None:
            raise Refused(503, "busy")
        return EventStream(desk.hub, listener, desk.clock)

    @app.get("/api/v1/history", response_class=Response, responses={200: {"content": {"application/octet-stream": {}}}})
    async def history(
        point: Annotated[list[str], Query(min_length=1, max_length=MOST_CURVES, description="point keys")],
        seconds: Annotated[float, Query(gt=0, le=7200, description="how far back")] = 3600,
    ) -> Response:
        """Curves. Little endian: u32 length of a JSON header {"points": [{"key", "n"}]}, then per point n int64 times (UTC ms),
        n float64 values (NaN where there was none) and n uint8 quality codes (0 good, 1 uncertain, 2 bad, 3 stale)."""
        curves = desk.curves(point, seconds)
        header = json.dumps({"points": [{"key": key, "n": len(times)} for key, (times, _, _) in curves]}).encode()
        parts = [struct.pack("<I", len(header)), header]
        for _, (times, values, codes) in curves:
            parts += [times.astype("<i8").tobytes(), values.astype("<f8").tobytes(), codes.astype("u1").tobytes()]
        return Response(b"".join(parts), media_type="application/octet-stream")

    @app.post("/api/v1/session", status_code=201)
    async def login(body: Login) -> SessionInfo:
        """Log in at a console."""
        return await desk.login(body)

    @app.delete("/api/v1/session", status_code=204)
    async def logout(session: Annotated[str, SESSION]) -> None:
        """Log out."""
        await desk.logout(session)

    @app.post("/api/v1/first-administrator", status_code=201)
    async def first_administrator(body: FirstAdministrator) -> PersonInfo:
        """Make the first account; only while there is none."""
        return await desk.first_administrator(body)

    @app.post("/api/v1/commands")
    async def command(body: Command, session: Annotated[str | None, SESSION] = None) -> CommandResult:
        """An act of a person; the answer says whether it was done."""
        return await desk.command(body, session)

    return app
