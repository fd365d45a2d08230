"""When two spellings are one name."""

import unicodedata
from collections.abc import Mapping

_ENVIRONMENTS = {
    "prod": "production",
    "prd": "production",
    "stg": "staging",
    "stage": "staging",
    "dev": "development",
    "testing": "test",
}


def normal(name: str) -> str:
    """The name as it is shown: composed (NFC), without spaces around it."""
    return name.strip() if name.isascii() else unicodedata.normalize("NFC", name).strip()


def comparison_key(name: str) -> str:
    """Equal for spellings that differ in Unicode's normal form or in case only. Never shown."""
    if name.isascii():
        return name.strip().lower()
    folded = unicodedata.normalize("NFC", name).strip().casefold()
    return unicodedata.normalize("NFC", folded)


def environment_key(name: str) -> str:
    """Equal for the usual abbreviations of one environment: "prod" and "production"."""
    key = comparison_key(name)
    return _ENVIRONMENTS.get(key, key)


def environment_names(key: str) -> frozenset[str]:
    """The usual names of the environment with this key."""
    return frozenset({key, *(name for name, named in _ENVIRONMENTS.items() if named == key)})


def preferred(spellings: Mapping[str, int]) -> str:
    """The most frequent spelling; of several the first in the alphabet."""
    return min(spellings, key=lambda spelling: (-spellings[spelling], spelling))
