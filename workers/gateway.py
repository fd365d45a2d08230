from activities.ports import Gateway, GatewayApprovals
from adapters.gateways.approvals import HttpGatewayApprovals
from adapters.gateways.http import HttpGateway
from adapters.gateways.policy_gateway import PolicyGateway
from runtime.settings import GatewaySettings

TIMEOUT_S = 5


def gateway_of(settings: GatewaySettings) -> Gateway:
    """The policy in process, or another gateway behind the same contract."""
    if settings.secure_mcp_gateway_url is None:
        return PolicyGateway(settings.policy_file.read_text)
    return HttpGateway(settings.secure_mcp_gateway_url, _headers(settings), timeout=TIMEOUT_S)


def gateway_approvals_of(settings: GatewaySettings) -> GatewayApprovals | None:
    """The approvals that another gateway keeps itself; the policy in process keeps none."""
    if settings.secure_mcp_gateway_url is None:
        return None
    return HttpGatewayApprovals(settings.secure_mcp_gateway_url, _headers(settings), timeout=TIMEOUT_S)


def _headers(settings: GatewaySettings) -> dict[str, str]:
    token, key = settings.secure_mcp_gateway_token, settings.secure_mcp_gateway_api_key
    bearer = {"Authorization": f"Bearer {token.get_secret_value()}"} if token else {}
    return bearer | ({"X-API-Key": key.get_secret_value()} if key else {})
