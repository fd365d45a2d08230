from dataclasses import dataclass
from datetime import timedelta

from temporalio.client import Client

from runtime.process_settings import ApiSettings
from runtime.queues import Queues
from runtime.report_printing import Prints
from stores.browser_control import RedisBrowserControl
from stores.postgres.database import Database
from stores.postgres.missions.admission import AdmissionStore
from stores.postgres.missions.browser_control import BrowserControlStore
from stores.postgres.missions.missions import MissionStore
from stores.postgres.missions.overviews import MissionOverviews
from stores.postgres.missions.templates import TemplateStore
from stores.s3 import S3Artifacts


@dataclass(frozen=True)
class MissionDependencies:
    """Missions: their events, lists, templates, artifacts and place in the queue."""

    store: MissionStore
    overviews: MissionOverviews
    admission: AdmissionStore
    templates: TemplateStore
    queues: Queues
    prints: Prints
    artifacts: S3Artifacts
    timeout: timedelta

    @classmethod
    def of(
        cls,
        settings: ApiSettings,
        database: Database,
        admission: AdmissionStore,
        temporal: Client,
        artifacts: S3Artifacts,
    ) -> "MissionDependencies":
        """With the limits of the settings."""
        return cls(
            store=MissionStore(database, settings.missions_per_hour),
            overviews=MissionOverviews(database),
            admission=admission,
            templates=TemplateStore(database),
            queues=Queues(temporal),
            prints=Prints(temporal),
            artifacts=artifacts,
            timeout=settings.mission_timeout,
        )


@dataclass(frozen=True)
class BrowserControlDependencies:
    """Remote control of a mission's browser: the record of its holder, and the channel to the browser."""

    store: BrowserControlStore
    channel: RedisBrowserControl
