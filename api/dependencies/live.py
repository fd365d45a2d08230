from dataclasses import dataclass

import socketio

from runtime.process_settings import ApiSettings
from runtime.resources import Resources
from stores.frames import RedisAudience
from stores.socketio_internals import close_channel


@dataclass(frozen=True)
class LiveDependencies:
    """Socket.IO's server, and the channel of the browsers' frames."""

    server: socketio.AsyncServer
    audience: RedisAudience

    @classmethod
    def of(cls, settings: ApiSettings, resources: Resources) -> "LiveDependencies":
        """A server that shares its rooms with other processes through Redis."""
        redis_url = settings.redis_url.get_secret_value()
        manager = socketio.AsyncRedisManager(
            redis_url,
            redis_options={"socket_connect_timeout": 2, "socket_timeout": None},
        )
        server = socketio.AsyncServer(
            async_mode="asgi",
            client_manager=manager,
            cors_allowed_origins=sorted(settings.origins),
            max_http_buffer_size=16 * 1024,
        )
        resources.push_async_callback(close_channel, manager)
        resources.push_async_callback(server.shutdown)
        return cls(server, resources.closing(RedisAudience(redis_url)))
