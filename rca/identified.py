"""Adds to a diagnosis what is known about the identity of the services that it names."""

from missions.diagnosis import Diagnosis
from missions.evidence import Change, LogLine
from missions.identities.table import IdentityTable
from missions.plain import plain
from rca.telemetry import Telemetry

_MAX_AMBIGUOUS = 5
_MAX_NAMES = 20


def identified(diagnosis: Diagnosis, telemetry: Telemetry) -> Diagnosis:
    """The diagnosis with the identity of each candidate, and with the names whose owner is not certain."""
    table = telemetry.identities
    if table is None:
        return diagnosis
    candidates = tuple(
        candidate.model_copy(update={"identity": table.identities.get(candidate.service)})
        for candidate in diagnosis.root_cause_candidates
    )
    services = {candidate.identity.service for candidate in candidates if candidate.identity is not None}
    merges = tuple(merge for merge in table.merges if merge.service in services)
    missing = (*diagnosis.missing_evidence, *_ambiguous(table, (*telemetry.logs, *telemetry.changes)))
    return diagnosis.model_copy(
        update={
            "root_cause_candidates": candidates,
            "merged_names": merges[:_MAX_NAMES],
            "missing_evidence": tuple(dict.fromkeys(missing)),
        }
    )


def _ambiguous(table: IdentityTable, items: tuple[LogLine | Change, ...]) -> tuple[str, ...]:
    """What logs and changes do not say: to which of several services they belong."""
    named = {item.service for item in items}
    return tuple(
        f"whether {plain(name.name)} is {' or '.join(map(plain, name.services))}"
        for name in table.ambiguous
        if name.name in named
    )[:_MAX_AMBIGUOUS]
