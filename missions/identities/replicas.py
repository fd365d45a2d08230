"""Names that orchestrators make for the replicas of a service: pods, tasks, containers, units.

A form only says what a name may be. Whether it is one is decided by what else is known.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


class FormCertainty(StrEnum):
    """How much a form alone says.

    `STRONG` names are made by machines. A person can have chosen an `ORDINAL`, which also counts shards, or
    a `WEAK` name, which is one of several or none.
    """

    STRONG = "strong"
    ORDINAL = "ordinal"
    WEAK = "weak"


class ReplicaForm(NamedTuple):
    """What a name may be, and the name of what it would be a replica of."""

    stem: str
    kind: str
    certainty: FormCertainty


_RANDOM = "bcdfghjklmnpqrstvwxz2456789"  # Kubernetes' alphabet: no vowels, and no digits that look like them
_LONG_HASH = 9  # letters of a usual hash
_SUFFIX = 5  # characters at the end of a pod's name
_HASH = re.compile(rf"[{_RANDOM}]{{6,10}}|[0-9a-f]{{6,10}}")
_TEMPLATE = re.compile(r"(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,10}")
_HASH_LENGTHS = range(8, 11)
_MOMENT = re.compile(r"[23]\d{7}|[12]\d{9}")  # minutes, in older versions seconds, since 1970
_WORD = re.compile(r"[0-9a-z]{5}")
_RANDOM_WORD = re.compile(rf"[{_RANDOM}]{{5}}")
_REVISION = re.compile(r"\d{1,4}")
_ORDINAL = re.compile(r"0|[1-9]\d{0,3}")
_NOMAD = re.compile(r"(.+)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SWARM = re.compile(r"(.+)\.\d+\.[0-9a-z]{25}")
_ECS = re.compile(r"ecs-(.+)-\d+-(.+)-[0-9a-f]{12,}")
_KNATIVE = re.compile(r"(.+)-\d{5}-deployment")
_UNITS = (".service", ".scope")
_UNIT = re.compile(r"(?:.*/)?([^/@]+)(?:@[^/]*)?\.(?:service|scope)")
_NODE = re.compile(r"([^@\s]+)@[^@\s]+")
_TECHNICAL = frozenset({"mssql", "pgsql", "https", "http2", "grpcs", "mtls2", "xmlrp", "kvrpc", "dmz42"})
"""Words that Kubernetes' alphabet can spell."""

_ENDINGS = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")


def replica_forms(key: str) -> tuple[ReplicaForm, ...]:
    """Everything that the name may be a replica of, the most specific first. `key` is a comparison key."""
    if not key or key[-1] not in _ENDINGS:
        return ()
    forms: tuple[ReplicaForm, ...] = ()
    if "-" in key:
        forms = _kubernetes(key)
        if key[-13:-12] == "-" or key.startswith("ecs-"):
            forms += tuple(_schedulers(key))
    if key[-26:-25] == "." or "@" in key or key.endswith(_UNITS):
        forms += tuple(_processes(key))
    if key[-1].isdigit():
        cut = max(key.rfind("-"), key.rfind("_"), key.rfind("."))
        if cut > 0 and _ORDINAL.fullmatch(key, cut + 1):
            forms += (ReplicaForm(key[:cut], "a numbered replica", FormCertainty.ORDINAL),)
    return forms


@lru_cache(maxsize=2**14)
def _certain(stem: str, kind: str) -> tuple[ReplicaForm]:
    """The one form of all the replicas of a stem: there may be thousands."""
    return (ReplicaForm(stem, kind, FormCertainty.STRONG),)


def _kubernetes(key: str) -> tuple[ReplicaForm, ...]:
    parts = key.rsplit("-", 2)
    stem, middle, last = parts if len(parts) > 2 else ("", *parts)  # noqa: PLR2004  two of them are cut off
    if len(last) != _SUFFIX:
        owner = f"{stem}-{middle}" if stem else middle
        if len(last) not in _HASH_LENGTHS:
            return ()
        if _MOMENT.fullmatch(last):
            return _certain(owner, "a Job of a CronJob")
        return _certain(owner, "a ReplicaSet of a Deployment") if _TEMPLATE.fullmatch(last) else ()
    if stem and _HASH.fullmatch(middle) and _WORD.fullmatch(last):
        if _MOMENT.fullmatch(middle):
            return _certain(stem, "a pod of a CronJob")
        if len(middle) >= _LONG_HASH or not middle.isalpha():  # a word that the alphabet can spell is none
            revision = _KNATIVE.fullmatch(stem) if stem.endswith("-deployment") else None
            return _certain(revision[1] if revision else stem, "a pod of a Deployment")
    if not _RANDOM_WORD.fullmatch(last) or last in _TECHNICAL:
        return ()
    owner = f"{stem}-{middle}" if stem else middle
    if last.isalpha() or last.isdigit():
        return (ReplicaForm(owner, "a pod of a DaemonSet or a Job", FormCertainty.WEAK),)
    forms = _certain(owner, "a pod of a DaemonSet or a Job")
    if stem and _REVISION.fullmatch(middle):
        return (*_certain(stem, "a pod of a DeploymentConfig"), *forms)
    return forms


def _schedulers(key: str) -> Iterator[ReplicaForm]:
    if match := _NOMAD.fullmatch(key):
        yield ReplicaForm(match[1], "an allocation in Nomad", FormCertainty.STRONG)
    if match := _ECS.fullmatch(key):
        yield ReplicaForm(match[2], "a container of an ECS task", FormCertainty.STRONG)
        yield ReplicaForm(match[1], "a container of an ECS task", FormCertainty.STRONG)


def _processes(key: str) -> Iterator[ReplicaForm]:
    if match := _SWARM.fullmatch(key):
        yield ReplicaForm(match[1], "a task of a Swarm service", FormCertainty.STRONG)
    if key.endswith(_UNITS) and (match := _UNIT.fullmatch(key)):
        yield ReplicaForm(match[1], "a systemd unit", FormCertainty.STRONG)
    elif "@" in key and (match := _NODE.fullmatch(key)):
        yield ReplicaForm(match[1], "a node at a host", FormCertainty.STRONG)
