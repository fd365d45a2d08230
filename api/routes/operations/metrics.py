import hmac

from fastapi import APIRouter, Request, Response

from api.access import bearer_of
from api.dependencies.injected import Operations
from api.measures import MEDIA_TYPE, Measures
from missions.errors import NotFoundError, UnauthenticatedError

router = APIRouter(tags=["health"])


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request, operations: Operations) -> Response:
    """Metrics for Prometheus, which sends METRICS_TOKEN as bearer token; 404 without that setting."""
    if operations.metrics_token is None:
        raise NotFoundError
    if not hmac.compare_digest(bearer_of(request).encode(), operations.metrics_token.encode()):
        raise UnauthenticatedError("Invalid token")
    measures: Measures = request.app.state.measures
    return Response(measures.exposition(), media_type=MEDIA_TYPE)
