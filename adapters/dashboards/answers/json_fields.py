"""Fields of loosely typed JSON."""

import json
from typing import Any


def json_text(value: object) -> str:
    """A field's value as text: a string as it is, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def json_object(text: str) -> dict[str, Any]:
    """The JSON object that the text is; {} for every other text."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
