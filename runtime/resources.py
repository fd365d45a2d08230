from collections.abc import Awaitable
from contextlib import AsyncExitStack
from typing import Protocol, TypeVar


class _Closable(Protocol):
    def close(self) -> Awaitable[object]: ...


Kept = TypeVar("Kept", bound=_Closable)


class Resources(AsyncExitStack):
    """What a process holds open. Closed in reverse order at the end, each one whatever the others raise."""

    def closing(self, resource: Kept) -> Kept:
        """Closes the resource at the end; returns it."""
        self.push_async_callback(resource.close)
        return resource
