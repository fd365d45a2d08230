from pathlib import Path

from missions.catalog import remedies_of
from runtime.local.actuators import StackTargets

SHOP = "shop"


def shop_targets(url: str, secret_file: Path, org: str) -> StackTargets:
    """The demo's shop as the only target: restart, scale and rollback of each service, for `org`."""
    shop = {
        "type": "webhook",
        "organizations": [org],
        "url": url,
        "secretFile": str(secret_file),
        "idempotent": True,
    }
    return StackTargets({SHOP: shop}, remedies_of(SHOP, org))
