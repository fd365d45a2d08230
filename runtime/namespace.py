from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice import v1 as operator
from temporalio.api.workflowservice import v1 as workflow
from temporalio.client import Client

RETENTION_S = 90 * 24 * 3600
SEARCH_ATTRIBUTES = ("Org", "MissionStatus", "Service", "Risk")


async def settle(client: Client) -> None:
    """Sets the namespace's retention to 90 days and adds our search attributes. Idempotent. RPCError."""
    name = client.namespace
    described = await client.workflow_service.describe_namespace(
        workflow.DescribeNamespaceRequest(namespace=name)
    )
    if described.config.workflow_execution_retention_ttl.seconds != RETENTION_S:
        config = NamespaceConfig(workflow_execution_retention_ttl=Duration(seconds=RETENTION_S))
        await client.workflow_service.update_namespace(
            workflow.UpdateNamespaceRequest(namespace=name, config=config)
        )
    registered = await client.operator_service.list_search_attributes(
        operator.ListSearchAttributesRequest(namespace=name)
    )
    if missing := set(SEARCH_ATTRIBUTES) - set(registered.custom_attributes):
        keywords = dict.fromkeys(sorted(missing), IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD)
        await client.operator_service.add_search_attributes(
            operator.AddSearchAttributesRequest(namespace=name, search_attributes=keywords)
        )
