import structlog

from runtime.logging import configure
from runtime.setting_types import Environment
from runtime.settings import ProcessSettings

log = structlog.get_logger(__name__)


def start_logging(settings: ProcessSettings, process: str) -> None:
    """Configures the process's log, and warns where the settings are for one machine only."""
    configure(settings.log_level, settings.log_format, process)
    if settings.environment is Environment.LOCAL:
        log.warning("ENVIRONMENT=local: stand-ins and sample secrets are accepted; not for production")
