"""Whether an actuator reaches the service that a diagnosis names, where that service runs."""

from missions.diagnosis import Candidate, Diagnosis
from missions.identities.entities import ScopeKind, ServiceIdentity
from missions.identities.spelling import comparison_key, environment_key
from missions.plan import Plan
from missions.proposal import Action, ActionPlace


def identity_of(candidate: Candidate) -> ServiceIdentity:
    """The candidate's identity; an engine that knows none names a service only."""
    return candidate.identity or ServiceIdentity(service=candidate.service)


def action_place(actuator: ActionPlace, plan: Plan) -> ActionPlace:
    """Where an action of the plan by this actuator happens: cluster and namespace are the actuator's own."""
    return actuator.model_copy(update={"environment": plan.environment})


def reaches(actuator: ActionPlace, identity: ServiceIdentity, plan: Plan) -> bool:
    """Whether an action by this actuator would be one on this service, not on another of its name.

    Labels only exclude places: what an action may do depends on the configured place. A place that tells two
    services apart, and a cluster that the dashboards have, must be the actuator's; what else the labels say
    must not contradict it.
    """
    if actuator.environment and environment_key(actuator.environment) != environment_key(plan.environment):
        return False
    if ScopeKind.ENVIRONMENT in identity.distinguished_by and (
        environment_key(identity.environment) != environment_key(plan.environment)
    ):
        return False
    cluster = identity.cluster or plan.cluster
    must_match = ScopeKind.CLUSTER in identity.distinguished_by or bool(plan.cluster)
    if (must_match or (cluster and actuator.cluster)) and not _is_same(cluster, actuator.cluster):
        return False
    apart = ScopeKind.NAMESPACE in identity.distinguished_by
    return not apart or _is_same(identity.namespace, actuator.namespace)


def name_in_diagnosis(action: Action, diagnosis: Diagnosis) -> str:
    """The name under which the diagnosis shows what the action acts on."""
    for candidate in diagnosis.root_cause_candidates:
        identity = identity_of(candidate)
        same_cluster = (
            not action.cluster or not identity.cluster or _is_same(action.cluster, identity.cluster)
        )
        if identity.service == action.service and same_cluster:
            return candidate.service
    return action.service


def _is_same(first: str, second: str) -> bool:
    return bool(first) and comparison_key(first) == comparison_key(second)
