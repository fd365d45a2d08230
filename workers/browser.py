from temporalio.worker import Worker

from activities.observing import Observing
from activities.printing import Printing
from activities.probing import Probing
from adapters.browser.browser_pool import BrowserPool
from adapters.browser.egress_proxy import EgressProxyFactory
from adapters.browser.egress_rules import EgressRules
from adapters.browser.live_view import LiveView
from adapters.browser.own_servers import OwnServers
from adapters.browser.pdf_printer import ChromiumPrinter
from adapters.credentials.opener import Opener
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.page.prober import DashboardProber
from adapters.dashboards.products.registry import dashboard_for
from adapters.dashboards.products.signatures import SIGNATURES
from runtime.process_settings import BrowserSettings
from runtime.resources import Resources
from runtime.storage import bucket_of
from runtime.temporal import THROTTLE, connected
from stores.browser_control import RedisControlChannel
from stores.frames import RedisFrames
from stores.presigned_objects import S3PresignedObjects
from stores.s3 import S3Artifacts
from workers.running import DRAIN, WorkerProcess
from workflows.policies import BROWSER

SCRUBBED = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
"""Chromium's whole environment."""


def opener_of(settings: BrowserSettings) -> Opener:
    """Opens sealed credentials. Without keys each credential is an error that says so."""
    if settings.browser_private_keys is None:
        return Opener(())
    keys = settings.browser_private_keys.get_secret_value().split(",")
    return Opener([text.strip() for text in keys])


async def browser_worker(settings: BrowserSettings, resources: Resources) -> WorkerProcess:
    """Wires one Chromium, S3 keys that only write, and the live view's channel."""
    temporal = await connected(settings)
    artifacts = resources.closing(S3Artifacts(bucket_of(settings)))
    presigned = resources.closing(S3PresignedObjects(settings.s3_endpoint))
    frames = resources.closing(RedisFrames(settings.redis_url.get_secret_value()))
    control = resources.closing(RedisControlChannel(settings.redis_url.get_secret_value()))
    rules = EgressRules(OwnServers(settings.servers), settings.browser_private_networks)
    pool = resources.closing(
        BrowserPool(
            settings.chromium,
            sandbox=settings.chromium_sandbox,
            slots=settings.browser_slots,
            env=SCRUBBED,
            proxies=EgressProxyFactory(rules),
        )
    )
    opener = opener_of(settings)
    observer = DashboardObserver(
        pool,
        dashboard_for,
        live_view=LiveView(frames),
        control=control,
        opener=opener,
    )
    prober = DashboardProber(pool, dashboard_for, opener=opener, signatures=SIGNATURES)
    probing = Probing(prober, opener)
    worker = Worker(
        temporal,
        task_queue=BROWSER,
        activities=[
            Observing(observer, artifacts).observe,
            probing.probe,
            probing.discover,
            probing.detect,
            probing.seal_anew,
            Printing(presigned, ChromiumPrinter(pool), artifacts).print_report,
        ],
        max_concurrent_activities=settings.browser_slots,
        max_heartbeat_throttle_interval=THROTTLE,
        default_heartbeat_throttle_interval=THROTTLE,
        graceful_shutdown_timeout=DRAIN,
    )
    return WorkerProcess(worker)
