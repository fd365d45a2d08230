from typing import Any


def storable(value: Any) -> Any:  # noqa: ANN401  JSON
    """The JSON without NUL characters, which PostgreSQL cannot store but a page's text may contain."""
    match value:
        case str():
            return value.replace("\0", "\ufffd")
        case dict():
            return {storable(key): storable(content) for key, content in value.items()}
        case list():
            return [storable(content) for content in value]
        case _:
            return value
