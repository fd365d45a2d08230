"""The settings of `python -m servers …`."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, FilePath, model_validator

from runtime.setting_types import NamedSecrets
from runtime.settings import LogSettings, PlacedSettings


class EngineSettings(LogSettings, PlacedSettings):
    """An engine behind HTTP, for programs of your own network: `python -m servers …`."""

    engine_host: Annotated[str, Field(description="The address to listen on")] = "127.0.0.1"
    engine_port: Annotated[int, Field(ge=1, le=65535, description="The port to listen on")] = 8090


class AnalyzeSettings(EngineSettings):
    """`python -m servers analyze`, which stores nothing and needs no credentials."""


class ProposeSettings(EngineSettings):
    """`python -m servers propose`: the policy and, with APPROVAL_BOOK, approvals of its own."""

    policy_file: Annotated[FilePath, Field(description="The rules of what is allowed, as JSON")]
    approval_book: Annotated[
        Path | None,
        Field(description="An SQLite file for approvals of its own; then callers need a key"),
    ] = None
    approval_keys: Annotated[
        NamedSecrets | None,
        Field(description="The callers: `name:key`, with commas; at least 32 bytes each"),
    ] = None

    @model_validator(mode="after")
    def _keys_for_a_book(self) -> Self:
        if (self.approval_book is None) != (self.approval_keys is None):
            raise ValueError("APPROVAL_BOOK and APPROVAL_KEYS belong together")
        return self
