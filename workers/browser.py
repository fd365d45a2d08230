from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.worker import Worker

from activities.observing import Observing
from activities.printing import Printing
from activities.probing import Probing
from adapters.browser.camera import Camera
from adapters.browser.chromium import BrowserPool
from adapters.browser.printer import ChromiumPrinter
from adapters.credentials.opener import Opener
from adapters.dashboards.page.observer import DashboardObserver
from adapters.dashboards.products.registry import dashboard_for
from runtime.settings import BrowserSettings
from runtime.storage import bucket_of
from runtime.temporal import THROTTLE, connected
from stores.browser_control import RedisControlChannel
from stores.frames import RedisFrames
from stores.presigned_objects import S3PresignedObjects
from stores.s3 import S3Artifacts
from workers.running import DRAIN
from workflows.policies import BROWSER

SCRUBBED = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
"""All that Chromium learns of our environment."""


def opener_of(settings: BrowserSettings) -> Opener:
    """What opens sealed credentials; without keys it opens nothing, and says so."""
    if settings.browser_private_keys is None:
        return Opener(())
    keys = settings.browser_private_keys.get_secret_value().split(",")
    return Opener([text.strip() for text in keys])


@asynccontextmanager
async def browser_worker(settings: BrowserSettings) -> AsyncIterator[Worker]:
    """Wires the eyes: one Chromium, a key that only writes what was seen, and the live view's channel."""
    temporal = await connected(settings)
    artifacts, videos, prints = (
        S3Artifacts(
            bucket_of(settings),
            prefix=prefix,
        )
        for prefix in ("evidence", "videos", "prints")
    )
    pool = BrowserPool(
        settings.chromium, sandbox=settings.chromium_sandbox, slots=settings.browser_slots, env=SCRUBBED
    )
    frames = RedisFrames(settings.redis_url.get_secret_value())
    steering = RedisControlChannel(settings.redis_url.get_secret_value())
    opener = opener_of(settings)
    observer = DashboardObserver(pool, dashboard_for, camera=Camera(frames), steering=steering, opener=opener)
    probing = Probing(observer, opener)
    loans = S3PresignedObjects(settings.s3_endpoint)
    printing = Printing(loans, ChromiumPrinter(pool), prints)
    verbs = (probing.probe, probing.discover, probing.seal_anew, printing.print_report)
    try:
        yield Worker(
            temporal,
            task_queue=BROWSER,
            activities=[Observing(observer, artifacts, videos).observe, *verbs],
            max_concurrent_activities=settings.browser_slots,
            max_heartbeat_throttle_interval=THROTTLE,
            default_heartbeat_throttle_interval=THROTTLE,
            graceful_shutdown_timeout=DRAIN,
        )
    finally:
        await pool.close()
        await frames.close()
        await steering.close()
        await artifacts.close()
        await videos.close()
        await prints.close()
        await loans.close()
