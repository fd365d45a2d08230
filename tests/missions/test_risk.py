"""An unreadable risk is read as CRITICAL, and levels compare as numbers."""

from typing import Any

import pytest
import samples as sample
from hypothesis import given
from hypothesis import strategies as st

from missions.proposal import PolicyVerdict, RiskLevel, risk_of

NAMES = [level.name for level in RiskLevel]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def is_level(value: object) -> bool:
    if isinstance(value, str):
        return value.upper() in NAMES
    return type(value) is int and 1 <= value <= 4


@given(JSON)
def test_whatever_is_not_a_level_is_the_highest(value: Any) -> None:
    """A value that is no level is CRITICAL, both in risk_of and in the model's field."""
    if not is_level(value):
        assert risk_of(value) is RiskLevel.CRITICAL
    content = sample.verdict().model_dump(mode="json", by_alias=True) | {"risk": value}
    assert PolicyVerdict.model_validate(content).risk is risk_of(value)


@pytest.mark.parametrize("value", [True, 1.0, 0, 5, -1, "", "low ", "1", None, [], {"risk": "low"}])
def test_near_misses_are_the_highest(value: object) -> None:
    """A value that only resembles a level is CRITICAL, such as True, which equals 1."""
    assert risk_of(value) is RiskLevel.CRITICAL


@given(st.sampled_from(RiskLevel), st.booleans())
def test_names_and_numbers_are_read(level: RiskLevel, lower: bool) -> None:  # noqa: FBT001  Hypothesis passes it
    """A level is read from its number or from its name in either case, and is written as a name."""
    assert risk_of(level.name.lower() if lower else level.name) is level
    assert risk_of(level.value) is level
    assert risk_of(level) is level
    assert sample.verdict(risk=level).model_dump(mode="json")["risk"] == level.name


@given(st.sampled_from(RiskLevel), st.sampled_from(RiskLevel))
def test_levels_compare_as_numbers(level: RiskLevel, other: RiskLevel) -> None:
    """Levels compare as numbers; as strings CRITICAL would be the lowest."""
    assert (level < other) == (NAMES.index(level.name) < NAMES.index(other.name))
    assert max(RiskLevel) is RiskLevel.CRITICAL
