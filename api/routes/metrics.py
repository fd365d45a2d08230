import hmac

from fastapi import APIRouter, Request, Response

from api.access import Wired, bearer_of
from api.measures import MEDIA_TYPE, Measures
from missions.errors import NotFoundError, UnauthenticatedError

router = APIRouter(tags=["health"])


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request, wiring: Wired) -> Response:
    """For Prometheus, which sends METRICS_TOKEN as its bearer token; 404 where none is set."""
    if wiring.metrics_token is None:
        raise NotFoundError
    if not hmac.compare_digest(bearer_of(request).encode(), wiring.metrics_token.encode()):
        raise UnauthenticatedError("Invalid token")
    measures: Measures = request.app.state.measures
    return Response(measures.told(), media_type=MEDIA_TYPE)
