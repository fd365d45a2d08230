from dataclasses import dataclass

from temporalio.client import Client

from runtime.payload_keys import PayloadKeys
from stores.postgres.database import Database


@dataclass(frozen=True)
class OperationDependencies:
    """For those who run the installation: health, metrics, and Temporal's payloads."""

    database: Database
    temporal: Client
    payload_keys: PayloadKeys
    metrics_token: str | None
