"""An approval's hash depends on every field that it covers."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import samples as sample
from hypothesis import given, settings
from hypothesis import strategies as st

from missions.approval import ApprovalBinding, action_hash, approval_id, quorum_for
from missions.participant import Participant, ParticipantRole
from missions.plan import ActionKind
from missions.proposal import Alternative, Difference, Impact, RiskLevel

PARAMS = st.dictionaries(
    st.text(min_size=1, max_size=8),
    st.booleans() | st.integers(-9, 9) | st.text(max_size=8) | st.none(),
    max_size=6,
)
BOUND = ApprovalBinding(
    org=sample.ORG,
    mission=UUID(int=1),
    approval=UUID(int=2),
    requester=sample.REQUESTER,
    participants=(Participant(person=sample.REQUESTER, name="Olga", role=ParticipantRole.STEERED),),
    proposal=sample.proposal(
        alternatives=(
            Alternative(action=sample.proposal().action, words="or so", reason="because", confidence=0.4),
        ),
        undo=sample.proposal().action,
        undoes=UUID(int=3),
        changed=(Difference(field="replicas", now=1, proposed=2),),
        impact=Impact(service="payments", replicas=2, requests_per_second=3.5, dependents=("web",)),
    ),
    verdict=sample.verdict().model_copy(update={"approval_token": "t", "group": "g"}),
    quorum=1,
    decide_by=sample.NOON,
    act_by=sample.NOON + timedelta(minutes=5),
    nonce="n",
)
HASH_OF_EARLIER_VERSION = "91b0a5d66111af9437eab1b526618c48b365a40f4f262185202d81c460714eca"
"""The hash of BOUND by the version that did not bind participants."""
Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> list[Path]:
    """The paths of all plain values."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, (*path, key))]
    if isinstance(value, list):
        return [leaf for index, inner in enumerate(value) for leaf in leaves(inner, (*path, index))]
    return [path]


def changed(value: Any) -> Any:
    """A different value that is valid for the same field."""
    match value:
        case int() | float():
            return value + 1
        case "MEDIUM" | "LOW":
            return "HIGH"
        case "review":
            return "allow"
        case "steered":
            return "holds-key"
        case "rollback":
            return "scale"
        case str() if value.endswith("Z"):
            return (datetime.fromisoformat(value) + timedelta(microseconds=1)).isoformat()
        case str() if len(value) == 36 and value.count("-") == 4:
            return str(uuid5(UUID(value), "other"))
        case str():
            return value + "!"
        case _:
            raise AssertionError(value)


LEAVES = leaves(BOUND.model_dump(mode="json", by_alias=True))


def test_the_leaves_are_all_there() -> None:
    """LEAVES has all top-level fields and the deepest ones, so the property below covers every field."""
    tops = {path[0] for path in LEAVES}
    assert tops == set(BOUND.model_dump(by_alias=True))
    assert ("proposal", "action", "params", "revision") in LEAVES
    assert ("proposal", "preState", "generation") in LEAVES


@given(st.sets(st.sampled_from(LEAVES), min_size=1))
@settings(deadline=None)
def test_whatever_changes_changes_the_hash(paths: set[Path]) -> None:
    """Changing any fields, in any number, changes the hash."""
    content = BOUND.model_dump(mode="json", by_alias=True)
    for path in paths:
        place: Any = content
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = changed(place[path[-1]])
    other = ApprovalBinding.model_validate(content)
    assert other != BOUND
    assert action_hash(other) != action_hash(BOUND)


@given(st.data(), PARAMS)
@settings(deadline=None)
def test_the_order_of_keys_is_irrelevant(data: st.DataObject, params: dict[str, Any]) -> None:
    """The order of keys, which JSONB does not keep, does not change the hash; an additional value does."""
    shuffled = dict(data.draw(st.permutations(list(params.items()))))
    assert action_hash(with_params(shuffled)) == action_hash(with_params(params))
    assert action_hash(with_params(params | {"one more": 1})) != action_hash(with_params(params))


@given(PARAMS, PARAMS)
@settings(deadline=None)
def test_two_contents_have_two_hashes(content: dict[str, Any], other: dict[str, Any]) -> None:
    """Hashes are equal exactly if the JSON is: True, 1 and "1" differ, and so do a missing key and null."""
    same = json.dumps(content, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (action_hash(with_params(content)) == action_hash(with_params(other))) == same


def test_ap12_an_approval_of_an_earlier_version_keeps_its_hash() -> None:
    """Without stored participants the hash is that of the earlier version; with an empty list it is not."""
    earlier = BOUND.model_copy(update={"participants": None})
    assert action_hash(earlier) == HASH_OF_EARLIER_VERSION
    assert action_hash(BOUND.model_copy(update={"participants": ()})) != HASH_OF_EARLIER_VERSION


def test_it_survives_the_wire() -> None:
    """The hash has 64 hexadecimal digits and is the same after a round trip through JSON."""
    again = ApprovalBinding.model_validate_json(BOUND.model_dump_json(by_alias=True))
    assert action_hash(again) == action_hash(BOUND)
    assert len(bytes.fromhex(action_hash(BOUND))) == 32


def test_an_approval_is_named_by_its_content() -> None:
    """An approval's id depends on mission, action and target state, so a retry gets the same id."""
    mission = uuid4()
    first = approval_id(mission, sample.proposal())
    assert approval_id(mission, sample.proposal()) == first
    assert approval_id(uuid4(), sample.proposal()) != first
    assert approval_id(mission, sample.proposal(pre_state=sample.state(generation=4))) != first
    other = sample.proposal().action.model_copy(update={"kind": ActionKind.RESTART})
    assert approval_id(mission, sample.proposal(action=other)) != first
    assert len({approval_id(mission, sample.proposal(), earlier) for earlier in range(4)}) == 4
    assert approval_id(mission, sample.proposal(), 0) == first


def test_high_risk_needs_two() -> None:
    """LOW and MEDIUM risks need one approver, HIGH and CRITICAL risks need two."""
    assert [quorum_for(risk) for risk in RiskLevel] == [1, 1, 2, 2]


def with_params(params: dict[str, Any]) -> ApprovalBinding:
    action = BOUND.proposal.action.model_copy(update={"params": params})
    return BOUND.model_copy(update={"proposal": BOUND.proposal.model_copy(update={"action": action})})
