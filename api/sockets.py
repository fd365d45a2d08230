import asyncio
from collections import defaultdict
from typing import Any
from uuid import UUID

import socketio
import structlog
from socketio.exceptions import ConnectionRefusedError as Refused

from api.access import signed_in
from api.live import WATCHING, Live
from api.tokens import Claims
from api.wiring import Wiring
from missions.errors import NotFoundError, OpsError, UnavailableError
from missions.person import Deed, Person
from stores.sockets import deciders_room, mission_room, org_room, person_room

log = structlog.get_logger(__name__)
BEAT_S = 5.0
ROOM = "mission:"


class Sockets:
    """Socket.IO's events. A client names missions, never rooms; the server joins after its check."""

    def __init__(self, server: socketio.AsyncServer, wiring: Wiring, live: Live) -> None:
        self._server = server
        self._wiring = wiring
        self._live = live
        for name, handler in {
            "connect": self.connect,
            "mission:subscribe": self.subscribe,
            "mission:unsubscribe": self.unsubscribe,
            "approval:subscribe": self.subscribe_approval,
            "mission:watch": self.watch,
            "mission:unwatch": self.unwatch,
            "ping": self.ping,
        }.items():
            server.on(name, handler)

    async def connect(self, sid: str, _environ: dict[str, Any], auth: dict[str, Any] | None) -> None:
        """Refuses who is not signed in; joins the person's own rooms."""
        token = auth.get("token") if isinstance(auth, dict) else None
        if not isinstance(token, str) or not token:
            raise Refused("Authentication required")
        try:
            person = await signed_in(self._wiring, token)
        except UnavailableError as error:  # not the client's fault: it keeps its token and comes again
            raise Refused("Unavailable") from error
        except OpsError as error:
            raise Refused("Invalid token") from error
        await self._server.save_session(sid, {"claims": self._wiring.tokens.read(token)})
        await self._server.enter_room(sid, person_room(person.id))
        await self._server.enter_room(sid, org_room(person.org))
        if person.may(Deed.DECIDE_APPROVAL):
            await self._server.enter_room(sid, deciders_room(person.org))

    async def subscribe(self, sid: str, mission_id: object = None, *_: object) -> dict[str, Any]:
        """Joins the room of a mission that the person may read."""
        try:
            person = await self._person(sid)
            mission = await self._wiring.missions.get(person, UUID(str(mission_id)))
        except (OpsError, ValueError):
            return {"error": "Unknown mission."}
        await self._server.enter_room(sid, mission_room(person.org, mission.id))
        return {"ok": True, "lastSeq": mission.last_seq}

    async def unsubscribe(self, sid: str, mission_id: object = None, *_: object) -> dict[str, Any]:
        """Leaves it."""
        for room in self._server.rooms(sid):
            if room.startswith(ROOM) and room.endswith(f":{mission_id}"):
                await self._server.leave_room(sid, room)
        return {"ok": True}

    async def watch(self, sid: str, mission_id: object = None, *_: object) -> dict[str, Any]:
        """Shows the browser of a mission that the person may read, as `mission:frame` events."""
        try:
            person = await self._person(sid)
            mission = await self._wiring.missions.get(person, UUID(str(mission_id)))
        except (OpsError, ValueError):
            return {"error": "Unknown mission."}
        if not await self._live.watch(sid, person.org, mission.id):
            return {"error": "You watch too many missions at once."}
        return {"ok": True}

    async def unwatch(self, sid: str, mission_id: object = None, *_: object) -> dict[str, Any]:
        """Ends it."""
        await self._live.unwatch(sid, mission_id)
        return {"ok": True}

    async def subscribe_approval(self, sid: str, approval_id: object = None, *_: object) -> dict[str, Any]:
        """Joins the room of the mission that asks."""
        try:
            person = await self._person(sid)
            approval = await self._wiring.votes.get(person, UUID(str(approval_id)))
        except (OpsError, ValueError):
            return {"error": "Unknown approval."}
        await self._server.enter_room(sid, mission_room(person.org, approval.mission_id))
        return {"ok": True}

    async def ping(self, sid: str, *_: object) -> None:
        """Answers."""
        await self._server.emit("pong", to=sid)

    async def beat(self) -> None:
        """Tells each room, every 5 s, where the table stands: a lost last event leaves no gap to notice."""
        while True:
            await asyncio.sleep(BEAT_S)  # a pulse, not a wait for a condition
            try:
                await self._tell_stands()
            except Exception:  # the pulse must never stop
                log.exception("no beat")

    async def sweep(self) -> None:
        """Every 5 s closes the sockets of ended sessions, and empties rooms of who lost the right."""
        while True:
            await asyncio.sleep(BEAT_S)  # a pulse, not a wait for a condition
            try:
                await self._sweep()
            except Exception:  # as above
                log.exception("no sweep")

    async def _tell_stands(self) -> None:
        for org, ids in self._watched().items():
            for mission_id, status, seq in await self._wiring.missions.last_seqs(org, ids):
                content = {"missionId": str(mission_id), "status": status.value, "seq": seq}
                await self._here(content | {"lastSeq": seq}, mission_room(org, mission_id))

    async def _person(self, sid: str) -> Person:
        """Asks the table each time: a demotion or a logout counts at once. A socket outlives its token."""
        claims: Claims = (await self._server.get_session(sid))["claims"]
        return await self._wiring.people.by_session(claims.session, claims.version)

    async def _sweep(self) -> None:
        for sid, _ in list(self._server.manager.get_participants("/", None)):
            try:
                await self._leave_forbidden(sid, await self._person(sid))
            except NotFoundError:
                await self._server.disconnect(sid)
            except KeyError:  # it left meanwhile
                continue

    async def _leave_forbidden(self, sid: str, person: Person) -> None:
        if not person.may(Deed.DECIDE_APPROVAL):
            await self._server.leave_room(sid, deciders_room(person.org))
        for room in self._server.rooms(sid):
            if room.startswith((ROOM, WATCHING)):
                try:
                    await self._wiring.missions.get(person, UUID(room.rpartition(":")[2]))
                except NotFoundError:
                    await self._server.leave_room(sid, room)

    def _watched(self) -> dict[str, set[UUID]]:
        """The missions that clients of this process watch, by organization."""
        watched: defaultdict[str, set[UUID]] = defaultdict(set)
        for room in self._server.manager.rooms.get("/", {}):
            if isinstance(room, str) and room.startswith(ROOM):
                _, org, mission_id = room.split(":")
                watched[org].add(UUID(mission_id))
        return watched

    async def _here(self, content: dict[str, Any], room: str) -> None:
        """To this process's own clients: each process beats for its own, with Redis or without."""
        for sid, _ in list(self._server.manager.get_participants("/", room)):
            await self._server.emit("mission:status", content, to=sid, ignore_queue=True)
