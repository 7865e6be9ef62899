"""The API's part about configuration versions. Decides nothing; a draft's body goes on as it came, because reading it takes long."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Path, Query, Request, Response

from cityops_desktop.link.config import ConfigPage, Draft, Review
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.sent import Sent

MOST_VERSIONS = 10**9
Number = Annotated[int, Path(ge=1, le=MOST_VERSIONS)]


class ConfigDesk(Protocol):
    """What this part asks of the station. All of it: Refused."""

    async def page(self, credentials: Credentials) -> ConfigPage:
        """The versions, what people changed at run time, and whether the file was edited."""
        ...

    async def files(self, number: int, credentials: Credentials) -> bytes:
        """A Draft as JSON: the files of a version."""
        ...

    async def difference(self, number: int, other: int, credentials: Credentials) -> bytes:
        """A Review as JSON: what differs from version `other` to version `number`."""
        ...

    async def effective(self, credentials: Credentials) -> bytes:
        """The room file with everything that people changed at run time written in."""
        ...

    async def may_draft(self, credentials: Credentials) -> None:
        """Refuse before a large body is read."""
        ...

    async def draft(self, body: bytes) -> bytes:
        """A Review as JSON: check a draft, compare it with what runs, and keep it for a while."""
        ...


def config_router(desk: ConfigDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/config")
    async def page(sent: Sent) -> ConfigPage:
        """The configuration's versions and overrides."""
        return await desk.page(sent)

    @router.get("/api/v1/config/versions/{number}/files", response_model=Draft)
    async def files(number: Number, sent: Sent) -> Response:
        """The files of a version."""
        return _json(await desk.files(number, sent))

    @router.get("/api/v1/config/versions/{number}/diff", response_model=Review)
    async def difference(
        number: Number, sent: Sent, other: Annotated[int, Query(alias="with", ge=1, le=MOST_VERSIONS, description="the version before")]
    ) -> Response:
        """What differs from the version `with` to this one."""
        return _json(await desk.difference(number, other, sent))

    @router.get("/api/v1/config/effective", response_class=Response, responses={200: {"content": {"application/yaml": {}}}})
    async def effective(sent: Sent) -> Response:
        """The room file with the overrides in force written in (YAML)."""
        return Response(await desk.effective(sent), media_type="application/yaml")

    body = {"required": True, "content": {"application/json": {"schema": Draft.model_json_schema()}}}

    @router.put("/api/v1/config/draft", response_model=Review, openapi_extra={"requestBody": body})
    async def draft(request: Request, sent: Sent) -> Response:
        """Check a draft (at most 8 MB) and compare it with what runs; `config.apply` with its digest makes it the configuration."""
        await desk.may_draft(sent)
        return _json(await desk.draft(await request.body()))

    return router


def _json(text: bytes) -> Response:
    return Response(text, media_type="application/json")
