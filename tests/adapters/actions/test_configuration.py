import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import SchemaError

from adapters.actions.factory import load_actuators
from adapters.actions.kubernetes import KubernetesActuator
from adapters.actions.mcp_tools import McpActuator
from adapters.actions.ssh import SshActuator
from adapters.actions.webhook import WebhookActuator
from demo.targets import shop_targets
from runtime.local.private_files import write_private
from runtime.process_settings import ActionsSettings
from runtime.production import SAMPLE
from runtime.resources import Resources
from runtime.setting_types import Environment
from workers.actions import actions_worker

ROOT = Path(__file__).parents[3]
STATE = {"tool": "get_service", "arguments": {"name": "{service}"}}
MCP = {
    "type": "mcp",
    "organizations": ["demo"],
    "url": "https://tools.example/mcp",
    "tools": {"state": STATE, "fields": {}, "actions": {"restart": {"tool": "restart"}}},
}


RESTART = {"name": "restart", "kind": "restart", "actuator": "tools", "organizations": ["demo"]}


def configured(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "secret").write_text("a secret of more than 24 bytes\n")
    secret = str(tmp_path / "secret")
    file = {
        "actuators": {
            "hook": {
                "type": "webhook",
                "organizations": ["demo", "acme-2"],
                "url": "https://hook.example",
                "secretFile": secret,
            },
            "tools": MCP,
            "command": {key: value for key, value in MCP.items() if key != "url"} | {"command": ["gateway"]},
            "cluster": {
                "type": "kubernetes",
                "organizations": ["demo"],
                "cluster": {"namespace": "shop"},
            },
            "host": {
                "type": "ssh",
                "organizations": ["demo"],
                "host": {"address": "h", "user": "ops", "keyFile": secret, "knownHosts": secret},
                "commands": {"state": ["true"], "fields": {}, "actions": {"restart": ["true"]}},
            },
        },
        "catalog": [RESTART],
    }
    return copy.deepcopy(file)


async def test_every_type_is_made(tmp_path: Path) -> None:
    """Each type of actuator is created by its name, and makes no connection before the first request."""
    actuators = load_actuators(json.dumps(configured(tmp_path)))
    kinds = {
        "hook": WebhookActuator,
        "tools": McpActuator,
        "command": McpActuator,
        "cluster": KubernetesActuator,
        "host": SshActuator,
    }
    for name, kind in kinds.items():
        assert isinstance(actuators.named("demo", name), kind)
    await actuators.close()


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("actuators", "hook", "secret"), "in the file itself"),
        (("actuators", "hook", "url"), "ftp://hook.example"),
        (("actuators", "hook", "secretFile"), "/nowhere"),
        (("actuators", "tools", "command"), ["a command too"]),
        (("actuators", "tools", "tools"), {"state": STATE, "fields": {}, "actions": {}}),
        (("actuators", "cluster", "cluster"), {"namespace": "../kube-system"}),
        (("actuators", "host", "commands", "actions"), {"reboot": ["reboot"]}),
        (("actuators", "Hook!"), MCP),
        (("catalog",), []),
        (("catalog",), [RESTART | {"actuator": "nobody"}]),
        (("catalog",), [RESTART | {"params": {"type": "objekt"}}]),
        (("catalog",), [RESTART | {"organizations": []}]),
        (("catalog",), [RESTART | {"organizations": ["*"]}]),
        (("catalog",), [RESTART | {"organizations": ["acme-2"]}]),  # its actuator does not serve it
        (("catalog",), [RESTART | {"organisations": ["demo"]}]),
        (("actuators", "host", "organizations"), []),
        (("actuators", "cluster", "organizations"), ["Demo"]),
    ],
    ids=str,
)
def test_a_file_with_a_mistake_is_refused(tmp_path: Path, place: tuple[str, ...], value: object) -> None:
    """A configuration with a mistake is refused, so that no worker starts with it."""
    file = configured(tmp_path)
    inner = file
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    with pytest.raises((ValueError, OSError, SchemaError)):
        load_actuators(json.dumps(file))


def test_short_empty_and_sample_secrets_are_refused(tmp_path: Path) -> None:
    """A short, empty or sample secret is refused."""
    file = configured(tmp_path)
    for secret, refused in (("short", ""), ("", ""), (f"{SAMPLE}-of-more-than-24-bytes", SAMPLE)):
        (tmp_path / "secret").write_text(secret)
        with pytest.raises(ValueError, match="secret"):
            load_actuators(json.dumps(file), refused=refused)


def test_the_sample_of_compose_holds_a_sample_secret() -> None:
    """The sample of docker-compose.yml can be loaded unchanged, and production refuses it."""
    folder = ROOT / "deploy" / "actuators"
    text = (folder / "actuators.json").read_text().replace("/run/actuators", str(folder))
    load_actuators(text)
    with pytest.raises(ValueError, match="sample"):
        load_actuators(text, refused=SAMPLE)


async def test_the_local_stack_writes_one_for_its_shop(tmp_path: Path) -> None:
    """The local stack's file refers to its secret without containing it, and only the owner can read it."""
    secret = tmp_path / "secret"
    write_private(secret, "a secret of more than 24 bytes")
    file = shop_targets("http://127.0.0.1:1", secret, "acme").write(tmp_path / "actuators")
    assert secret.read_text() not in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600
    actuators = load_actuators(file.read_text())
    assert actuators.named("acme", "shop").repeatable
    await actuators.close()


@pytest.mark.parametrize("without", ["all", "one"])
async def test_az9_the_worker_names_everything_without_an_organization(tmp_path: Path, without: str) -> None:
    """The actions worker ends at its start, with every actuator and entry that names no organization."""
    file = configured(tmp_path)
    file["catalog"] = [RESTART | {"name": f"restart-{number}"} for number in range(3)]
    nameless = [*file["actuators"].values(), *file["catalog"]] if without == "all" else file["catalog"][1:2]
    for item in nameless:
        del item["organizations"]
    path = tmp_path / "actuators.json"
    path.write_text(json.dumps(file))
    (tmp_path / "secret").unlink()  # this is said before any secret is read
    settings = ActionsSettings.model_construct(actuators_file=path, environment=Environment.LOCAL)
    async with Resources() as resources:
        with pytest.raises(SystemExit) as ended:
            await actions_worker(settings, resources)
    message = str(ended.value)
    assert message.startswith("ACTUATORS_FILE: ")
    assert "\n" not in message
    assert message.count("names no organizations.") == len(nameless)
    names = [f"catalog entry restart-{number} of tools" for number in range(3)]
    names += [f"actuator {name}" for name in file["actuators"]]
    expected = names if without == "all" else names[1:2]
    assert [name for name in names if f"The {name} names no" in message] == expected
