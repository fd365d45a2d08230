from activities.ports import Gateway
from adapters.gateways.http import HttpGateway
from adapters.gateways.policy_gateway import PolicyGateway
from runtime.settings import GatewaySettings


def gateway_of(settings: GatewaySettings) -> Gateway:
    """The policy in process, or another gateway behind the same contract."""
    if settings.secure_mcp_gateway_url is None:
        return PolicyGateway(settings.policy_file.read_text)
    token = settings.secure_mcp_gateway_token
    return HttpGateway(
        settings.secure_mcp_gateway_url, token.get_secret_value() if token else None, timeout=5
    )
