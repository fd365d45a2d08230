"""What a route may name as a parameter. FastAPI fills it from the dependencies of the application."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from api.dependencies import administration, identity, live, missions, operations, site, updates
from api.dependencies.container import ApiDependencies
from api.session_answers import SessionAnswers as _SessionAnswers
from stores.postgres.approvals.votes import VoteStore


def _from(area: Callable[[ApiDependencies], object]) -> object:
    def dependency(request: Request) -> object:
        return area(ApiDependencies.of_app(request.app))

    return Depends(dependency)


Site = Annotated[site.Site, _from(lambda api: api.site)]
Throttle = Annotated[site.Throttle, _from(lambda api: api.throttle)]
Authentication = Annotated[identity.AuthenticationDependencies, _from(lambda api: api.authentication)]
SessionAnswers = Annotated[_SessionAnswers, _from(lambda api: api.session_answers)]
Accounts = Annotated[identity.AccountDependencies, _from(lambda api: api.accounts)]
Passkeys = Annotated[identity.PasskeyDependencies, _from(lambda api: api.passkeys)]
IdentityProviders = Annotated[
    identity.IdentityProviderDependencies, _from(lambda api: api.identity_providers)
]
Members = Annotated[identity.MemberDependencies, _from(lambda api: api.members)]
Missions = Annotated[missions.MissionDependencies, _from(lambda api: api.missions)]
BrowserControl = Annotated[missions.BrowserControlDependencies, _from(lambda api: api.browser_control)]
Votes = Annotated[VoteStore, _from(lambda api: api.votes)]
Updates = Annotated[updates.UpdateDependencies, _from(lambda api: api.updates)]
Dashboards = Annotated[administration.DashboardDependencies, _from(lambda api: api.dashboards)]
Organizations = Annotated[administration.OrganizationDependencies, _from(lambda api: api.organizations)]
Oversight = Annotated[administration.OversightDependencies, _from(lambda api: api.oversight)]
Operations = Annotated[operations.OperationDependencies, _from(lambda api: api.operations)]
Live = Annotated[live.LiveDependencies, _from(lambda api: api.live)]
