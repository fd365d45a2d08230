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
from adapters.actions.registry import RegisteredActuators
from missions.catalog import Catalog

_SECRET_BYTES = 24  # Standard Webhooks asks for so many


def actuators_of(text: str, *, refused: str = "") -> RegisteredActuators:
    """Reads the actuators' file (JSON) and the secrets that it names; none may hold the `refused` word.

    Raises ValueError (pydantic.ValidationError is one) and OSError: better no worker than one that guesses.
    """
    file = ActuatorsFile.model_validate_json(text)
    made = {name: _made(config, refused) for name, config in file.actuators.items()}
    return RegisteredActuators(Catalog(entries=file.catalog), made)


def _made(config: ActuatorConfig, refused: str) -> Actuator:
    """Only what is configured is imported: the models of Kubernetes alone take seconds."""
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
