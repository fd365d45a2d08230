import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from api.access import bearer_of
from api.dependencies.injected import Operations
from api.measures import MEDIA_TYPE, Measures
from api.rate_limits import Authenticates, client_of, count_request
from missions.errors import NotFoundError, UnauthenticatedError

router = APIRouter(tags=["health"])


class MetricsToken(Authenticates):
    """Checks METRICS_TOKEN. Only a refused request is counted, so strangers cannot stop the monitoring."""

    async def __call__(self, request: Request, operations: Operations) -> None:
        """Raises NotFoundError without that setting, UnauthenticatedError and TooManyRequestsError."""
        try:
            self._check(request, operations.metrics_token)
        except (NotFoundError, UnauthenticatedError):
            await count_request(request, client_of(request))
            raise
        request.state.is_counted = True

    @staticmethod
    def _check(request: Request, token: str | None) -> None:
        if token is None:
            raise NotFoundError
        if not hmac.compare_digest(bearer_of(request).encode(), token.encode()):
            raise UnauthenticatedError("Invalid token")


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request, _: Annotated[None, Depends(MetricsToken())]) -> Response:
    """Metrics for Prometheus, which sends METRICS_TOKEN as bearer token; 404 without that setting."""
    measures: Measures = request.app.state.measures
    return Response(measures.exposition(), media_type=MEDIA_TYPE)
