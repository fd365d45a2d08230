"""Which environment a prompt is about."""

import re
from collections.abc import Iterable

from missions.connector import Connector
from missions.errors import PlanError
from missions.identities.spelling import environment_key, environment_names

_PRODUCTION = environment_key("production")
_BEFORE_PRODUCTION = frozenset(
    {"staging", "development", "test", "qa", "uat", "integration", "preprod", "pre-production", "sandbox"}
)
"""Environments without customers: a prompt that names none is not about them."""
_ORDINARY = frozenset({"stage", "dev", "development", "test", "testing"})
"""Names that are ordinary words, too: "the payment stage", "the dev team"."""


def in_one_environment(connectors: list[Connector], prompt: str) -> list[Connector]:
    """The connectors of the environment that the prompt names, else those of the one with customers.

    A rule for one environment could otherwise allow an action in another. Raises PlanError where several
    are left, or one is spelled in several ways, which rules tell apart.
    """
    spellings: dict[str, set[str]] = {}
    for connector in connectors:
        name = connector.config.environment
        spellings.setdefault(environment_key(name), set()).add(name)
    if len(spellings) > 1:
        named = {
            key for key, names in spellings.items() if _is_named(prompt, {*names, *environment_names(key)})
        }
        chosen = named or {_PRODUCTION} & spellings.keys() or spellings.keys() - _BEFORE_PRODUCTION
        spellings = {key: names for key, names in spellings.items() if not chosen or key in chosen}
    names = sorted(name for each in spellings.values() for name in each)
    if len(spellings) > 1:
        raise PlanError(
            "Name one environment in the prompt, or the address of a dashboard: "
            f"dashboards are registered of {' and '.join(names)}."
        )
    if len(names) > 1:
        raise PlanError(f"Ask an administrator to spell one environment in one way: {' and '.join(names)}.")
    return [connector for connector in connectors if connector.config.environment in names]


def _is_named(prompt: str, names: Iterable[str]) -> bool:
    text = " ".join(prompt.casefold().split())
    return any(re.search(_pattern(name.casefold()), text) for name in names)


def _pattern(name: str) -> str:
    """The name as whole words; one that is an ordinary word only where it is plainly an environment."""
    word = rf"(?<![\w-]){re.escape(name)}(?!\w)"
    if name not in _ORDINARY:
        return word
    return rf"\b(?:in|on) (?:the |our )?{word}(?! \w*team)|{word} (?:environment|env|cluster|system)\b"
