from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import socketio
from fastapi import APIRouter, Depends, FastAPI

from adapters.credentials.sealer import Sealer
from adapters.gateways.policy_desk import PolicyDesk
from adapters.identities.oidc import OidcIssuer
from adapters.identities.passkeys import Passkeys
from api import edge, errors
from api.cursors import Cursors
from api.guarding import pace_strangers
from api.live import Live
from api.measures import Measures
from api.routes import (
    accounts,
    announcements,
    approvals,
    artifacts,
    audit,
    auth,
    codec,
    console,
    dashboards,
    health,
    invitations,
    metrics,
    missions,
    oauth,
    orgs,
    passkeys,
    policies,
    prints,
    queue,
    reports,
    second_factors,
    service_accounts,
    takeovers,
    templates,
    users,
)
from api.sockets import Sockets
from api.tokens import Tokens
from api.wiring import Rates, Wiring
from runtime.codec import OrgCodec
from runtime.prints import Prints
from runtime.probes import Probes
from runtime.queues import Queues
from runtime.relay import Relay
from runtime.resources import Resources
from runtime.settings import ApiSettings, origin_of
from runtime.storage import bucket_of
from runtime.supervision import BackgroundLoops, LoopEndedError
from runtime.temporal import connect_lazily, keys_of
from stores.browser_control import RedisBrowserControl
from stores.frames import RedisAudience
from stores.limits import Limits
from stores.passwords import Passwords
from stores.postgres.accounts.accounts import AccountStore
from stores.postgres.accounts.identities import IdentityStore
from stores.postgres.accounts.invitations import InvitationStore
from stores.postgres.accounts.members import MemberStore
from stores.postgres.accounts.passkeys import PasskeyStore
from stores.postgres.accounts.people import PersonStore
from stores.postgres.accounts.second_factors import SecondFactorStore
from stores.postgres.accounts.service_accounts import ServiceAccountStore
from stores.postgres.accounts.sessions import SessionStore
from stores.postgres.approvals.votes import VoteStore
from stores.postgres.audit.trail import AuditTrailStore
from stores.postgres.database import Database
from stores.postgres.missions.admission import AdmissionStore
from stores.postgres.missions.browser_control import BrowserControlStore
from stores.postgres.missions.missions import MissionStore
from stores.postgres.missions.outbox import OutboxStore
from stores.postgres.missions.overviews import MissionOverviews
from stores.postgres.missions.templates import TemplateStore
from stores.postgres.organizations.announcements import AnnouncementStore
from stores.postgres.organizations.connectors import PostgresConnectors
from stores.postgres.organizations.export import OrganizationExport
from stores.postgres.organizations.organizations import OrganizationStore
from stores.s3 import S3Artifacts
from stores.seals import Seals
from stores.secrets import Lineage
from stores.socketio_internals import close_channel, connection_count, start_manager
from stores.sockets import SocketAnnouncer

VERSION = "0.1.0"


async def wire(settings: ApiSettings, resources: Resources) -> Wiring:
    """Everything that the API uses. It starts, and reads and decides, with Temporal and Redis away."""
    database = resources.closing(Database(settings.database_url.get_secret_value()))
    redis_url = settings.redis_url.get_secret_value()
    keys = keys_of(settings)
    temporal = await connect_lazily(settings.temporal_address, settings.temporal_namespace, OrgCodec(keys))
    manager = socketio.AsyncRedisManager(
        redis_url,
        redis_options={"socket_connect_timeout": 2, "socket_timeout": None},
    )
    server = socketio.AsyncServer(
        async_mode="asgi",
        client_manager=manager,
        cors_allowed_origins=sorted(settings.origins),
        max_http_buffer_size=16 * 1024,
    )
    resources.push_async_callback(close_channel, manager)
    resources.push_async_callback(server.shutdown)
    admission = AdmissionStore(database, settings.max_concurrent_missions)
    lifetime = timedelta(hours=settings.session_hours)
    return Wiring(
        database=database,
        missions=MissionStore(database, settings.missions_per_hour),
        takeovers=BrowserControlStore(database),
        overviews=MissionOverviews(database),
        admission=admission,
        announcements=AnnouncementStore(database),
        audit_trail=AuditTrailStore(database),
        orgs=OrganizationStore(database),
        org_export=OrganizationExport(database),
        queues=Queues(temporal),
        votes=VoteStore(database),
        people=PersonStore(database),
        accounts=AccountStore(database),
        sessions=SessionStore(database, Lineage(settings.jwt_secret.get_secret_value()), lifetime),
        members=MemberStore(database),
        second_factors=SecondFactorStore(database, Seals(settings.seal_secret.get_secret_value())),
        service_accounts=ServiceAccountStore(database),
        passkeys=PasskeyStore(database),
        webauthn=Passkeys(settings.public_url),
        invitations=InvitationStore(database),
        identities=IdentityStore(database),
        issuers={
            one.name: OidcIssuer(
                one.issuer,
                one.client_id,
                one.client_secret.get_secret_value(),
                one.scope,
                f"{settings.public_url.rstrip('/')}/api/auth/oauth/{one.name}/callback",
            )
            for one in settings.oidc_providers
        },
        connectors=PostgresConnectors(database),
        templates=TemplateStore(database),
        policy_desk=PolicyDesk(settings.policy_file, settings.secure_mcp_gateway_url),
        probes=Probes(temporal),
        prints=Prints(temporal),
        sealer=Sealer(settings.browser_public_key) if settings.browser_public_key else None,
        artifacts=resources.closing(
            S3Artifacts(bucket_of(settings), public_endpoint=settings.s3_public_endpoint, prefix="")
        ),
        passwords=Passwords(),
        limits=resources.closing(Limits(redis_url)),
        rates=Rates(
            requests=settings.requests_per_minute,
            failures=settings.login_failures,
            failures_per_account=settings.login_failures_per_account,
            failures_per_network=settings.login_failures_per_network,
            sign_ups=settings.sign_ups_per_hour,
        ),
        tokens=Tokens(
            settings.jwt_secret.get_secret_value(),
            settings.public_url,
            timedelta(minutes=settings.access_token_minutes),
        ),
        cursors=Cursors(settings.cursor_secret.get_secret_value()),
        relay=Relay(OutboxStore(database), admission, temporal),
        temporal=temporal,
        payload_keys=keys,
        announcer=resources.closing(SocketAnnouncer(server)),
        sockets=server,
        audience=resources.closing(RedisAudience(redis_url)),
        hands=resources.closing(RedisBrowserControl(redis_url)),
        public_url=settings.public_url,
        origins=settings.origins,
        session_s=int(lifetime.total_seconds()),
        metrics_token=settings.metrics_token.get_secret_value() if settings.metrics_token else None,
        mission_timeout=settings.mission_timeout,
    )


def create_app(settings: ApiSettings, on_loop_failure: Callable[[], None] = lambda: None) -> FastAPI:
    """The HTTP side; `/docs` and `/openapi.json` only where settings say so.

    `on_loop_failure` is called when a background loop has ended, and has to end the process.
    """
    measures = Measures()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with Resources() as resources:
            wiring = await wire(settings, resources)
            app.state.wiring = wiring
            start_manager(wiring.sockets)
            measures.sockets.set_function(lambda: connection_count(wiring.sockets))
            live = Live(wiring.sockets, wiring.audience)
            sockets = Sockets(wiring.sockets, wiring, live)
            app.mount("/socket.io", socketio.ASGIApp(wiring.sockets, socketio_path=""))
            loops = BackgroundLoops(measures.jobs)
            sockets.add_to(loops)
            live.add_to(loops)
            with suppress(LoopEndedError):  # it is in the log, and `on_loop_failure` ends the process
                async with loops.running(on_loop_failure):
                    yield

    app = FastAPI(
        title="OPS-Agent-Desktop",
        version=VERSION,
        lifespan=lifespan,
        docs_url="/docs" if settings.docs else None,
        openapi_url="/openapi.json" if settings.docs else None,
        redoc_url=None,
        responses={"default": errors.DESCRIBED},
    )
    router = APIRouter(prefix="/api", max_body_size=edge.BODY_BYTES, dependencies=[Depends(pace_strangers)])
    for routes in (
        auth,
        accounts,
        second_factors,
        oauth,
        passkeys,
        users,
        invitations,
        service_accounts,
        missions,
        prints,
        takeovers,
        approvals,
        artifacts,
        dashboards,
        policies,
        queue,
        announcements,
        audit,
        orgs,
        codec,
        health,
        metrics,
        reports,
    ):
        router.include_router(routes.router)
    for prefix in templates.PREFIXES:
        router.include_router(templates.router, prefix=prefix, deprecated=prefix != templates.PREFIXES[0])
    app.include_router(router)
    console.install(app, settings.s3_public_endpoint or settings.s3_endpoint)
    errors.install(app)
    app.state.measures = measures
    edge.install(
        app,
        measures,
        secure=settings.public_url.startswith("https://"),
        origins=settings.allowed_origins,
        proxies=settings.trusted_proxies,
    )
    if settings.temporal_ui_url is not None:
        app.add_middleware(codec.OpenTo, origin=origin_of(settings.temporal_ui_url))
    return app
