"""Basket tokens: what storefront signed for a customer, with a time limit."""

import base64
import binascii
import hashlib
import hmac
import json
import os
import time

KEY = os.environ["BASKET_KEY"].encode()
TOLERATED_SKEW_SECONDS = 5


class BasketError(Exception):
    """The token is not signed by storefront, or its time is over."""


def read_basket(token: str) -> dict:
    """{id, seat, concert, cents, customer, issued, expires} of a token, times in seconds. BasketError."""
    payload, _, signature = token.partition(".")
    expected = hmac.new(KEY, payload.encode(), hashlib.sha256).digest()
    try:
        valid = hmac.compare_digest(base64.urlsafe_b64decode(signature + "=="), expected)
    except (ValueError, binascii.Error):
        valid = False
    if not valid:
        raise BasketError("basket token has a wrong signature")
    basket = json.loads(base64.urlsafe_b64decode(payload + "=="))
    now = time.time()
    if basket["expires"] < now:
        raise BasketError(f"basket token expired {now - basket['expires']:.0f} s ago")
    if basket["issued"] > now + TOLERATED_SKEW_SECONDS:
        raise BasketError(f"basket token was issued {basket['issued'] - now:.0f} s in the future")
    return basket
