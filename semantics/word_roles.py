"""Which role words have.

Each rule answers, says that the words mean nothing certain, or leaves the answer to the next rule.
"""

from collections.abc import Callable

from missions.measurement import MeasuredRole
from semantics import request_words, resource_words
from semantics.name_words import UNCERTAIN, Answer, Words
from semantics.vocabulary import PHYSICAL, SETTING


def role_of_words(words: Words) -> Answer:
    """The role that the words have, and whether lower values are worse."""
    for rule in _RULES:
        if answer := rule(words):
            return answer
    return UNCERTAIN


def _known_other(words: Words) -> Answer | None:
    """Measures that everybody knows and that are neither load, failure, wait nor resource."""
    if words.has("garbage"):
        pause = words.has("pause", "pauses", "duration") and not words.counter and not words.has("count")
        return (MeasuredRole.LATENCY, False) if pause else (MeasuredRole.OTHER, False)
    if words.present & PHYSICAL or words.unit in PHYSICAL:
        strange = words.has("latency", "duration", "requests", "errors")
        return UNCERTAIN if strange else (MeasuredRole.OTHER, False)
    if words.has("requests", "errors"):
        return None
    if words.has("cache") and (words.has("hits", "hit", "misses", "miss", "evictions", "evicted")):
        return MeasuredRole.OTHER, not words.has(
            "misses", "miss", "evictions", "evicted"
        ) and not words.counter
    expires = words.has("expiry", "expires", "expiration", "expire")
    if (
        words.has("timestamp", "uptime")
        or words.last == "info"
        or (expires and words.has("cert", "ssl", "tls"))
    ):
        return MeasuredRole.OTHER, expires and not words.has("timestamp")
    return UNCERTAIN if words.has("cache", "evictions", "evicted", "build") else None


def _setting(words: Words) -> Answer | None:
    return UNCERTAIN if words.present & SETTING and not words.counter else None


def _restarts(words: Words) -> Answer | None:
    counted = words.counter or words.last in {"restarts", "oom", "count"} or words.follows({"oom"}, "kills")
    return (MeasuredRole.RESTARTS, False) if words.has("restarts", "oom") and counted else None


def _health(words: Words) -> Answer | None:
    if words.last in {"up", "alive", "healthy", "health", "reachable"} and words.unit == "":
        return MeasuredRole.UP, True
    return None


_RULES: tuple[Callable[[Words], Answer | None], ...] = (
    _setting,
    _known_other,
    _restarts,
    request_words.failures,
    request_words.successes,
    request_words.waits,
    resource_words.shares,
    resource_words.pools,
    resource_words.resources,
    resource_words.queues,
    resource_words.held,
    _health,
    resource_words.sizes,
    request_words.events,
    request_words.percentiles,
)
