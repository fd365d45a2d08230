import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from socketio.exceptions import ConnectionRefusedError as Refused

from api.access import signed_in
from api.dependencies.container import ApiDependencies
from api.live import WATCHING, Live
from api.tokens import Claims
from missions.errors import NotFoundError, OpsError, UnavailableError
from missions.permissions import Permission
from missions.person import Person
from runtime.periodic import JobRun
from runtime.supervision import BackgroundLoops
from stores.socketio_internals import queued_packets, rooms_of, sockets_in
from stores.sockets import DECIDING, decider_rooms, mission_room, org_room, person_room

Handler = Callable[..., Coroutine[Any, Any, dict[str, Any] | None]]
BEAT_S = 5.0
ROOM = "mission:"
ORGANIZATION = org_room("")
SOCKETS = 10
"""How many sockets one person may have at one process."""
EVENTS_A_SECOND = 20
BEHIND = 500
"""How many packets may wait for a slow client before it is disconnected; it can read the table."""


class Sockets:
    """Socket.IO's events. A client names missions, never rooms; the server joins rooms after a check."""

    def __init__(self, dependencies: ApiDependencies, live: Live) -> None:
        self._server = server = dependencies.live.server
        self._authentication = dependencies.authentication
        self._missions = dependencies.missions.store
        self._votes = dependencies.votes
        self._live = live
        server.on("connect", self.connect)
        handlers: dict[str, Handler] = {
            "mission:subscribe": self.subscribe,
            "mission:unsubscribe": self.unsubscribe,
            "approval:subscribe": self.subscribe_approval,
            "mission:watch": self.watch,
            "mission:unwatch": self.unwatch,
            "ping": self.ping,
        }
        for name, handler in handlers.items():
            server.on(name, self._paced(handler))

    async def connect(self, sid: str, _environ: dict[str, Any], auth: dict[str, Any] | None) -> None:
        """Refuses clients that are not signed in; joins the person's own rooms."""
        token = auth.get("token") if isinstance(auth, dict) else None
        if not isinstance(token, str) or not token:
            raise Refused("Authentication required")
        try:
            person = await signed_in(self._authentication, token)
        except UnavailableError as error:  # the client keeps its token and reconnects
            raise Refused("Unavailable") from error
        except OpsError as error:
            raise Refused("Invalid token") from error
        if self._held(person_room(person.id)) >= SOCKETS:
            raise Refused("Too many sockets")
        await self._server.save_session(sid, {"claims": self._authentication.tokens.read(token)})
        await self._server.enter_room(sid, person_room(person.id))
        await self._server.enter_room(sid, org_room(person.org))
        if person.may(Permission.DECIDE_APPROVAL):
            for room in decider_rooms(person):
                await self._server.enter_room(sid, room)

    async def subscribe(self, sid: str, mission_id: object = None, *_: object) -> dict[str, Any]:
        """Joins the room of a mission that the person may read."""
        try:
            requested_id = UUID(str(mission_id))  # before any query
            mission = await self._missions.get(person := await self._person(sid), requested_id)
        except (OpsError, ValueError):
            return {"error": "Unknown mission."}
        await self._server.enter_room(sid, mission_room(person.org, mission.id))
        return {"ok": True, "lastSeq": mission.last_seq}

    async def unsubscribe(self, sid: str, mission_id: object = None, *_: object) -> dict[str, Any]:
        """Leaves the mission's room."""
        for room in self._server.rooms(sid):
            if room.startswith(ROOM) and room.endswith(f":{mission_id}"):
                await self._server.leave_room(sid, room)
        return {"ok": True}

    async def watch(self, sid: str, mission_id: object = None, *_: object) -> dict[str, Any]:
        """Sends the browser of a mission that the person may read, as `mission:frame` events."""
        try:
            person = await self._person(sid)
            mission = await self._missions.get(person, UUID(str(mission_id)))
        except (OpsError, ValueError):
            return {"error": "Unknown mission."}
        if not await self._live.watch(sid, person.org, mission.id):
            return {"error": "You watch too many missions at once."}
        return {"ok": True}

    async def unwatch(self, sid: str, mission_id: object = None, *_: object) -> dict[str, Any]:
        """Stops sending the mission's browser."""
        await self._live.unwatch(sid, mission_id)
        return {"ok": True}

    async def subscribe_approval(self, sid: str, approval_id: object = None, *_: object) -> dict[str, Any]:
        """Joins the room of the approval's mission."""
        try:
            requested_id = UUID(str(approval_id))  # as above
            approval = await self._votes.get(person := await self._person(sid), requested_id)
        except (OpsError, ValueError):
            return {"error": "Unknown approval."}
        await self._server.enter_room(sid, mission_room(person.org, approval.mission_id))
        return {"ok": True}

    async def ping(self, sid: str, *_: object) -> None:
        """Answers with `pong`."""
        await self._server.emit("pong", to=sid)

    def add_to(self, loops: BackgroundLoops) -> None:
        """Runs `beat` and `sweep` every 5 s."""
        loops.every(BEAT_S, self.beat, name="socket-beat")
        loops.every(BEAT_S, self.sweep, name="socket-sweep")

    async def beat(self, run: JobRun) -> None:
        """Sends each mission's room its last seq from the table: a lost last event leaves no gap."""
        for org, ids in self._watched().items():
            with run.turn_of(org):
                for mission_id, status, seq in await self._missions.last_seqs(org, ids):
                    content = {"missionId": str(mission_id), "status": status.value, "seq": seq}
                    await self._emit_locally(content | {"lastSeq": seq}, mission_room(org, mission_id))

    async def sweep(self, run: JobRun) -> None:
        """Closes the sockets of ended sessions, and takes sockets out of rooms that they may not hear."""
        for room in rooms_of(self._server):
            if room.startswith(ORGANIZATION):
                for sid, connection in sockets_in(self._server, room):
                    with run.turn_of(room.removeprefix(ORGANIZATION)):
                        await self._check(sid, connection)

    def _paced(self, handler: Handler) -> Handler:
        """Answers with an error if a client sends more than 20 events in a second."""

        async def paced(sid: str, *content: object) -> dict[str, Any] | None:
            session = await self._server.get_session(sid)
            second, count = int(time.monotonic()), session.get("count", 0)
            session["count"] = count + 1 if session.get("second") == second else 1
            session["second"] = second
            if session["count"] > EVENTS_A_SECOND:
                return {"error": "Too many events."}
            return await handler(sid, *content)

        return paced

    def _held(self, room: str) -> int:
        return sum(1 for _ in sockets_in(self._server, room))

    async def _person(self, sid: str) -> Person:
        """Reads the person each time, so that a demotion or a logout counts at once; ends with the token."""
        claims: Claims = (await self._server.get_session(sid))["claims"]
        if claims.expires_at <= datetime.now(UTC):
            raise NotFoundError("The access token has expired.")
        return await self._authentication.people.by_session(claims.session, claims.version)

    async def _check(self, sid: str, connection: str) -> None:
        try:
            if (queued_packets(self._server, connection) or 0) > BEHIND:
                await self._server.disconnect(sid)
            else:
                await self._leave_forbidden(sid, await self._person(sid))
        except NotFoundError:
            await self._server.disconnect(sid)
        except KeyError:  # the client left meanwhile
            return

    async def _leave_forbidden(self, sid: str, person: Person) -> None:
        asked = decider_rooms(person) if person.may(Permission.DECIDE_APPROVAL) else ()
        for room in self._server.rooms(sid):
            if room.startswith(DECIDING) and room not in asked:
                await self._server.leave_room(sid, room)
            if room.startswith((ROOM, WATCHING)):
                try:
                    await self._missions.get(person, UUID(room.rpartition(":")[2]))
                except NotFoundError:
                    await self._server.leave_room(sid, room)

    def _watched(self) -> dict[str, set[UUID]]:
        """The missions that clients of this process subscribed to, by organization."""
        watched: defaultdict[str, set[UUID]] = defaultdict(set)
        for room in rooms_of(self._server):
            if room.startswith(ROOM):
                _, org, mission_id = room.split(":")
                watched[org].add(UUID(mission_id))
        return watched

    async def _emit_locally(self, content: dict[str, Any], room: str) -> None:
        """Sends to this process's own clients: each process serves its own, with or without Redis."""
        for sid, _ in sockets_in(self._server, room):
            await self._server.emit("mission:status", content, to=sid, ignore_queue=True)
