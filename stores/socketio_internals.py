"""What we use of python-socketio and python-engineio without documented interface, with each reason.

Nothing else in the product uses them, so an upgrade of the library is checked against this file.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import socketio

from activities.task_ending import end_tasks

NAMESPACE = "/"


def start_manager(server: socketio.AsyncServer) -> None:
    """Subscribes to Redis now. The library does it with the first client.

    That would be too late: it then drops the connection that it has published through before.
    """
    server.manager.initialize()
    server.manager_initialized = True


async def close_channel(manager: socketio.AsyncRedisManager) -> None:
    """Closes a manager's Redis connections. The library has no method for it."""
    subscriber = getattr(manager, "thread", None)
    if subscriber is not None:
        await end_tasks((subscriber,))
    for connection in (manager.pubsub, manager.redis):
        if connection is not None:
            await connection.aclose()


def connection_count(server: socketio.AsyncServer) -> int:
    """How many clients are connected to this process: a metric."""
    return len(server.eio.sockets)


def is_connected(server: socketio.AsyncServer, sid: str) -> bool:
    """Whether a socket is connected, and not just about to be, or to be no more.

    A client can send an event that is named "connect" or "disconnect", and the library runs the handler.
    """
    return bool(server.manager.is_connected(sid, NAMESPACE))


def follow_transports(
    server: socketio.AsyncServer, opened: Callable[[str, dict[str, Any]], None], closed: Callable[[str], None]
) -> None:
    """Calls `opened` with each new connection's id and its ASGI scope, and `closed` with its id at its end.

    Socket.IO has events of its sockets only: a connection on which nobody signs in has none.
    """
    connect, disconnect = server.eio.handlers["connect"], server.eio.handlers["disconnect"]

    async def connected(connection: str, environ: dict[str, Any]) -> object:
        opened(connection, environ["asgi.scope"])
        return await connect(connection, environ)

    async def disconnected(connection: str, reason: str) -> object:
        closed(connection)
        return await disconnect(connection, reason)

    server.eio.on("connect", connected)
    server.eio.on("disconnect", disconnected)


async def close_transport(server: socketio.AsyncServer, connection: str) -> None:
    """Ends a connection. `eio.disconnect` would wait until its client has read everything."""
    socket = server.eio.sockets.pop(connection, None)
    if socket is not None and not socket.closed:
        await socket.close(wait=False)


def rooms_by_socket(server: socketio.AsyncServer) -> dict[str, list[str]]:
    """The rooms of every socket of this process. `AsyncServer.rooms` walks all rooms for one socket."""
    rooms: defaultdict[str, list[str]] = defaultdict(list)
    for room in rooms_of(server):
        for sid, _ in sockets_in(server, room):
            rooms[sid].append(room)
    return rooms


def queued_packets(server: socketio.AsyncServer, connection: str) -> int | None:
    """How many packets wait for a slow client; None where its connection is closed.

    `connection` is the id of the connection below the socket: see `sockets_in`.
    """
    socket = server.eio.sockets.get(connection)
    return None if socket is None else int(socket.queue.qsize())


def rooms_of(server: socketio.AsyncServer) -> list[str]:
    """The rooms that have members in this process. `AsyncServer.rooms` gives those of one client only."""
    return [room for room in server.manager.rooms.get(NAMESPACE, {}) if isinstance(room, str)]


def sockets_in(server: socketio.AsyncServer, room: str) -> Iterator[tuple[str, str]]:
    """The sockets of a room that are connected to this process, each with the id of its connection.

    `AsyncServer.emit` to a room goes through Redis to all processes.
    """
    return iter(list(server.manager.get_participants(NAMESPACE, room)))
