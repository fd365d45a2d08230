from dataclasses import dataclass

from fastapi import FastAPI

from api.dependencies.administration import (
    DashboardDependencies,
    OrganizationDependencies,
    OversightDependencies,
)
from api.dependencies.identity import (
    AccountDependencies,
    AuthenticationDependencies,
    IdentityProviderDependencies,
    MemberDependencies,
    PasskeyDependencies,
)
from api.dependencies.live import LiveDependencies
from api.dependencies.missions import BrowserControlDependencies, MissionDependencies
from api.dependencies.operations import OperationDependencies
from api.dependencies.site import Site, Throttle
from api.dependencies.updates import UpdateDependencies
from api.devices import Devices
from api.session_answers import SessionAnswers
from runtime.codec import OrgCodec
from runtime.process_settings import ApiSettings
from runtime.relay import Relay
from runtime.resources import Resources
from runtime.storage import bucket_of
from runtime.temporal import connect_lazily, keys_of
from stores.browser_control import RedisBrowserControl
from stores.limits import Limits
from stores.postgres.approvals.votes import VoteStore
from stores.postgres.database import Database
from stores.postgres.missions.admission import AdmissionStore
from stores.postgres.missions.browser_control import BrowserControlStore
from stores.postgres.missions.outbox import OutboxStore
from stores.s3 import S3Artifacts
from stores.sockets import SocketAnnouncer


@dataclass(frozen=True)
class ApiDependencies:
    """Everything that requests use, by area. Made once for each process; a route names the areas it uses."""

    site: Site
    throttle: Throttle
    devices: Devices
    authentication: AuthenticationDependencies
    session_answers: SessionAnswers
    accounts: AccountDependencies
    passkeys: PasskeyDependencies
    identity_providers: IdentityProviderDependencies
    members: MemberDependencies
    missions: MissionDependencies
    browser_control: BrowserControlDependencies
    votes: VoteStore
    updates: UpdateDependencies
    dashboards: DashboardDependencies
    organizations: OrganizationDependencies
    oversight: OversightDependencies
    operations: OperationDependencies
    live: LiveDependencies

    @classmethod
    def of_app(cls, app: FastAPI) -> "ApiDependencies":
        """Those of a started application."""
        dependencies: ApiDependencies = app.state.dependencies
        return dependencies


async def connect(settings: ApiSettings, resources: Resources) -> ApiDependencies:
    """Makes the dependencies. The API starts, reads and decides while Temporal and Redis are unreachable."""
    database = resources.closing(Database(settings.database_url.get_secret_value()))
    redis_url = settings.redis_url.get_secret_value()
    keys = keys_of(settings)
    temporal = await connect_lazily(settings.temporal_address, settings.temporal_namespace, OrgCodec(keys))
    live = LiveDependencies.of(settings, resources)
    artifacts = resources.closing(
        S3Artifacts(bucket_of(settings), public_endpoint=settings.s3_public_endpoint)
    )
    admission = AdmissionStore(database, settings.max_concurrent_missions)
    site = Site.of(settings)
    devices = Devices(settings.jwt_secret.get_secret_value(), secure=site.secure)
    authentication = AuthenticationDependencies.of(settings, database)
    metrics_token = settings.metrics_token.get_secret_value() if settings.metrics_token else None
    return ApiDependencies(
        site=site,
        throttle=Throttle.of(settings, resources.closing(Limits(redis_url))),
        devices=devices,
        authentication=authentication,
        session_answers=SessionAnswers(site, authentication.tokens, devices, settings.session_hours * 3600),
        accounts=AccountDependencies.of(settings, database),
        passkeys=PasskeyDependencies.of(settings, database),
        identity_providers=IdentityProviderDependencies.of(settings, database),
        members=MemberDependencies.of(database),
        missions=MissionDependencies.of(settings, database, admission, temporal, artifacts),
        browser_control=BrowserControlDependencies(
            BrowserControlStore(database), resources.closing(RedisBrowserControl(redis_url))
        ),
        votes=VoteStore(database),
        updates=UpdateDependencies(
            Relay(OutboxStore(database), admission, temporal), resources.closing(SocketAnnouncer(live.server))
        ),
        dashboards=DashboardDependencies.of(settings, database, temporal),
        organizations=OrganizationDependencies.of(settings, database),
        oversight=OversightDependencies.of(settings, database),
        operations=OperationDependencies(database, temporal, keys, metrics_token),
        live=live,
    )
