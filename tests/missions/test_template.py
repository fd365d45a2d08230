import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from missions.errors import InvalidError
from missions.template import PROMPT, Draft


def draft(prompt: str, **changes: object) -> Draft:
    return Draft.model_validate({"name": "slow", "promptTemplate": prompt} | changes)


def test_each_place_is_filled_in_and_named_once() -> None:
    template = draft("{{service}} is slow in {{ zone }}; look at {{service}}.")
    assert template.variables == ("service", "zone")
    filled = template.prompt_for({"service": "checkout", "zone": " eu-1 "})
    assert filled == "checkout is slow in eu-1; look at checkout."


@given(st.text(min_size=1, max_size=200).filter(str.strip))
def test_what_is_filled_in_stays_text(value: str) -> None:
    """A value that looks like a placeholder, an escape or a group reference is inserted as text."""
    assert draft("It began at: {{what}}").prompt_for({"what": value}) == f"It began at: {value.strip()}"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "needs service, zone"),
        ({"service": "a", "zone": " "}, "needs zone"),
        ({"service": "a", "zone": "b", "extra": "c"}, "does not know extra"),
        ({"service": "a" * 4000, "zone": "b" * 1000}, "would have 5013 characters"),
    ],
)
def test_values_that_do_not_fit(values: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidError, match=message):
        draft("{{service}} is slow in {{zone}}.").prompt_for(values)


def test_one_that_is_switched_off_starts_nothing() -> None:
    with pytest.raises(InvalidError, match="switched off"):
        draft("Everything is slow.", isActive=False).prompt_for({})


@pytest.mark.parametrize(
    "prompt", ["{{a b}} is slow", "{{ is slow", "a}} is slow today", "{{1}} is slow", "x" * 9]
)
def test_what_is_no_template(prompt: str) -> None:
    with pytest.raises(ValidationError):
        draft(prompt)


def test_a_prompt_has_the_length_that_missions_ask_for() -> None:
    assert PROMPT == (10, 5000)
