"""E4.3: cluster, namespace and environment are part of an action, of its approval's hash and of its words."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import samples as sample

from missions.approval import ApprovalBinding, action_hash
from missions.proposal import Action, ActionPlace


def action(**changes: Any) -> Action:
    return sample.proposal().action.model_copy(update=changes)


def hash_of(bound: Action) -> str:
    return action_hash(
        ApprovalBinding(
            org=sample.ORG,
            mission=UUID(int=1),
            approval=UUID(int=2),
            requester=sample.REQUESTER,
            proposal=sample.proposal(action=bound),
            verdict=sample.verdict(),
            quorum=1,
            decide_by=sample.NOON,
            act_by=sample.NOON + timedelta(minutes=5),
            nonce="n",
        )
    )


@pytest.mark.parametrize(
    "changes", [{"cluster": "east"}, {"namespace": "магазин"}, {"cluster": "gke_shop_eu", "namespace": "b2b"}]
)
def test_e4_3_the_place_is_bound(changes: dict[str, str]) -> None:
    """Another place is another hash, and the place survives its JSON."""
    moved = action(**changes)
    assert hash_of(moved) != hash_of(action())
    assert Action.model_validate_json(moved.model_dump_json(by_alias=True)) == moved


def test_e4_3_an_action_without_a_place_is_that_of_an_earlier_version() -> None:
    """It decodes, and its JSON, and with it the hash of its approval, has nothing new."""
    old = {
        "kind": "rollback",
        "service": "payments",
        "environment": "demo",
        "actuator": "memory",
        "entry": "rollback",
        "params": {"revision": 1},
    }
    assert Action.model_validate(old).model_dump(mode="json", by_alias=True) == old


def test_e4_3_people_read_the_cluster() -> None:
    """In the words of the action, in the name that an approver types, and in the report's line."""
    moved = action(cluster="east", namespace="shop")
    assert moved.words == "rollback payments in cluster east (revision=1)"
    assert moved.target == "payments (cluster east)"
    assert moved.place.words == "environment demo, cluster east, namespace shop"
    assert (action().words, action().target) == ("rollback payments (revision=1)", "payments")


@pytest.mark.parametrize(
    ("place", "changes", "refused"),
    [
        (ActionPlace(cluster="east"), {"cluster": "east"}, False),
        (ActionPlace(cluster="east"), {"cluster": "west"}, True),
        (ActionPlace(), {"cluster": "west"}, True),
        (ActionPlace(namespace="shop"), {"namespace": "crm"}, True),
        (ActionPlace(environment="staging"), {"environment": "production"}, True),
        (ActionPlace(environment="prod"), {"environment": "production"}, False),
        (ActionPlace(cluster="east", namespace="shop"), {}, False),
    ],
)
def test_e4_3_an_actuator_refuses_other_places(
    place: ActionPlace, changes: dict[str, str], *, refused: bool
) -> None:
    """An action of an earlier version names no cluster and is carried out as before."""
    assert (place.refusal(action(**changes)) is not None) is refused


def test_e4_3_the_same_action_elsewhere_is_another_one() -> None:
    """What was tried in one cluster was not tried in the other; an earlier version tried it anywhere."""
    assert not action(cluster="east").resembles(action(cluster="west"))
    assert action(cluster="east").resembles(action())
