from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class FrozenModel(BaseModel):
    """A frozen value with camelCase names outside Python.

    Unknown fields are ignored, since versions n and n+1 exchange Temporal payloads. What clients send is
    parsed by StrictModel instead.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True, ser_json_inf_nan="null"
    )
