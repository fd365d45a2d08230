"""The lab as an outsider configures it for the product: actuators and catalog as in docs/actions.md."""

from typing import Any

from lab.operations.operations import BY_WEBHOOK, Operations
from lab.topology import PORTS, SLOTS
from missions.catalog import NOTHING, CatalogEntry, whole_number
from missions.plan import ActionKind
from missions.proposal import RiskLevel
from runtime.local.actuators import StackTargets

SSH, DEPLOYER = "operations", "deployer"
_TIMEOUT_S = 150
"""Several instances are replaced one after the other, and a bad one is awaited for 20 s."""
_ARGUMENTS = {ActionKind.SCALE: ["{replicas}"], ActionKind.ROLLBACK: ["{revision}"]}


def lab_targets(operations: Operations, org: str) -> StackTargets:
    """Services and infrastructure over SSH; the services that have a deployer by its webhook."""
    by_webhook = tuple(str(name) for name in operations.services if name in BY_WEBHOOK)
    over_ssh = tuple(str(name) for name in operations.services if name not in BY_WEBHOOK)
    infrastructure = tuple(str(name) for name in operations.infrastructure)
    actuators: dict[str, Any] = {}
    entries: list[CatalogEntry] = []
    if over_ssh or infrastructure:
        actuators[SSH] = _over_ssh(operations, org)
    if over_ssh:
        entries += _entries(SSH, org, over_ssh)
    if infrastructure:
        entries.append(_entry("restart-infrastructure", SSH, org, infrastructure))
    if by_webhook:
        actuators[DEPLOYER] = _by_webhook(operations, org)
        entries += _entries(DEPLOYER, org, by_webhook)
    return StackTargets(actuators, tuple(entries))


def _over_ssh(operations: Operations, org: str) -> dict[str, Any]:
    ssh = operations.ssh
    commands = {kind: ["ops", kind.value, "{service}", *_ARGUMENTS.get(kind, [])] for kind in ActionKind}
    return {
        "type": "ssh",
        "organizations": [org],
        "host": {
            "address": ssh.host,
            "port": ssh.port,
            "user": ssh.user,
            "keyFile": str(ssh.key),
            "knownHosts": str(ssh.known_hosts),
        },
        "commands": {
            "state": ["ops", "state", "{service}"],
            "fields": {
                "generation": "generation",
                "replicas": "replicas",
                "revision": "revision",
                "version": "version",
                "previousRevision": "previousRevision",
            },
            "actions": {kind: [*words, "--key", "{key}"] for kind, words in commands.items()},
            "rehearse": {kind: [*words, "--dry-run"] for kind, words in commands.items()},
            "idempotent": True,
        },
        "timeout": _TIMEOUT_S,
    }


def _by_webhook(operations: Operations, org: str) -> dict[str, Any]:
    return {
        "type": "webhook",
        "organizations": [org],
        "url": f"http://{operations.network.host('deployer')}:{PORTS['deployer']}",
        "secretFile": str(operations.secret_file),
        "idempotent": True,
        "timeout": _TIMEOUT_S,
    }


def _entries(actuator: str, org: str, services: tuple[str, ...]) -> list[CatalogEntry]:
    restart = _entry("restart", actuator, org, services)
    parameters = {
        ActionKind.SCALE: whole_number("replicas", 1, SLOTS),
        ActionKind.ROLLBACK: whole_number("revision", 1),
    }
    others = (
        restart.model_copy(update={"name": kind.value, "kind": kind, "params": params})
        for kind, params in parameters.items()
    )
    return [restart, *others]


def _entry(name: str, actuator: str, org: str, services: tuple[str, ...]) -> CatalogEntry:
    """A restart: of MEDIUM risk, so that one person decides."""
    return CatalogEntry(
        name=name,
        kind=ActionKind.RESTART,
        actuator=actuator,
        organizations=(org,),
        services=services,
        params=NOTHING,
        severity=RiskLevel.MEDIUM,
    )
