"""docker-compose.yml is checked against the specification, the topology and the samples; it is not run."""

import importlib.resources
import json
import os
import re
import secrets
import subprocess
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from adapters.browser.own_servers import OwnServer, own_server
from adapters.credentials.keys import private_from, public_of
from runtime.local.seaweedfs import BUCKET, access_key
from runtime.owner_settings import BucketSettings, IdentitySettings, LoginSettings
from runtime.process_settings import ActionsSettings, ApiSettings, BrowserSettings, MissionsSettings
from runtime.production import SAMPLE
from runtime.settings import PlacedSettings
from runtime.topology import PROCESSES, Process

VARIABLE = re.compile(r"\$\{(\w+):([?-])([^}]*)\}")
SERVERS = {"postgres", "valkey", "seaweedfs", "temporal", "temporal-ui"}
ONCE = {"identities", "migrate", "logins", "bootstrap", "bucket", "namespace"}
PATHS = {"ACTUATORS_FILE", "CHROMIUM", "POLICY_FILE"}
"""Files of the image, which are not on this machine."""
SETTINGS: dict[str, type[PlacedSettings]] = {
    "api": ApiSettings,
    "missions": MissionsSettings,
    "browser": BrowserSettings,
    "actions": ActionsSettings,
}


def service_of(process: Process) -> str:
    return process.name if process.queue is None else f"worker-{process.name}"


@pytest.fixture(scope="module")
def compose(root: Path) -> dict[str, Any]:
    """The parsed file with each `<<` resolved."""
    parsed: dict[str, Any] = YAML(typ="safe", pure=True).load((root / "docker-compose.yml").read_text())
    plain: dict[str, Any] = json.loads(json.dumps(parsed))
    return plain


@pytest.fixture(scope="module")
def sample(root: Path) -> dict[str, str]:
    lines = (root / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def with_samples(environment: dict[str, str], sample: dict[str, str]) -> dict[str, str]:
    """The environment with the samples in place of `${…}`; raises KeyError if .env.example lacks one."""

    def value(match: re.Match[str]) -> str:
        return sample[match[1]] if match[2] == "?" else sample.get(match[1], match[3])

    return {name: VARIABLE.sub(value, text) for name, text in environment.items()}


def test_it_follows_the_specification(compose: dict[str, Any]) -> None:
    """The file is valid by the compose specification's schema, as check-jsonschema ships it."""
    place = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema = json.loads(place.read_text())
    assert [error.message for error in Draft202012Validator(schema).iter_errors(compose)] == []
    wrong = compose | {"services": compose["services"] | {"api": {"imagine": "nothing"}}}
    assert list(Draft202012Validator(schema).iter_errors(wrong)), "the schema accepts an unknown key"


def test_it_has_the_processes_of_the_topology(compose: dict[str, Any]) -> None:
    """The file has exactly the processes of the topology, and each runs its module."""
    processes = {service_of(process): process for process in PROCESSES}
    assert set(compose["services"]) == SERVERS | ONCE | set(processes)
    for name, process in processes.items():
        assert compose["services"][name]["command"] == ["python", "-m", *process.module]


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_a_process_gets_what_the_topology_says(compose: dict[str, Any], process: Process) -> None:
    """A process gets the topology's variables, with the credentials of its own kind and of no other."""
    environment = compose["services"][service_of(process)]["environment"]
    assert set(environment) == set(process.variables)
    own = process.name.upper()
    for credential in re.findall(
        r"\$\{(\w+_(?:DATABASE_PASSWORD|REDIS_PASSWORD|S3_SECRET_KEY)):", str(environment)
    ):
        assert credential.startswith(f"{own}_")
    if process.database_group:
        assert environment["DATABASE_URL"].startswith(f"postgresql+psycopg://{process.name}:")
    if process.redis_user:
        assert environment["REDIS_URL"].startswith(f"redis://{process.redis_user}:")
    if process.s3_identity:
        assert environment["S3_ACCESS_KEY"] == access_key(process.s3_identity)
        assert environment["S3_BUCKET"] == BUCKET


@pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
def test_the_samples_start_and_production_refuses_them(
    compose: dict[str, Any],
    sample: dict[str, str],
    process: Process,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Each process starts with the values of .env.example, and refuses them in production."""
    environment = with_samples(compose["services"][service_of(process)]["environment"], sample)
    (tmp_path / "file").touch()
    for name, value in environment.items():
        monkeypatch.setenv(name, str(tmp_path / "file") if name in PATHS else value)
    SETTINGS[process.name]()
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(ValueError, match="holds the sample of"):
        SETTINGS[process.name]()


CHECKED: dict[str, type[PlacedSettings]] = {
    "identities": IdentitySettings,
    "logins": LoginSettings,
    "bucket": BucketSettings,
    **{service_of(process): SETTINGS[process.name] for process in PROCESSES},
}
"""The services that know ENVIRONMENT, and their settings."""


@pytest.mark.parametrize("name", CHECKED)
def test_au18_production_starts_with_good_values(
    compose: dict[str, Any],
    sample: dict[str, str],
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Each process and each job accepts what the file gives it, with secrets and addresses of one's own."""
    own = {each: secrets.token_urlsafe(32) if SAMPLE in text else text for each, text in sample.items()}
    own |= {
        "ENVIRONMENT": "production",
        "PUBLIC_URL": "https://ops.example",
        "S3_PUBLIC_ENDPOINT": "https://files.example",
        "BROWSER_PRIVATE_KEYS": (key := private_from(secrets.token_bytes(32).hex())),
        "BROWSER_PUBLIC_KEY": public_of(key),
    }
    (tmp_path / "file").touch()
    for each, value in with_samples(compose["services"][name]["environment"], own).items():
        monkeypatch.setenv(each, str(tmp_path / "file") if each in PATHS else value)
    CHECKED[name]()


def test_au18_every_service_that_knows_its_environment_is_checked(compose: dict[str, Any]) -> None:
    """A new job with ENVIRONMENT is one of those above."""
    services = compose["services"].items()
    assert {name for name, service in services if "ENVIRONMENT" in service.get("environment", {})} == set(
        CHECKED
    )


def test_no_password_has_a_default(compose: dict[str, Any]) -> None:
    """No secret has a default value, so the start fails with the name of a missing one."""
    text = json.dumps(compose)
    optional = {match[1] for match in VARIABLE.finditer(text) if match[2] == "-"}
    assert not any(word in name for name in optional for word in ("PASSWORD", "SECRET", "TOKEN", "KEY"))
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if any(word in name for word in ("PASSWORD", "SECRET", "TOKEN", "SIGNING", "PWD")):
                assert VARIABLE.fullmatch(value), name


def test_br10_the_browser_worker_shares_networks_with_three_servers_only(compose: dict[str, Any]) -> None:
    """It shares a network with Temporal, Valkey and S3: not with PostgreSQL, the API or Temporal's UI."""
    services, networks = compose["services"], compose["networks"]
    members = {name: set(service.get("networks", ())) for name, service in services.items()}
    browser = members.pop("worker-browser")
    assert {name for name, own in members.items() if own & browser} == {"temporal", "valkey", "seaweedfs"}
    assert members["postgres"] == {"data"}
    assert not members["temporal-ui"] & {"data", "work", "objects", "browser"}
    assert [name for name, own in members.items() if "outside" in own] == []
    assert all(networks[name]["internal"] is True for name in ("data", "work", "objects", "ui", "browser"))


@pytest.mark.parametrize("name", ["api", "worker-browser"])
def test_br10_every_server_is_an_own_server(
    compose: dict[str, Any], sample: dict[str, str], name: str
) -> None:
    """The list has each server, the API and the host with all ports, and the addresses that people use."""
    (outside,) = compose["networks"]["outside"]["ipam"]["config"]
    environment = with_samples(compose["services"][name]["environment"], sample)
    own = {OwnServer(host, None) for host in (*SERVERS, "api", outside["gateway"])}
    used = {own_server(sample[url]) for url in ("PUBLIC_URL", "S3_PUBLIC_ENDPOINT")}
    assert {own_server(text) for text in json.loads(environment["OWN_SERVERS"])} >= own | used


def test_br11_browsers_reach_the_dashboards_network_only(
    compose: dict[str, Any], sample: dict[str, str]
) -> None:
    """By default the network `outside` is listed, and none of the networks of the product."""
    environment = with_samples(compose["services"]["worker-browser"]["environment"], sample)
    subnets = {
        name: network["ipam"]["config"][0]["subnet"]
        for name, network in compose["networks"].items()
        if "ipam" in network
    }
    assert json.loads(environment["BROWSER_PRIVATE_NETWORKS"]) == [subnets["outside"]]
    assert not ip_network(subnets["outside"]).overlaps(ip_network(subnets["work"]))


def test_ours_run_with_few_rights(compose: dict[str, Any]) -> None:
    """Our containers run with few privileges and a read-only root; ports are published on loopback only."""
    ours = [service for name, service in compose["services"].items() if name not in SERVERS]
    for service in ours:
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]
        assert service["user"] == "10001:10001" or service["network_mode"] == "none"
    for service in compose["services"].values():
        assert service["restart"] in ("unless-stopped", "on-failure")
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", ()))
        assert "privileged" not in service
    for name in (*SERVERS - {"temporal-ui"}, *(service_of(process) for process in PROCESSES)):
        assert compose["services"][name]["healthcheck"]["test"]


def test_every_file_that_it_names_is_there(compose: dict[str, Any], root: Path) -> None:
    """The mounts, the seccomp profile, the Dockerfile's targets and the packages it copies exist."""
    text = json.dumps(compose)
    for path in re.findall(r"\./deploy/[\w./-]+", text):
        assert (root / path).exists(), path
    profile = json.loads((root / "deploy" / "seccomp" / "chromium.json").read_text())
    denied = set(profile["syscalls"][0]["names"])
    assert not denied & {"clone", "clone3", "unshare", "chroot", "setns"}
    assert {"mount", "ptrace", "bpf", "io_uring_setup", "keyctl"} <= denied
    dockerfile = (root / "Dockerfile").read_text()
    for target in {
        process["build"]["target"] for process in compose["services"].values() if "build" in process
    }:
        assert f" AS {target}\n" in dockerfile
    packages = {path.parent.name for path in root.glob("*/__init__.py")} - {"demo", "lab", "bench", "probe"}
    copied = set(re.findall(r"^COPY (\w+) \1$", dockerfile, re.MULTILINE))
    sent = set(re.findall(r"^!(\w+)$", (root / ".dockerignore").read_text(), re.MULTILINE))
    assert copied == packages == sent - {"LICENSE", "console"}
    assert "--require-hashes" in dockerfile
    for script in (root / "deploy").rglob("*.sh"):
        assert os.access(script, os.X_OK), script
        assert subprocess.run(["/bin/sh", "-n", script], check=False).returncode == 0
