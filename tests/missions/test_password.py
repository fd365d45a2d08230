"""Weak passwords are refused before they are hashed."""

import pytest

from missions.password import why_weak


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "支" * 4 + "ополчение" + "!",
        "xK9#mQ2$vL7@",
        "\0 is a character too",
        "Tr0ub4dor and three more",
        "payments were slow on tuesday",
    ],
    ids=repr,
)
def test_au5_any_character_may_be_used(password: str) -> None:
    """A long enough password is accepted, whatever characters it consists of."""
    assert why_weak(password, "ada@shop.example", "Ada Approver") is None


@pytest.mark.parametrize(
    "password",
    [
        "",
        "elevenchars",
        "x" * 257,
        "aaaaaaaaaaaaa",
        "abababababababab",
        "012345678901",
        "qwertyuiopasdf",
        "password2026!",
        "PASSWORD-password",
        "P@$$w0rd12345",
        "letmein-letmein",
        "Summer2026!!!!",
        "changeme12345",
        "OpsAgentDesktop1",
        "ada.approver.2026",
        "ApproverAda1234!",
    ],
    ids=repr,
)
def test_au5_what_everybody_tries_first_is_refused(password: str) -> None:
    """Passwords that are short, too long, repetitive, sequential, common or the person's name are refused."""
    assert why_weak(password, "ada@shop.example", "Ada Approver") is not None
