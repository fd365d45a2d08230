"""The settings of `ops-agent`, the demo, the lab and `make fuzz`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, PositiveInt
from pydantic_settings import BaseSettings

from runtime.settings import CONFIG

ROOT = Path(__file__).resolve().parents[1]

_SEEDS = "How many missions `make judge` and `make lab-judge` run; the lab's default is 10"
_APPROVE = "How the approval is decided; the lab's default is `careful`, a person who knows what helps"
LabNumber = Annotated[
    int,
    Field(ge=1, le=254, description="The lab's network, 127.NETWORK.0.0/16: labs on others run beside it"),
]


class CliSettings(BaseSettings):
    """The local stack of `ops-agent` and the demo."""

    model_config = CONFIG

    ops_agent_data: Annotated[Path, Field(description="The local stack's data directory")] = ROOT / "var"
    chromium: Annotated[Path | None, Field(description="A browser of your own for the local stack")] = None


class DemoAnswer(StrEnum):
    """How the demo's approval is decided: by a person at the terminal, or always the same way."""

    ASK = "ask"
    YES = "yes"
    NO = "no"


class LabAnswer(StrEnum):
    """How an approval in the lab is decided: as in the demo, or as a careful person who knows the cure."""

    CAREFUL = "careful"
    ASK = "ask"
    YES = "yes"
    NO = "no"


class DemoSettings(CliSettings):
    """`make demo` and `make judge`. FAULT, SEED and DECOYS never reach a process of the product."""

    fault: Annotated[str, Field(description="A kind of fault, or `random`")] = "random"
    seed: Annotated[int | None, Field(description="Repeats a fault; without it a random seed is used")] = None
    decoys: Annotated[bool, Field(description="Whether harmless changes happen beside the fault")] = False
    seeds: Annotated[
        PositiveInt,
        Field(description=_SEEDS),
    ] = 20
    approve: Annotated[DemoAnswer, Field(description=_APPROVE)] = DemoAnswer.ASK
    normal_seconds: Annotated[
        PositiveInt,
        Field(description="Seconds before the fault: a diagnosis compares with normal values"),
    ] = 25
    impact_seconds: Annotated[
        PositiveInt, Field(description="Seconds between the fault and the start of the mission")
    ] = 20


class LabSettings(CliSettings):
    """`make lab` and `make lab-judge`. FAULT and SEED never reach a process of the product."""

    fault: Annotated[str, Field(description="A kind of fault, or `random`")] = "random"
    seed: Annotated[int | None, Field(description="Repeats a fault; without it a random seed is used")] = None
    seeds: Annotated[
        PositiveInt,
        Field(description=_SEEDS),
    ] = 10
    first: Annotated[
        int,
        Field(validation_alias="FROM", description="The first seed of `make lab-judge`: portions add up"),
    ] = 0
    approve: Annotated[LabAnswer, Field(description=_APPROVE)] = LabAnswer.CAREFUL
    network: LabNumber = 77
    calm_seconds: Annotated[
        PositiveInt, Field(description="Seconds for which the lab is calm before a fault")
    ] = 120


class FuzzSettings(BaseSettings):
    """`make fuzz`."""

    model_config = CONFIG

    fuzz_minutes: Annotated[
        PositiveInt | None, Field(description="How long `make fuzz` sends generated requests to the API")
    ] = None
    fuzz_result: Annotated[
        Path | None, Field(description="Where `make fuzz` writes its counts as one line of JSON")
    ] = None


class LabBenchSettings(CliSettings):
    """`make bench NAME=lab`."""

    held_out: Annotated[bool, Field(description="Whether the held-out recordings are read, too")] = False


class FitSettings(CliSettings):
    """`make bench NAME=rca-fit`."""

    write: Annotated[bool, Field(description="Whether the fitted weights replace the engine's")] = False


class SemanticsBenchSettings(CliSettings):
    """`make bench NAME=semantics`."""

    show_blind: Annotated[bool, Field(description="Whether mistakes in the blind list are printed")] = False


class VerificationBenchSettings(CliSettings):
    """`make bench NAME=verification`."""

    recordings: Annotated[
        Path | None, Field(description="A folder of recordings instead of the development half")
    ] = None
    n: Annotated[PositiveInt, Field(description="How many cures and how many other endings are drawn")] = 60


class LabRecordSettings(CliSettings):
    """`make lab-record`. The same PLAN_SEED and N draw the same plan, so that a recorder resumes."""

    n: Annotated[PositiveInt, Field(description="How many incidents the plan has")] = 60
    plan_seed: Annotated[int, Field(description="Draws the plan of `make lab-record`")] = 15
    part: Annotated[
        str,
        Field(
            pattern=r"^([1-9]\d*/[1-9]\d*)?$",
            description="Which portion of the plan is recorded, as 1/2; all of it by default",
        ),
    ] = ""
    network: LabNumber = 77
