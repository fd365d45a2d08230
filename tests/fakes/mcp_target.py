"""A real MCP server whose tools change the target's world: `mcp_target.py FILE` speaks on stdio."""

import sys
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from target_world import TargetWorld


def mcp_target(file: Path) -> MCPServer:
    """The server with its four tools."""
    world, server = TargetWorld(file), MCPServer("target", log_level="CRITICAL")

    def do(verb: str, service: str, value: int | None, key: str) -> str:
        try:
            return world.do(verb, service, value, key)
        except ValueError as error:
            raise ToolError(str(error)) from error

    @server.tool()
    def get_service(service_name: str) -> dict[str, Any]:
        """The service now."""
        state = world.state(service_name)
        if state is None:
            raise ToolError("there is no such service")
        return state

    @server.tool()
    def restart_service(service_name: str, idempotency_key: str) -> str:
        """Restarts it."""
        return do("restart", service_name, None, idempotency_key)

    @server.tool()
    def scale_service(service_name: str, replicas: int, idempotency_key: str) -> str:
        """Scales it."""
        return do("scale", service_name, replicas, idempotency_key)

    @server.tool()
    def rollback_service(service_name: str, revision: int, idempotency_key: str) -> str:
        """Rolls it back."""
        return do("rollback", service_name, revision, idempotency_key)

    return server


if __name__ == "__main__":
    mcp_target(Path(sys.argv[1])).run()
