import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from socketio.exceptions import ConnectionRefusedError as Refused

from api.access import signed_in
from api.connected_people import ConnectedPeople
from api.dependencies.container import ApiDependencies
from api.live import WATCHING, Live
from api.rate_limits import count
from api.transports import Transport, Transports
from missions.errors import NotFoundError, OpsError, TooManyRequestsError, UnavailableError
from missions.permissions import Permission
from missions.person import Person
from runtime.periodic import JobRun
from runtime.supervision import BackgroundLoops
from stores.socketio_internals import is_connected, queued_packets, rooms_by_socket, rooms_of, sockets_in
from stores.sockets import DECIDING, decider_rooms, mission_room, org_room, person_room

Answer = dict[str, Any]
Handler = Callable[..., Coroutine[Any, Any, Answer | None]]
BEAT_S = 5.0
ROOM = "mission:"
SOCKETS = 10
"""How many sockets one person may have at one process, in all organizations together."""
EVENTS_A_SECOND = 20
"""How many events all sockets of one person may send to one process."""
FOLLOWED = 60
"""How many missions one socket may subscribe to."""
BEHIND = 500
"""How many packets may wait for a slow client before it is disconnected; it can read the table."""
UNAVAILABLE: Answer = {"error": "Unavailable."}
"""The database does not answer: nothing is said about what was asked for, and the client tries again."""
TOO_MANY: Answer = {"error": "Too many events."}


class Sockets:
    """Socket.IO's events. A client names missions, never rooms; the server joins rooms after a check."""

    def __init__(
        self, dependencies: ApiDependencies, live: Live, transports: Transports, people: ConnectedPeople
    ) -> None:
        self._server = server = dependencies.live.server
        self._authentication = dependencies.authentication
        self._throttle = dependencies.throttle
        self._missions = dependencies.missions.store
        self._votes = dependencies.votes
        self._live = live
        self._transports = transports
        self._people = people
        server.on("connect", self.connect)
        server.on("disconnect", self.disconnect)
        handlers: dict[str, tuple[Handler, str]] = {
            "mission:subscribe": (self.subscribe, "Unknown mission."),
            "mission:unsubscribe": (self.unsubscribe, "Unknown mission."),
            "approval:subscribe": (self.subscribe_approval, "Unknown approval."),
            "mission:watch": (self.watch, "Unknown mission."),
            "mission:unwatch": (self.unwatch, "Unknown mission."),
            "ping": (self.ping, "Unknown mission."),
        }
        for name, (handler, unknown) in handlers.items():
            server.on(name, self._guarded(handler, unknown))

    async def connect(
        self, sid: str, environ: dict[str, Any] | None = None, auth: object = None, *_: object
    ) -> None:
        """Refuses clients that are not signed in, and counts them; joins the person's own rooms."""
        if environ is None or is_connected(self._server, sid):  # an event of the client
            return
        transport = Transport.of(environ)
        try:
            await self._connect(sid, transport, auth)
        except asyncio.CancelledError as error:  # the library would take it for a success
            raise Refused("Connection ended") from error
        if not transport.is_open:  # the library would keep the socket for ever
            raise Refused("Connection ended")

    async def _connect(self, sid: str, transport: Transport, auth: object) -> None:
        if transport.refused:  # a client connects once on a connection; another try needs another one
            self._transports.close(transport)
            raise Refused("Connection ended")  # nothing is known of the token: a client must not drop it
        try:
            person = await self._signed_in(transport, auth)
        except Refused:
            transport.refused = True
            raise
        sockets = self._people[person.id].transports
        if len(sockets) >= SOCKETS or not transport.is_open:
            raise Refused("Too many sockets")
        self._transports.sign_in(transport, sid, self._authentication.tokens.read(_token_of(auth)))
        sockets.add(transport)
        await self._server.save_session(sid, {"transport": transport})
        await self._server.enter_room(sid, person_room(person.org, person.id))
        await self._server.enter_room(sid, org_room(person.org))
        if person.may(Permission.DECIDE_APPROVAL):
            for room in decider_rooms(person):
                await self._server.enter_room(sid, room)

    async def disconnect(self, sid: str, *_: object) -> None:
        """The connection stays for a moment: it may sign in again, and is closed otherwise."""
        environ = self._server.get_environ(sid)
        if environ is not None and not is_connected(self._server, sid):
            self._transports.sign_out(Transport.of(environ))

    async def subscribe(self, sid: str, mission_id: object = None, *_: object) -> Answer:
        """Joins the room of a mission that the person may read."""
        requested_id = UUID(str(mission_id))  # before any query
        mission = await self._missions.get(person := await self._person(sid), requested_id)
        return await self._follow(sid, person.org, mission.id) or {"ok": True, "lastSeq": mission.last_seq}

    async def unsubscribe(self, sid: str, mission_id: object = None, *_: object) -> Answer:
        """Leaves the mission's room."""
        for room in self._server.rooms(sid):
            if room.startswith(ROOM) and room.endswith(f":{mission_id}"):
                await self._server.leave_room(sid, room)
        return {"ok": True}

    async def watch(self, sid: str, mission_id: object = None, *_: object) -> Answer:
        """Sends the browser of a mission that the person may read, as `mission:frame` events."""
        requested_id = UUID(str(mission_id))
        mission = await self._missions.get(person := await self._person(sid), requested_id)
        if not await self._live.watch(sid, person.org, mission.id):
            return {"error": "You watch too many missions at once."}
        return {"ok": True}

    async def unwatch(self, sid: str, mission_id: object = None, *_: object) -> Answer:
        """Stops sending the mission's browser."""
        await self._live.unwatch(sid, mission_id)
        return {"ok": True}

    async def subscribe_approval(self, sid: str, approval_id: object = None, *_: object) -> Answer:
        """Joins the room of the approval's mission."""
        requested_id = UUID(str(approval_id))
        approval = await self._votes.get(person := await self._person(sid), requested_id)
        return await self._follow(sid, person.org, approval.mission_id) or {"ok": True}

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
        """Closes the sockets of ended sessions, and takes sockets out of rooms that they may not hear.

        One query reads all sessions, and one for each organization its missions. Without the database only
        the sockets with expired tokens and those of slow clients are closed.
        """
        self._people.forget_idle(time.monotonic())
        lasting = [transport for transport in self._people.transports() if not self._has_expired(transport)]
        for transport in set(self._people.transports()).difference(lasting):
            await self._disconnect(run, transport)
        keys = {claims.key for transport in lasting if (claims := transport.claims)}
        people = await self._authentication.people.by_sessions(keys)
        members: defaultdict[str, list[tuple[Transport, Person]]] = defaultdict(list)
        for transport in lasting:
            if (claims := transport.claims) is None:  # the client left meanwhile
                continue
            if (person := people.get(claims.key)) is None:
                await self._disconnect(run, transport)
            else:
                members[person.org].append((transport, person))
        rooms = rooms_by_socket(self._server)
        for org, sockets in members.items():
            with run.turn_of(org):
                await self._leave_forbidden(org, sockets, rooms)

    def _guarded(self, handler: Handler, unknown: str) -> Handler:
        """Gives each person one event at a time and 20 a second, over all their sockets; answers errors."""

        async def guarded(sid: str, *content: object) -> Answer | None:
            transport: Transport = (await self._server.get_session(sid))["transport"]
            if transport.claims is None:
                return None
            person = self._people[transport.claims.person]
            if not person.events.take(EVENTS_A_SECOND, time.monotonic()):
                return TOO_MANY
            try:
                return await person.in_turn(lambda: handler(sid, *content), at_most=2 * EVENTS_A_SECOND)
            except TooManyRequestsError:
                return TOO_MANY
            except UnavailableError:
                return UNAVAILABLE
            except (OpsError, ValueError):
                return {"error": unknown}

        return guarded

    async def _signed_in(self, transport: Transport, auth: object) -> Person:
        """The person of the token. A refusal is counted by the client, a success by the person."""
        try:
            person = await signed_in(self._authentication, _token_of(auth))
        except UnavailableError as error:  # the client keeps its token and reconnects
            raise Refused("Unavailable") from error
        except OpsError as error:
            if not (await count(self._throttle, transport.client)).allowed:
                self._transports.close(transport)
            raise Refused("Invalid token" if _token_of(auth) else "Authentication required") from error
        if not (await count(self._throttle, str(person.id))).allowed:
            raise Refused("Too many requests")
        return person

    async def _person(self, sid: str) -> Person:
        """Reads the person each time, so that a demotion or a logout counts at once; ends with the token."""
        transport: Transport = (await self._server.get_session(sid))["transport"]
        claims = transport.claims
        if claims is None or claims.expires_at <= datetime.now(UTC):
            raise NotFoundError("The access token has expired.")
        return await self._authentication.people.by_session(claims.session, claims.version)

    async def _follow(self, sid: str, org: str, mission_id: UUID) -> Answer | None:
        """Joins the mission's room; an error if the socket is in too many."""
        room, rooms = mission_room(org, mission_id), self._server.rooms(sid)
        if room not in rooms and sum(name.startswith(ROOM) for name in rooms) >= FOLLOWED:
            return {"error": "You follow too many missions at once."}
        await self._server.enter_room(sid, room)
        return None

    def _has_expired(self, transport: Transport) -> bool:
        """Whether its token has, or its client reads too slowly."""
        is_over = transport.claims is None or transport.claims.expires_at <= datetime.now(UTC)
        return is_over or (queued_packets(self._server, transport.id) or 0) > BEHIND

    async def _disconnect(self, run: JobRun, transport: Transport) -> None:
        with run.turn_of(transport.claims.org if transport.claims else ""):
            await self._server.disconnect(transport.sid)

    async def _leave_forbidden(
        self, org: str, sockets: Iterable[tuple[Transport, Person]], rooms: dict[str, list[str]]
    ) -> None:
        """Takes sockets of one organization out of the rooms that their people may not hear any more."""
        people: dict[UUID, Person] = {}
        followed: defaultdict[UUID, set[UUID]] = defaultdict(set)
        for transport, person in sockets:
            people[person.id] = person
            asked = decider_rooms(person) if person.may(Permission.DECIDE_APPROVAL) else ()
            for room in rooms.get(transport.sid, ()):
                if room.startswith(DECIDING) and room not in asked:
                    await self._server.leave_room(transport.sid, room)
                if room.startswith((ROOM, WATCHING)):
                    followed[person.id].add(_mission_of(room))
        if not followed:
            return
        wanted = [(people[person_id], ids) for person_id, ids in followed.items()]
        readable = await self._missions.readable_by(org, wanted)
        for transport, person in sockets:
            for room in rooms.get(transport.sid, ()):
                if room.startswith((ROOM, WATCHING)) and (person.id, _mission_of(room)) not in readable:
                    await self._server.leave_room(transport.sid, room)

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


def _token_of(auth: object) -> str:
    """The access token of a CONNECT packet; empty without one."""
    token = auth.get("token") if isinstance(auth, dict) else None
    return token if isinstance(token, str) else ""


def _mission_of(room: str) -> UUID:
    return UUID(room.rpartition(":")[2])
