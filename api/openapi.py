"""`python -m api.openapi`: the OpenAPI document, without a server or settings; `--digest` its SHA-256."""

import hashlib
import json
import sys

from api.application import create_app
from runtime.process_settings import ApiSettings


def settings_for_document() -> ApiSettings:
    """Settings with which an application can be made and described, but not started."""
    return ApiSettings.model_construct(
        docs=True, public_url="http://127.0.0.1", s3_public_endpoint=None, s3_endpoint="http://127.0.0.1"
    )


def document() -> str:
    """The document that `/openapi.json` would serve, as JSON with sorted keys."""
    return json.dumps(create_app(settings_for_document()).openapi(), indent=1, sort_keys=True)


def digest() -> str:
    """SHA-256 (hex) of the document: the console's client names the one that it was made from."""
    return hashlib.sha256(document().encode()).hexdigest()


if __name__ == "__main__":
    sys.stdout.write(digest() if "--digest" in sys.argv else document())
