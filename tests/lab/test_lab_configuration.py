"""The configuration files of the lab's programs, checked by the programs themselves where they can do it."""

import asyncio
import json
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from ruamel.yaml import YAML

from lab.components.certificates import CertificateAuthority
from lab.components.exporters import blackbox_modules, exporters, process_groups
from lab.components.haproxy import InternalBalancer
from lab.components.monitoring import RULES, PrometheusPart
from lab.components.nginx import EdgeServer
from lab.components.postgres_template import PostgresTemplate
from lab.components.rabbitmq import RabbitBroker
from lab.context import LabContext
from lab.parts import EVERY, needed, parts_of
from lab.programs import HAPROXY, NGINX, PROGRAMS, PROMETHEUS
from lab.software import Software
from lab.topology import INSTANCES, LINKS, PORTS, SLOTS, Component, LabNetwork

NETWORK = 250
PROMTOOL = Path("/usr/bin/promtool")
installed = pytest.mark.skipif(
    any(program.path is None for program in PROGRAMS),
    reason="the lab is not installed: apt-get install nginx, and what else make lab-setup needs",
)


@pytest.fixture
def context(tmp_path: Path) -> LabContext:
    return LabContext(LabNetwork(NETWORK), Software(tmp_path))


def checked(*command: str | Path) -> str:
    """The output of a command that must succeed."""
    done = subprocess.run(
        [str(argument) for argument in command], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@installed
def test_haproxy_accepts_its_configuration(context: LabContext) -> None:
    """Each balanced service has four places, of which the usual instances are not in maintenance."""
    balancer = InternalBalancer(context)
    balancer.prepare()
    checked(HAPROXY.path or "", "-c", "-f", context.home("haproxy") / "haproxy.cfg")
    for service in (Component.CATALOG, Component.ORDERS, Component.PAYMENTS):
        places = [line for line in balancer.configuration().splitlines() if f" server {service}-" in line]
        assert len(places) == SLOTS
        assert sum("disabled" not in line for line in places) == INSTANCES[service]


def test_places_of_services_that_do_not_run_are_in_maintenance(context: LabContext) -> None:
    """A lab without orders does not report that its instances are down."""
    lines = InternalBalancer(context, [Component.CATALOG]).configuration().splitlines()
    assert all("disabled" in line for line in lines if " server orders-" in line)


@installed
def test_nginx_accepts_its_configuration(context: LabContext) -> None:
    """It listens at the edge and keeps a replaced upstream file."""
    edge = EdgeServer(context)
    context.upstream("storefront").parent.mkdir(parents=True)
    context.log("nginx").parent.mkdir()
    context.upstream("storefront").write_text("server 127.250.1.3:8000;\n")
    edge.prepare()
    home = context.home("nginx")
    checked(NGINX.path or "", "-t", "-p", home, "-c", home / "nginx.conf", "-e", "stderr")
    assert context.upstream("storefront").read_text() == "server 127.250.1.3:8000;\n"
    assert f"listen 127.{NETWORK}.0.10:8080;" in edge.configuration()


@installed
def test_prometheus_accepts_its_configuration_and_rules(context: LabContext) -> None:
    """The whole configuration and the rules pass promtool."""
    PrometheusPart(context, EVERY).prepare()
    assert PROMETHEUS.path
    checked(PROMTOOL, "check", "config", context.home("prometheus") / "prometheus.yml")


@installed
def test_jobs_are_named_after_components_and_targets_have_names(context: LabContext) -> None:
    """Every component with metrics is a job, and no target is an IP address."""
    content = PrometheusPart(context, EVERY).configuration()
    jobs = {job["job_name"] for job in content["scrape_configs"]}
    assert {component.value for component in Component} - jobs == {Component.BANK}
    targets = [
        target
        for job in content["scrape_configs"]
        for static in job.get("static_configs", [])
        for target in static["targets"]
    ]
    assert targets
    assert all(".lab.internal:" in target for target in targets)


def test_every_rule_says_what_it_is_and_what_to_do() -> None:
    """Each alert has a severity, a summary, a description and a runbook; names are unique."""
    groups = YAML(typ="safe").load(RULES.read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    for rule in rules:
        assert rule["labels"]["severity"] in {"warning", "critical"}
        assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
        assert rule["annotations"]["runbook_url"].startswith("https://runbooks.lab.internal/")
    names = [rule["alert"] for rule in rules]
    assert len(names) == len(set(names)) > 40


def test_rabbitmq_uses_only_addresses_of_its_lab(context: LabContext) -> None:
    """Two labs beside each other share neither an address nor a port of Erlang."""
    other = LabContext(LabNetwork(NETWORK + 1), context.software)
    configuration = RabbitBroker(context).configuration()
    assert f"listeners.tcp.1 = 127.{NETWORK}.22.1:{PORTS['rabbitmq']}\n" in configuration
    first, second = RabbitBroker(context).environment(), RabbitBroker(other).environment()
    for name in ("ERL_EPMD_PORT", "ERL_EPMD_ADDRESS", "RABBITMQ_DIST_PORT", "RABBITMQ_MNESIA_BASE"):
        assert first[name] != second[name]


@installed
def test_exporters_have_their_files(context: LabContext) -> None:
    """The process and blackbox exporters' files are JSON and name this lab's addresses."""
    assert json.loads(json.dumps(blackbox_modules()))
    groups = json.dumps(process_groups(context))
    assert f"127\\\\.{NETWORK}\\\\.3\\\\." in groups
    every = exporters(context, EVERY)
    queries = YAML(typ="safe").load(every["postgres-exporter"].files["queries.yml"])
    assert "pg_stat_user_tables" in queries


def test_a_certificate_is_trusted_for_its_names_until_it_expires(tmp_path: Path) -> None:
    """The lab's CA signs it; an expired one has the same names and is expired."""
    authority = CertificateAuthority(tmp_path / "certificates")
    authority.create()
    path = authority.issue("payments", ("payments", "orders-payments"))
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [
        "payments.lab.internal",
        "orders-payments.lab.internal",
    ]
    client = ssl.create_default_context(cafile=str(tmp_path / "certificates" / "ca.pem"))
    assert len(client.get_ca_certs()) == 1
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path, path.with_suffix(".key"))
    past = datetime.now(UTC) - timedelta(hours=1)
    expired = x509.load_pem_x509_certificate(
        authority.issue("payments", ("payments",), expires=past).read_bytes()
    )
    assert expired.not_valid_after_utc < datetime.now(UTC)
    assert expired.not_valid_before_utc < expired.not_valid_after_utc


async def test_two_labs_make_the_template_once(context: LabContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits until the first has made it."""
    made: list[Path] = []

    async def initialize(_: PostgresTemplate, building: Path) -> None:
        made.append(building)
        (building / "cluster").mkdir()
        await asyncio.sleep(0.05)

    async def fill(_: PostgresTemplate, building: Path) -> None:
        assert (building / "cluster").is_dir()

    monkeypatch.setattr(PostgresTemplate, "_initialize", initialize)
    monkeypatch.setattr(PostgresTemplate, "_fill", fill)
    other = LabContext(LabNetwork(NETWORK + 1), context.software)
    first, second = PostgresTemplate(context), PostgresTemplate(other)
    await asyncio.gather(first.build(), second.build())
    assert len(made) == 1
    assert first.password == second.password


def test_components_bring_what_they_need(context: LabContext) -> None:
    """A service brings its servers, the balancer and DNS, and no other service."""
    assert needed([Component.CATALOG]) == {
        Component.CATALOG,
        Component.POSTGRES,
        Component.VALKEY,
        Component.HAPROXY,
        Component.DNS,
    }
    assert Component.BANK in needed([Component.PAYMENTS])
    assert needed(EVERY) == EVERY
    parts = parts_of(
        context, needed([Component.VALKEY]), PostgresTemplate(context), context.run / "load.json"
    )
    assert [part.name for part in parts.servers] == ["dns", "redis"]
    assert not parts.monitoring
    assert not parts.customers


def test_every_link_and_host_has_its_own_address() -> None:
    """The DNS server answers one address for each name, and no two names share one."""
    names = LabNetwork(NETWORK).names()
    assert len(set(names.values())) == len(names)
    assert {link.name for link in LINKS} <= names.keys()
