"""E4.3: an action is proposed only by an actuator that acts where the diagnosed service runs."""

from typing import Any

import pytest
import samples as sample
from memory_actuator import MemoryActuator

from activities.proposing import ProposeInput, Proposing, RenewInput
from adapters.actions.registry import RegisteredActuators, ServingActuator
from missions.catalog import Catalog, remedies_of
from missions.diagnosis import Diagnosis, ServiceGraph
from missions.errors import RefusedError
from missions.evidence import Dependency
from missions.identities.entities import ScopeKind, ServiceIdentity
from missions.plan import ActionKind
from missions.proposal import ActionPlace, Proposal

EAST = ServiceIdentity(service=sample.SERVICE, cluster="east", distinguished_by=(ScopeKind.CLUSTER,))


def registry(**places: ActionPlace) -> RegisteredActuators:
    """One actuator for each place, each with the same service."""
    entries = [entry for name in places for entry in remedies_of(name, sample.ORG)]
    actuators = {
        name: ServingActuator(MemoryActuator(sample.state()), (sample.ORG,), place)
        for name, place in places.items()
    }
    return RegisteredActuators(Catalog(entries=tuple(entries)), actuators)


def diagnosis(identity: ServiceIdentity) -> Diagnosis:
    """The identity is the cause; its caller is in the same place."""
    first = sample.diagnosis().root_cause_candidates[0]
    cause = first.model_copy(
        update={"service": identity.words, "identity": identity, "remediation": (ActionKind.RESTART,)}
    )
    graph = ServiceGraph(dependencies=(Dependency(caller="web (cluster east)", callee=identity.words),))
    return sample.diagnosis().model_copy(update={"root_cause_candidates": (cause,), "service_graph": graph})


async def proposed(identity: ServiceIdentity, actuators: RegisteredActuators, **plan: Any) -> Proposal | None:
    return await Proposing(actuators).propose(
        ProposeInput(org=sample.ORG, diagnosis=diagnosis(identity), plan=sample.plan(**plan))
    )


async def test_e4_3_the_actuator_of_the_cluster_acts() -> None:
    """Of two actuators with the same service the one in the failing cluster is taken."""
    actuators = registry(west=ActionPlace(cluster="west"), east=ActionPlace(cluster="east", namespace="shop"))
    proposal = await proposed(EAST, actuators)
    assert proposal is not None
    assert (proposal.action.service, proposal.action.actuator) == (sample.SERVICE, "east")
    assert proposal.action.place == ActionPlace(cluster="east", environment="demo", namespace="shop")
    assert "called by web (cluster east)" in proposal.blast_radius
    renewed = await Proposing(actuators).renew(
        RenewInput(org=sample.ORG, diagnosis=diagnosis(EAST), proposal=proposal)
    )
    assert renewed is not None
    assert renewed.action == proposal.action


@pytest.mark.parametrize(
    ("identity", "place", "plan"),
    [
        (EAST, ActionPlace(cluster="west"), {}),
        (EAST, ActionPlace(), {}),
        (ServiceIdentity(service=sample.SERVICE, cluster="east"), ActionPlace(cluster="west"), {}),
        (ServiceIdentity(service=sample.SERVICE), ActionPlace(cluster="west"), {"cluster": "east"}),
        (
            ServiceIdentity(service=sample.SERVICE, namespace="crm", distinguished_by=(ScopeKind.NAMESPACE,)),
            ActionPlace(namespace="shop"),
            {},
        ),
        (
            ServiceIdentity(
                service=sample.SERVICE, environment="prod", distinguished_by=(ScopeKind.ENVIRONMENT,)
            ),
            ActionPlace(),
            {},
        ),
        (ServiceIdentity(service=sample.SERVICE), ActionPlace(environment="production"), {}),
    ],
)
async def test_e4_3_no_action_elsewhere(
    identity: ServiceIdentity, place: ActionPlace, plan: dict[str, str]
) -> None:
    """Nothing is proposed by an actuator of another place, or of an unknown one."""
    assert await proposed(identity, registry(only=place), **plan) is None


@pytest.mark.parametrize(
    ("identity", "place"),
    [
        (ServiceIdentity(service=sample.SERVICE), ActionPlace(cluster="east")),
        (ServiceIdentity(service=sample.SERVICE, cluster="east"), ActionPlace()),
        (ServiceIdentity(service=sample.SERVICE, namespace="monitoring"), ActionPlace(namespace="shop")),
    ],
)
async def test_e4_3_a_single_place_needs_no_configuration(
    identity: ServiceIdentity, place: ActionPlace
) -> None:
    """Where only one service has the name, labels that are not configured do not stop an action."""
    proposal = await proposed(identity, registry(only=place))
    assert proposal is not None
    assert proposal.action.cluster == place.cluster


async def test_e4_3_the_executor_refuses_another_cluster() -> None:
    """An actuator that was moved to another cluster since the approval is not used."""
    proposal = await proposed(EAST, registry(only=ActionPlace(cluster="east")))
    assert proposal is not None
    moved = registry(only=ActionPlace(cluster="west"))
    with pytest.raises(RefusedError, match="acts in cluster west, not in cluster east"):
        moved.checked(sample.ORG, proposal.action)
