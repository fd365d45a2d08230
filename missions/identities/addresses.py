"""Names that say where a service is reached or which object runs it: URLs, DNS names, ports, `kind/name`."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from missions.identities.spelling import comparison_key


class ServiceAddress(NamedTuple):
    """What an address may be the address of. `domain` is what follows the name, "" if nothing does.

    `certain` says that the form itself names a service, whatever follows it.
    """

    name: str
    kind: str
    namespace: str = ""
    domain: str = ""
    certain: bool = True


_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://")
_ADDRESS = "an address"
_HERE = frozenset({"localhost", "localhost.localdomain", "host.docker.internal"})
_PORT_DIGITS = 5
_IP = re.compile(r"\[?[0-9a-f]*:[0-9a-f:.]+\]?|\d{1,3}(?:\.\d{1,3}){3}")
_NAME = re.compile(r"[^\s/:?#]+")
_OBJECT_KINDS = frozenset(
    f"{kind}{plural}"
    for kind in (
        *("deployment", "deploy", "statefulset", "sts", "daemonset", "ds", "replicaset", "rs", "rollout"),
        *("service", "svc", "pod", "job", "cronjob", "application", "app", "helmrelease", "kustomization"),
        *("release", "container", "task", "function", "deploymentconfig"),
    )
    for plural in ("", "s")
)
_PLACES = frozenset({"aws", "ecs", "lambda", "logs", "var", "log", "system.slice", "docker"})
_INTERNAL = frozenset(
    {"local", "internal", "lan", "localdomain", "intra", "corp", "cluster", "consul", "home", "mesh"}
)
_ENDINGS = frozenset(
    {"deployment", "deploy", "statefulset", "sts", "daemonset", "ds", "svc", "service", "headless", "rollout"}
    | {"pod", "pods"}
)
_LAST_WORDS = tuple(sorted(_ENDINGS))


def addresses_of(key: str) -> Iterator[ServiceAddress]:
    """Everything that the name may be the address of. `key` is a comparison key."""
    if not is_marked(key):
        return
    host = key
    if "|" in host:  # Envoy's outbound|80|subset|host
        host = host.rpartition("|")[2]
    if "://" in host and (match := _SCHEME.match(host)):
        host = re.split(r"[/?#]", host[match.end() :], maxsplit=1)[0].rpartition("@")[2]
    elif "/" in host:
        yield from _paths(host)
        return
    host, separator, port = host.partition(":") if host.count(":") == 1 else (host, "", "")
    if separator and not (port.isdecimal() and len(port) <= _PORT_DIGITS):
        return
    host = host.rstrip(".")
    if not host or ((":" in host or host[-1].isdecimal()) and _IP.fullmatch(host)):
        return
    if host != key:
        yield ServiceAddress(host, _ADDRESS)
    if "." in host:
        yield from _domains(host)


def host_of(address: str) -> str:
    """What a person would call the host of an address: "payments" of "payments.shop.svc:443".

    A host of the internet keeps its whole name. "" for an address of numbers, and for this machine's own.
    """
    key = comparison_key(address)
    addresses = tuple(addresses_of(key))
    inside = [each.name for each in addresses if each.certain and "." not in each.name]
    whole = [each.name for each in addresses if each.kind == _ADDRESS]
    plain = [key] if not is_marked(key) or (addresses and not whole) else []
    names = (*inside, *whole, *plain)
    return names[0] if names and names[0] not in _HERE else ""


def is_marked(key: str) -> bool:
    """Whether the name has a mark without which it is no address."""
    return "." in key or "/" in key or ":" in key or "|" in key


def ending_kind(key: str) -> tuple[str, str] | None:
    """The name without the kind of object at its end, and that kind: "billing", "deployment"; else None."""
    if not key.endswith(_LAST_WORDS):
        return None
    cut = max(key.rfind("-"), key.rfind("_"), key.rfind("."))
    return (key[:cut], key[cut + 1 :]) if cut > 0 and key[cut + 1 :] in _ENDINGS else None


def _paths(path: str) -> Iterator[ServiceAddress]:
    parts = [part for part in path.split("/") if part]
    if not parts or not _NAME.fullmatch(parts[-1]):
        return
    *before, name = parts
    kinds = [part for part in before if part.split(".")[0] in _OBJECT_KINDS]
    places = [part for part in before if part not in kinds and part not in _PLACES]
    kind = f"the {kinds[-1].split('.')[0]}" if kinds else "a path"
    yield ServiceAddress(name, kind, places[-1] if len(places) == 1 else "")


def _domains(host: str) -> Iterator[ServiceAddress]:
    labels = host.split(".")
    if "svc" in labels[2:4]:
        place = labels.index("svc", 2)
        kind = "a name in the cluster's DNS"
        for name in dict.fromkeys((labels[0], labels[place - 2])):
            yield ServiceAddress(name, kind, labels[place - 1])
    elif labels[1] == "service" and len(labels) > 2:  # noqa: PLR2004  name.service.consul
        yield ServiceAddress(labels[0], "a name in Consul's DNS")
    elif labels[-1] in _INTERNAL:
        namespace = labels[1] if len(labels) == 3 else ""  # noqa: PLR2004  name.namespace.internal
        yield ServiceAddress(labels[0], "a DNS name", namespace, ".".join(labels[1:]))
    elif not labels[-1].isdigit():
        yield ServiceAddress(labels[0], "a DNS name", "", ".".join(labels[1:]), certain=False)
