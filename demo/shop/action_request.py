import json
from dataclasses import dataclass
from typing import Any, Final, Self

LEAST_REPLICAS: Final = 1
MOST_REPLICAS: Final = 5
LONGEST_KEY: Final = 200
FIELDS: Final = frozenset({"key", "kind", "service", "environment", "params", "dryRun"})
PARAMETER: Final = {"restart": None, "scale": "replicas", "rollback": "revision"}
"""The one parameter of each kind of action."""


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """The body of `POST /actions`; `value` is the parameter, 0 for a restart, which has none."""

    key: str
    kind: str
    service: str
    value: int
    dry_run: bool

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """Reads a body. ValueError with one sentence where it is not what the contract says."""
        try:
            content = json.loads(body)
        except ValueError as error:
            raise ValueError("The body is not JSON.") from error
        if not isinstance(content, dict) or set(content) != FIELDS:
            raise ValueError(f"The body has the fields {', '.join(sorted(FIELDS))}.")
        kind, service, dry_run = content["kind"], content["service"], content["dryRun"]
        if not isinstance(kind, str) or kind not in PARAMETER:
            raise ValueError(f"kind is one of {', '.join(PARAMETER)}.")
        if not isinstance(service, str) or not isinstance(dry_run, bool):
            raise ValueError("service is a text, and dryRun true or false.")  # noqa: TRY004  the caller answers ValueError only
        key = "" if dry_run else content["key"]
        if not dry_run and not (isinstance(key, str) and 0 < len(key) <= LONGEST_KEY):
            raise ValueError(f"key is a text of 1 to {LONGEST_KEY} characters.")
        return cls(key, kind, service, _value(kind, content["params"]), dry_run)


def _value(kind: str, params: Any) -> int:  # noqa: ANN401  any JSON
    name = PARAMETER[kind]
    if not isinstance(params, dict) or set(params) != ({name} if name else set()):
        raise ValueError(f'params has the one field "{name}".' if name else "params is {}.")
    if name is None:
        return 0
    value = params[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name} is not a whole number.")  # noqa: TRY004  as above
    if kind == "scale" and not LEAST_REPLICAS <= value <= MOST_REPLICAS:
        raise ValueError(f"replicas is {LEAST_REPLICAS} to {MOST_REPLICAS}.")
    return value
