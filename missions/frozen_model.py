from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class FrozenModel(BaseModel):
    """A frozen value of the product's language: camelCase on every wire, unknown fields ignored.

    Unknown fields are ignored because versions n and n+1 exchange Temporal payloads; what a client may
    send is a smaller input model of the API that refuses them.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True, ser_json_inf_nan="null"
    )
