import json


def json_text(value: object) -> str:
    """A field's value as text: words as they are, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
