"""The shop verifies signatures as Standard Webhooks defines them, with the published example."""

import base64

import pytest

from adapters.actions.signing import signature
from demo.shop.signatures import TOLERANCE_SECONDS, SignatureError, verify

SECRET = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
NOW = 1614265330
BODY = b'{"test": 2432232314}'
EXAMPLE = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(NOW),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_the_published_example_is_accepted_and_our_sender_makes_it() -> None:
    """The example is accepted within the tolerance and beside other signatures; our sender produces it."""
    verify(SECRET, EXAMPLE, BODY, NOW)
    verify(SECRET, EXAMPLE, BODY, NOW - TOLERANCE_SECONDS)
    several = f"v1,AAAA v1a,xyz {EXAMPLE['webhook-signature']}"
    verify(SECRET, EXAMPLE | {"webhook-signature": several}, BODY, NOW)
    ours = signature(SECRET, EXAMPLE["webhook-id"], NOW, "POST", "/actions", BODY)
    assert ours == EXAMPLE["webhook-signature"]


def test_a_call_without_a_body_signs_its_method_and_path() -> None:
    """The signature of a call without a body covers method and path, so it is valid for one path only."""
    get = EXAMPLE | {"webhook-signature": signature(SECRET, EXAMPLE["webhook-id"], NOW, "GET", "/a", b"")}
    verify(SECRET, get, b"GET /a", NOW)
    with pytest.raises(SignatureError):
        verify(SECRET, get, b"GET /b", NOW)


@pytest.mark.parametrize(
    ("change", "body", "now"),
    [
        ({"webhook-signature": ""}, BODY, NOW),
        ({"webhook-signature": "v1,not base64"}, BODY, NOW),
        ({"webhook-signature": "v1,"}, BODY, NOW),
        ({"webhook-signature": EXAMPLE["webhook-signature"].removeprefix("v1,")}, BODY, NOW),
        ({"webhook-id": "another"}, BODY, NOW),
        ({"webhook-id": ""}, BODY, NOW),
        ({"webhook-id": "no utf-8: \udce9"}, BODY, NOW),
        ({"webhook-timestamp": "soon"}, BODY, NOW),
        ({"webhook-timestamp": "9" * 5000}, BODY, NOW),
        ({"webhook-timestamp": str(NOW + 1)}, BODY, NOW),
        ({}, b'{"test": 1}', NOW),
        ({}, BODY, NOW + TOLERANCE_SECONDS + 1),
        ({}, BODY, NOW - TOLERANCE_SECONDS - 1),
    ],
)
def test_whatever_was_changed_or_is_old_is_refused(change: dict[str, str], body: bytes, now: float) -> None:
    """A call is refused if its id, time, content or signature was changed, or if it is too old."""
    with pytest.raises(SignatureError):
        verify(SECRET, EXAMPLE | change, body, now)
