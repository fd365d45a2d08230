"""The actuators' file of a local stack: the demo shop only."""

import json
from dataclasses import dataclass
from pathlib import Path

from missions.catalog import remedies_of
from runtime.local.private_files import private_directory, write_private

SHOP = "shop"


@dataclass(frozen=True)
class ShopTarget:
    """The shop's address, and the secret that only it and the actions worker have."""

    url: str
    secret: str


def shop_actuators(folder: Path, target: ShopTarget, org: str) -> Path:
    """Writes the file and the secret beside it (mode 600), and returns the file's path. It serves `org`."""
    private_directory(folder)
    secret, file = folder / "secret", folder / "actuators.json"
    write_private(secret, target.secret)
    shop = {
        "type": "webhook",
        "organizations": [org],
        "url": target.url,
        "secretFile": str(secret),
        "idempotent": True,
    }
    catalog = [entry.model_dump(mode="json", by_alias=True) for entry in remedies_of(SHOP, org)]
    write_private(file, json.dumps({"actuators": {SHOP: shop}, "catalog": catalog}, indent=1))
    return file
