from pathlib import Path

from mcp import StdioServerParameters

from activities.ports import Actuator
from adapters.actions.configuration import (
    ActuatorConfig,
    ActuatorsFile,
    KubernetesConfig,
    McpConfig,
    ShopConfig,
    SshConfig,
    WebhookConfig,
)
from adapters.actions.kubernetes import KubernetesActuator
from adapters.actions.mcp_tools import McpActuator
from adapters.actions.registry import RegisteredActuators
from adapters.actions.shop import ShopActuator
from adapters.actions.ssh import SshActuator
from adapters.actions.webhook import WebhookActuator
from missions.catalog import Catalog

_SECRET_BYTES = 24  # Standard Webhooks asks for so many


def actuators_of(text: str) -> RegisteredActuators:
    """Reads the actuators' file (JSON) and the secrets that it names.

    Raises ValueError (pydantic.ValidationError is one) and OSError: better no worker than one that guesses.
    """
    file = ActuatorsFile.model_validate_json(text)
    made = {name: _made(config) for name, config in file.actuators.items()}
    return RegisteredActuators(Catalog(entries=file.catalog), made)


def _made(config: ActuatorConfig) -> Actuator:
    match config:
        case ShopConfig():
            return ShopActuator(str(config.url), _secret(config.token_file))
        case WebhookConfig():
            secret = _secret(config.secret_file).encode()
            if len(secret) < _SECRET_BYTES:
                raise ValueError(f"{config.secret_file} must have at least {_SECRET_BYTES} bytes")
            return WebhookActuator(
                str(config.url), secret, idempotent=config.idempotent, timeout=config.timeout
            )
        case McpConfig():
            token = _secret(config.token_file) if config.token_file else None
            command = config.command
            server = StdioServerParameters(command=command[0], args=list(command[1:])) if command else None
            return McpActuator(server or str(config.url), token, config.tools, config.timeout)
        case KubernetesConfig():
            return KubernetesActuator(config.cluster, config.timeout)
        case SshConfig():
            return SshActuator(config.host, config.commands, config.timeout)


def _secret(path: Path) -> str:
    text = path.read_text().strip()
    if not text:
        raise ValueError(f"{path} is empty")
    return text
