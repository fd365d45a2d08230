import asyncio
import base64
import hashlib
import hmac
from typing import Any

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from target_world import TargetWorld


def webhook_target(  # noqa: C901  three routes, as small as they are
    world: TargetWorld, secret: bytes, *, remembers: bool
) -> FastAPI:
    """A receiver that checks every signature by the published rule, independent of the sender's code."""
    done = dict[str, dict[str, Any]]()

    async def signed(request: Request) -> None:
        content = await request.body() or f"{request.method} {request.url.path}".encode()
        stamp = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode()
        digest = hmac.new(secret, stamp + content, hashlib.sha256).digest()
        if request.headers["webhook-signature"] != "v1," + base64.b64encode(digest).decode():
            raise HTTPException(401, "the signature is wrong")

    app = FastAPI(dependencies=[Depends(signed)])

    @app.get("/services/{service}")
    async def show(service: str) -> Response:
        state = world.state(service)
        if state is None:
            return JSONResponse({"error": "unknown"}, 404)
        restarts = state.pop("restarts")
        return JSONResponse(state | {"generation": f"{restarts}/{state['replicas']}/{state['revision']}"})

    @app.post("/actions")
    async def act(request: Request) -> Response:
        action = await request.json()
        if world.state(action["service"]) is None:
            return JSONResponse({"error": "unknown"}, 422)
        if action["dryRun"] or (remembers and action["key"] in done):
            return JSONResponse(done.get(action["key"], {"would": f"do {action['kind']}"}))
        value = next(iter(action["params"].values()), None)
        try:
            detail = await asyncio.to_thread(
                world.do, action["kind"], action["service"], value, action["key"]
            )
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 409)
        done[action["key"]] = {"detail": detail}
        if world.mood == "lose":
            return Response(status_code=502)
        return JSONResponse(done[action["key"]])

    @app.get("/actions/{key}")
    async def find(key: str) -> Response:
        return JSONResponse(done[key]) if remembers and key in done else JSONResponse({}, 404)

    return app
