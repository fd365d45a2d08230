"""What we use of python-socketio and python-engineio without documented interface, with each reason.

Nothing else in the product uses them, so an upgrade of the library is checked against this file.
"""

import asyncio
from collections.abc import Iterator

import socketio

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
        subscriber.cancel()
        await asyncio.gather(subscriber, return_exceptions=True)
    for connection in (manager.pubsub, manager.redis):
        if connection is not None:
            await connection.aclose()


def connection_count(server: socketio.AsyncServer) -> int:
    """How many clients are connected to this process: a metric."""
    return len(server.eio.sockets)


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
