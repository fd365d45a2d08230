from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.worker import Worker

from activities.acting import Acting
from activities.proposing import Proposing
from adapters.actions.registry import RegisteredActuators
from adapters.actions.shop import ShopActuator
from missions.catalog import Catalog, remedies_of
from runtime.settings import ActionsSettings
from runtime.temporal import THROTTLE, connect
from stores.postgres.database import Database
from stores.postgres.ledger import PostgresLedger
from workers.gateway import gateway_of
from workers.running import DRAIN
from workflows.policies import ACTIONS


@asynccontextmanager
async def actions_worker(settings: ActionsSettings) -> AsyncIterator[Worker]:
    """Wires the hands: the only process that can consume an approval and change a target."""
    temporal = await connect(settings.temporal_address, settings.temporal_namespace)
    database = Database(settings.database_url.get_secret_value(), pool_size=2)
    shop = ShopActuator(settings.actuator_url, settings.actuator_token.get_secret_value())
    actuators = RegisteredActuators(Catalog(entries=remedies_of("shop")), {"shop": shop})
    acting, proposing = (
        Acting(PostgresLedger(database), actuators, gateway_of(settings)),
        Proposing(actuators),
    )
    try:
        yield Worker(
            temporal,
            task_queue=ACTIONS,
            activities=[proposing.propose, proposing.renew, proposing.propose_undo, acting.execute],
            max_concurrent_activities=4,
            max_heartbeat_throttle_interval=THROTTLE,
            graceful_shutdown_timeout=DRAIN,
        )
    finally:
        await shop.close()
        await database.close()
