"""The local stack lists its own servers for the browser worker and the API."""

import json
from pathlib import Path

from demo.targets import shop_targets
from runtime.local.servers import Addresses
from runtime.local.stack import LocalStack


def test_br10_the_local_stack_lists_its_servers(tmp_path: Path, chromium: Path) -> None:
    """Both processes get the ports of the servers and the API, not the shop's; browsers get loopback."""
    stack = LocalStack(tmp_path, lambda _: None, chromium)
    try:
        shop = stack.ports.reserve("shop")
        addresses = Addresses(
            database_url="postgresql+psycopg://ops@127.0.0.1:1/ops",
            redis_urls=dict.fromkeys(("api", "missions", "browser"), "redis://127.0.0.1:2/0"),
            s3_keys=dict.fromkeys(("api", "missions", "browser"), ("key", "secret")),
            ports=(1, 2, 3, 10003),
        )
        targets = shop_targets(f"http://127.0.0.1:{shop}", tmp_path / "secret", "demo")
        environments = stack._environments(addresses, targets)
    finally:
        stack._servers.close()
    api = int(environments["api"]["API_PORT"])
    for name in ("api", "browser"):
        own = json.loads(environments[name]["OWN_SERVERS"])
        assert set(own) == {f"127.0.0.1:{port}" for port in (1, 2, 3, 10003, api)}
    assert json.loads(environments["browser"]["BROWSER_PRIVATE_NETWORKS"]) == ["127.0.0.0/8", "::1/128"]
    assert "OWN_SERVERS" not in environments["missions"]
