"""The actuators' file of a stack on this machine: the demo shop, and nothing else."""

import json
from dataclasses import dataclass
from pathlib import Path

from missions.catalog import remedies_of
from runtime.local.private_files import private_directory, write_private

SHOP = "shop"


@dataclass(frozen=True)
class ShopTarget:
    """What the actions worker may change, and the secret that only it gets."""

    url: str
    token: str


def shop_actuators(folder: Path, target: ShopTarget) -> Path:
    """Writes it and the token beside it (mode 600), and gives its path."""
    private_directory(folder)
    token, file = folder / "token", folder / "actuators.json"
    write_private(token, target.token)
    shop = {"type": "shop", "url": target.url, "tokenFile": str(token)}
    catalog = [entry.model_dump(mode="json", by_alias=True) for entry in remedies_of(SHOP)]
    write_private(file, json.dumps({"actuators": {SHOP: shop}, "catalog": catalog}, indent=1))
    return file
