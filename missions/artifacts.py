"""Where an artifact is stored follows from its organization, its kind and its content, and from nothing else.

A reference comes from the process that stored the object, and that may be a hijacked browser worker. So a
reference is checked where it is recorded, and again wherever an object is read or a link to it is signed.
"""

from typing import NamedTuple

from missions.errors import InvalidError
from missions.evidence import ArtifactRef

MAX_BYTES = 100_000_000
"""The largest object."""

_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})  # an SVG is a document with scripts
_EXTENSIONS = {
    "application/json": "json",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "text/html": "html",
    "text/markdown": "md",
}


class _Place(NamedTuple):
    prefix: str
    content_types: frozenset[str]


_KINDS = {
    "screenshot": _Place("evidence", _PICTURES),
    "panel": _Place("evidence", _PICTURES),
    "highlight": _Place("evidence", _PICTURES),
    "numbers": _Place("evidence", frozenset({"application/json"})),
    "trace": _Place("evidence", frozenset({"application/zip"})),
    "video": _Place("videos", frozenset({"image/webp"})),
    "report": _Place("reports", frozenset({"text/html"})),
    "report-markdown": _Place("reports", frozenset({"text/markdown"})),
    "report-pdf": _Place("prints", frozenset({"application/pdf"})),
}


def is_picture(content_type: str) -> bool:
    """Whether browsers may show it in place."""
    return content_type in _PICTURES


def artifact_key(org: str, kind: str, sha256: str, content_type: str) -> str:
    """The key of an object: `<prefix>/<org>/<first two hex digits>/<sha256>.<extension>`.

    Raises InvalidError for an unknown kind, or for a content type that this kind does not have.
    """
    place = _KINDS.get(kind)
    if place is None or content_type not in place.content_types:
        raise InvalidError(f"There is no artifact of kind {kind[:50]!r} and type {content_type[:50]!r}.")
    return f"{place.prefix}/{org}/{sha256[:2]}/{sha256}.{_EXTENSIONS[content_type]}"


def require_artifact(org: str, ref: ArtifactRef, kind: str | None = None) -> None:
    """Raises InvalidError unless this is the reference of an object of the organization, and of this kind.

    The key must be the one that the content's hash and the kind give in this organization.
    """
    key = artifact_key(org, ref.kind, ref.sha256, ref.content_type)
    if kind not in (None, ref.kind):
        raise InvalidError(f"An artifact of kind {ref.kind!r} is not expected here.")
    if not 0 <= ref.size <= MAX_BYTES:
        raise InvalidError(f"An artifact has at most {MAX_BYTES} bytes.")
    if not _is_sha256(ref.sha256) or ref.key != key:
        raise InvalidError("The artifact's key is not one of this organization and content.")


def _is_sha256(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")  # noqa: PLR2004  hex digits
