import hashlib
from collections.abc import Mapping
from pathlib import Path

import redis.asyncio
from redis.exceptions import RedisError

from runtime.local.binaries import valkey_server
from runtime.local.polling import answers
from runtime.local.private_files import private_directory, write_private
from runtime.local.processes import Child
from runtime.local.secrets import SecretFile

# Commands that every client library sends first.
_GREETING = "+hello +auth +ping +select +client|setinfo +client|setname"
RULES = {
    "admin": "~* &* +@all",
    "api": "~* &* +@all -@admin -@dangerous",
    "missions": f"resetchannels &socketio* {_GREETING} +publish",
    # It may not publish on the channel that it subscribes to, nor the reverse: the last part is a selector.
    "browser": f"resetchannels &frames:* %R~watched:* %R~hold:* {_GREETING} +publish +get"
    " (&touch:* +subscribe +unsubscribe)",
}


def users_acl(passwords: Mapping[str, str]) -> str:
    """Valkey's ACL file for these users of RULES. It contains only hashes of their passwords."""
    lines = ["user default reset off"]
    for user, password in passwords.items():
        digest = hashlib.sha256(password.encode()).hexdigest()
        lines.append(f"user {user} reset on #{digest} {RULES[user]}")
    return "\n".join(lines) + "\n"


class LocalValkey:
    """Valkey in `<data>/valkey` with a user per part of the product; the default user is off."""

    def __init__(self, data: Path, port: int, secrets: SecretFile) -> None:
        self._home = data / "valkey"
        self._log = data / "logs" / "valkey.log"
        self._port = port
        self._passwords = {user: secrets.get(f"valkey-{user}") for user in RULES}

    @property
    def redis_urls(self) -> dict[str, str]:
        """User to URL: admin, api, missions, browser."""
        return {
            user: f"redis://{user}:{password}@127.0.0.1:{self._port}/0"
            for user, password in self._passwords.items()
        }

    async def prepare(self) -> None:
        """Writes the ACL file."""
        private_directory(self._home)
        write_private(self._home / "users.acl", users_acl(self._passwords))

    def child(self) -> Child:
        """The server: append-only file, synced each second; it refuses writes rather than evict keys."""
        options = {
            "port": self._port,
            "bind": "127.0.0.1",
            "aclfile": self._home / "users.acl",
            "dir": self._home,
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "loglevel": "notice",
        }
        argv = [str(valkey_server())]
        for name, value in options.items():
            argv += [f"--{name}", str(value)]
        argv += ["--save", ""]
        return Child("valkey", argv, log=self._log, env={"TZ": "UTC"}, cwd=self._home)

    async def ready(self) -> None:
        """Returns once an authenticated PING works, which it does not while the file loads. NotReadyError."""
        async with redis.asyncio.Redis.from_url(self.redis_urls["admin"], socket_timeout=2) as client:
            await answers("valkey", client.ping, (RedisError, OSError), self._log)
