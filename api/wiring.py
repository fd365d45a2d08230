from dataclasses import dataclass
from datetime import timedelta

import socketio
from temporalio.client import Client

from api.cursors import Cursors
from api.tokens import Tokens
from runtime.queues import Queues
from runtime.relay import Relay
from stores.passwords import Passwords
from stores.postgres.admission import PostgresAdmission
from stores.postgres.announcements import PostgresAnnouncements
from stores.postgres.connectors import PostgresConnectors
from stores.postgres.database import Database
from stores.postgres.missions import PostgresMissions
from stores.postgres.overviews import PostgresOverviews
from stores.postgres.people import PostgresPeople
from stores.postgres.votes import PostgresVotes
from stores.s3 import S3Artifacts
from stores.sockets import SocketAnnouncer


@dataclass(frozen=True)
class Wiring:
    """Everything a request may use; made once, in the process."""

    database: Database
    missions: PostgresMissions
    overviews: PostgresOverviews
    admission: PostgresAdmission
    announcements: PostgresAnnouncements
    queues: Queues
    votes: PostgresVotes
    people: PostgresPeople
    connectors: PostgresConnectors
    artifacts: S3Artifacts
    passwords: Passwords
    tokens: Tokens
    cursors: Cursors
    relay: Relay
    temporal: Client
    announcer: SocketAnnouncer
    sockets: socketio.AsyncServer
    public_url: str
    session_hours: int
    mission_timeout: timedelta
