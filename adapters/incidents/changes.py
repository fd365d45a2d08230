"""Changes of our own lines, Kubernetes' events, and the histories of Argo CD, Flux and Helm.

The kind stays as the source names it: which kinds may be a cause is not decided here.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.incidents.file_report import FileTally
from adapters.incidents.json_values import items, mapping, path, text
from adapters.incidents.limits import MAX_CHANGES, MAX_TIME
from adapters.incidents.times import parsed_time
from missions.evidence import Change

_TIME = (
    "timestamp",
    "time",
    "at",
    "date",
    "ts",
    "deployedAt",
    "deployed_at",
    "created_at",
    "start",
    "startedAt",
)
_SERVICE = ("service", "app", "application", "component", "target", "name", "workload", "deployment")
_KIND = ("kind", "type", "event", "action", "category")
_DESCRIPTION = ("description", "message", "summary", "title", "note", "text", "reason")
_VERSION = ("version", "revision", "image", "tag", "commit", "sha")
_EVENT_TIME = ("lastTimestamp", "eventTime", "firstTimestamp", "deprecatedLastTimestamp")


def add_changes(
    changes: list[Change], read: Iterable[tuple[int, object, Change | None]], tally: FileTally, form: str
) -> None:
    """Adds what was read, (line, what it was read of, change), at most ten thousand in all."""
    tally.form = form
    for line, source, change in read:
        if change is None:
            tally.skip(line, text(source), "no time")
        elif len(changes) >= MAX_CHANGES:
            tally.skip(line, text(source), f"more than {MAX_CHANGES} changes")
        else:
            own_id = {"id": change.id or f"config/{len(changes)}"}
            changes.append(change.model_copy(update=own_id))
            tally.changes += 1
            tally.cover(change.at.timestamp())


def change_of(record: Mapping[str, Any]) -> Change | None:
    """The change of one of our own lines, also with usual other names of its fields; None without a time."""
    at = _moment(record, _TIME)
    if at is None:
        return None
    return Change(
        id=text(record.get("id")),
        at=at,
        service=_first(record, _SERVICE),
        kind=_first(record, _KIND),
        description=_first(record, _DESCRIPTION),
        version=_first(record, _VERSION) or None,
    )


def is_change(record: Mapping[str, Any]) -> bool:
    """Whether a record without hint by its file's name is a change: it has a kind, and no level."""
    return (
        bool({"kind", "version", "revision"} & record.keys())
        and not {"level", "severity", "msg"} & record.keys()
    )


def is_kubernetes_event(record: object) -> bool:
    """Whether this is an object of `kubectl get events -o json`."""
    fields = mapping(record)
    return "involvedObject" in fields or ("regarding" in fields and "reason" in fields)


def kubernetes_event(event: Mapping[str, Any]) -> Change | None:
    """An event as a change of the object that it is about; its kind is the event's reason."""
    at = _moment(event, _EVENT_TIME) or _moment(mapping(event.get("metadata")), ("creationTimestamp",))
    if at is None:
        return None
    about = mapping(event.get("involvedObject") or event.get("regarding"))
    name, namespace = text(about.get("name")), text(about.get("namespace"))
    return Change(
        id=text(path(event, "metadata", "uid")) or text(path(event, "metadata", "name")),
        at=at,
        service=name,
        kind=text(event.get("reason")),
        description=f"{text(about.get('kind'))} {namespace}/{name}: {_first(event, ('message', 'note'))}",
    )


def histories(document: object) -> Iterator[tuple[int, object, Change | None]] | None:
    """The changes of a document of Argo CD, Flux or Helm, or of a list of these; None for another form."""
    if isinstance(document, list) and document and all(_is_helm(entry) for entry in document):
        return ((0, entry, _helm(mapping(entry))) for entry in document)
    objects = items(path(document, "items")) or [document]
    if all(is_kubernetes_event(each) for each in objects):
        return ((0, each, kubernetes_event(mapping(each))) for each in objects)
    if objects and all(_has_history(each) for each in objects):
        return (change for each in objects for change in _history(mapping(each)))
    return None


def _is_helm(entry: object) -> bool:
    fields = mapping(entry)
    return "revision" in fields and "updated" in fields and "chart" in fields


def _helm(entry: Mapping[str, Any]) -> Change | None:
    at = _moment(entry, ("updated",))
    if at is None:
        return None
    chart, name = text(entry.get("chart")), text(entry.get("name"))
    return Change(
        id=f"helm/{name or chart}/{text(entry.get('revision'))}",
        at=at,
        service=name or chart.rpartition("-")[0] or chart,
        kind="helm-release",
        description=text(entry.get("description")) or text(entry.get("status")),
        version=text(entry.get("app_version")) or chart or None,
    )


def _has_history(each: object) -> bool:
    return isinstance(path(each, "status", "history"), list) and path(each, "metadata", "name") is not None


def _history(each: Mapping[str, Any]) -> Iterator[tuple[int, object, Change | None]]:
    """Argo CD's applications and Flux's releases both keep `status.history`."""
    name = text(path(each, "metadata", "name"))
    is_argo = text(each.get("kind")) == "Application" or "argoproj" in text(each.get("apiVersion"))
    for entry in items(path(each, "status", "history")):
        fields = mapping(entry)
        at = _moment(fields, ("deployedAt", "lastDeployed", "firstDeployed"))
        version = text(fields.get("revision") or fields.get("appVersion") or fields.get("chartVersion"))
        change = (
            None
            if at is None
            else Change(
                id=f"{name}/{text(fields.get('id') or fields.get('version')) or version}",
                at=at,
                service=name,
                kind="argocd-sync" if is_argo else "flux-release",
                description=f"{name} {version}"
                + (f", {text(fields['status'])}" if fields.get("status") else ""),
                version=version or None,
            )
        )
        yield 0, entry, change


def _moment(record: Mapping[str, Any], names: tuple[str, ...]) -> datetime | None:
    for name in names:
        at, _ = parsed_time(record.get(name))
        if 0 <= at <= MAX_TIME:
            return datetime.fromtimestamp(at, UTC)
    return None


def _first(record: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((value for name in names if (value := text(record.get(name)))), "")
