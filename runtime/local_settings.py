"""What `ops-agent`, the demo and `make fuzz` read."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, PositiveInt
from pydantic_settings import BaseSettings

from runtime.settings import CONFIG

ROOT = Path(__file__).resolve().parents[1]


class CliSettings(BaseSettings):
    """Where `ops-agent` and the demo keep the local stack."""

    model_config = CONFIG

    ops_agent_data: Annotated[Path, Field(description="The local stack's data directory")] = ROOT / "var"
    chromium: Annotated[Path | None, Field(description="A browser of your own for the local stack")] = None


class DemoAnswer(StrEnum):
    """Who answers the demo's approval: a person at the terminal, or the environment for that person."""

    ASK = "ask"
    YES = "yes"
    NO = "no"


class DemoSettings(CliSettings):
    """What `make demo` and `make judge` read. FAULT, SEED and DECOYS never reach a process of the mission."""

    fault: Annotated[str, Field(description="What breaks: a kind of fault, or `random`")] = "random"
    seed: Annotated[int | None, Field(description="Repeats a fault; without it a random one is drawn")] = None
    decoys: Annotated[bool, Field(description="Whether harmless things happen beside the fault")] = False
    seeds: Annotated[PositiveInt, Field(description="How many missions `make judge` runs")] = 20
    approve: Annotated[DemoAnswer, Field(description="Who answers the approval")] = DemoAnswer.ASK


class FuzzSettings(BaseSettings):
    """`make fuzz`."""

    model_config = CONFIG

    fuzz_minutes: Annotated[
        PositiveInt | None, Field(description="How long `make fuzz` sends what it makes up to the API")
    ] = None
