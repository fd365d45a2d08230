from pathlib import Path

from activities.ports import Actuator
from adapters.actions.configuration import (
    ActuatorConfig,
    ActuatorsFile,
    KubernetesConfig,
    McpConfig,
    SshConfig,
    WebhookConfig,
)
from adapters.actions.registry import RegisteredActuators, ServingActuator
from missions.catalog import Catalog

_SECRET_BYTES = 24  # the minimum of Standard Webhooks


def load_actuators(text: str, *, refused: str = "") -> RegisteredActuators:
    """The actuators of a file (JSON) and of the secret files that it names.

    Raises ValueError for an invalid file and for a secret that contains the text `refused`, and OSError.
    """
    file = ActuatorsFile.model_validate_json(text)
    actuators = {
        name: ServingActuator(_actuator(config, refused), config.organizations, config.place)
        for name, config in file.actuators.items()
    }
    return RegisteredActuators(Catalog(entries=file.catalog), actuators)


def _actuator(config: ActuatorConfig, refused: str) -> Actuator:
    # Imports are local: the Kubernetes models alone take seconds to import.
    match config:
        case WebhookConfig():
            from adapters.actions.webhook import WebhookActuator

            secret = _secret(config.secret_file, refused).encode()
            if len(secret) < _SECRET_BYTES:
                raise ValueError(f"{config.secret_file}: the secret must have at least {_SECRET_BYTES} bytes")
            return WebhookActuator(
                str(config.url), secret, idempotent=config.idempotent, timeout=config.timeout
            )
        case McpConfig():
            from mcp import StdioServerParameters

            from adapters.actions.mcp_tools import McpActuator

            token = _secret(config.token_file, refused) if config.token_file else None
            command = config.command
            server = StdioServerParameters(command=command[0], args=list(command[1:])) if command else None
            return McpActuator(server or str(config.url), token, config.tools, config.timeout)
        case KubernetesConfig():
            from adapters.actions.kubernetes import KubernetesActuator

            return KubernetesActuator(config.cluster, config.timeout)
        case SshConfig():
            from adapters.actions.ssh import SshActuator

            return SshActuator(config.host, config.commands, config.timeout)


def _secret(path: Path, refused: str) -> str:
    text = path.read_text().strip()
    if not text:
        raise ValueError(f"{path}: the secret is empty")
    if refused and refused in text:
        raise ValueError(f"{path}: the secret is a sample, make one of your own")
    return text
