import json
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

_BY_STATUS: Final[dict[int, type[web.HTTPException]]] = {
    400: web.HTTPBadRequest,
    401: web.HTTPUnauthorized,
    404: web.HTTPNotFound,
    409: web.HTTPConflict,
    412: web.HTTPPreconditionFailed,
    422: web.HTTPUnprocessableEntity,
    500: web.HTTPInternalServerError,
}


def problem(status: int, sentence: str) -> web.HTTPException:
    """An error response `{"error": sentence}`, to be raised."""
    return _BY_STATUS[status](text=json.dumps({"error": sentence}), content_type="application/json")


@web.middleware
async def as_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Gives the framework's own errors (unknown route, wrong method) the same shape."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.content_type == "application/json" or not request.path.startswith(
            ("/services/", "/actions", "/api/")
        ):
            raise
        body = {"error": f"{error.reason}: {request.method} {request.path}."}
        return web.json_response(body, status=error.status)
