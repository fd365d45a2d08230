"""What a client may send. Unknown fields are refused."""

import re
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from missions.approval import AfterDenial, VoteChoice
from missions.browser_control import BrowserInputKind
from missions.connector import ConnectorConfig, PageConfig
from missions.credentials import Credentials
from missions.feedback import FeedbackKind
from missions.mission import Priority
from missions.plan import Masks, PanelQuery
from missions.template import Draft

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
HttpUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^\s@\\]{1,2000}$")]


class RequestModel(BaseModel):
    """camelCase, nothing unknown."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


Prompt = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=5000)]
Variables = dict[
    Annotated[str, Field(max_length=40)], Annotated[str, StringConstraints(min_length=1, max_length=1000)]
]


class MissionRequest(RequestModel):
    """What is wrong, in 10 to 5,000 characters; or a template with what it is to be filled with.

    With both, the prompt is what a client made of the template.
    """

    prompt: Prompt | None = None
    dashboard_url: HttpUrl | None = None
    dashboard_type: Name | None = None
    priority: Priority = Priority.NORMAL
    template_id: UUID | None = None
    variables: Annotated[Variables, Field(max_length=50)] | None = None

    @model_validator(mode="after")
    def _one_prompt(self) -> Self:
        if self.prompt is None and self.template_id is None:
            raise ValueError("a prompt is needed, or a templateId")
        if self.variables is not None and (self.template_id is None or self.prompt is not None):
            raise ValueError("variables fill a template: they need a templateId, and no prompt")
        return self


class Filling(RequestModel):
    """What a template is filled with."""

    variables: Annotated[Variables, Field(max_length=50)] = {}
    dashboard_url: HttpUrl | None = None
    dashboard_type: Name | None = None
    priority: Priority = Priority.NORMAL


class NewTemplate(Draft):
    """A mission to be asked for again and again; nothing unknown."""

    model_config = ConfigDict(extra="forbid")


class ChangedTemplate(NewTemplate):
    """A template as it shall be. `version`: the one that was read."""

    version: Annotated[int, Field(ge=1)] | None = None


class BrowserControlRequest(RequestModel):
    """Which of the mission's pages somebody wants to steer: a target's id."""

    target: Annotated[str, Field(min_length=1, max_length=200)]


Key = Literal[
    "Enter", "Tab", "Escape", "Backspace", "Delete", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight",
    "Home", "End", "PageUp", "PageDown", "Space",
]  # fmt: skip
Part = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Pixels = Annotated[int, Field(ge=-2000, le=2000)]


class BrowserInputRequest(RequestModel):
    """One gesture on the page: click (`x`, `y`: parts of its width and height), type, key or scroll."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    gesture: BrowserInputKind
    x: Part = 0
    y: Part = 0
    dx: Pixels = 0
    dy: Pixels = 0
    key: Key | None = None
    text: Annotated[SecretStr, Field(max_length=500)] = SecretStr("")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.gesture is BrowserInputKind.KEY) != (self.key is not None):
            raise ValueError("a key needs its name, and nothing else has one")
        if (self.gesture is BrowserInputKind.TYPE) != bool(self.text.get_secret_value()):
            raise ValueError("typing needs a text, and nothing else has one")
        return self


class FeedbackRequest(RequestModel):
    """What somebody says about one service as the cause: pinned, ruled-out, added; open takes it back."""

    service: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    stance: FeedbackKind
    reason: Annotated[str, Field(max_length=500)] = ""

    @field_validator("service")
    @classmethod
    def _printable(cls, service: str) -> str:
        if not service.isprintable():
            raise ValueError("A service's name is one line of text.")
        return service


class NewAnnouncement(RequestModel):
    """What everybody is told, in 1 to 500 characters."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class NewOrganization(RequestModel):
    """A slug that stays (2 to 31 of a-z, 0-9 and -) and a name that people read."""

    slug: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
    name: Title


class OrganizationChange(RequestModel):
    """What is left out stays; a maximum of null is the installation's."""

    name: Title | None = None
    max_concurrent_missions: Annotated[int, Field(ge=1, le=10_000)] | None = None


class Response(RequestModel):
    """An answer to exactly the action whose hash was shown.

    From risk HIGH on a yes types what it acts on; `then` is a denier's wish: the next candidate, or the end.
    """

    status: VoteChoice
    notes: Annotated[str, Field(max_length=2000)] = ""
    action_hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    typed_target: Annotated[str, Field(max_length=500)] | None = None
    then: AfterDenial = AfterDenial.END


class Withdrawal(RequestModel):
    """Why somebody takes the own answer back."""

    reason: Annotated[str, Field(max_length=2000)] = ""


class NewQuery(PanelQuery):
    """What a page's panel asks; nothing unknown."""

    model_config = ConfigDict(extra="forbid")


class NewPage(PageConfig):
    """A page of a dashboard; nothing unknown."""

    model_config = ConfigDict(extra="forbid")

    queries: tuple[NewQuery, ...] = Field(default=(), max_length=100)


class NewMasks(Masks):
    """What must not leave the browser; nothing unknown, and every pattern is one."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("patterns")
    @classmethod
    def _compile(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern[:100]!r} is no regular expression: {error}") from None
        return patterns


class NewCredentials(Credentials):
    """How one signs in; nothing unknown. It is sealed at once, and never sent back."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class NewConfig(ConnectorConfig):
    """A dashboard's configuration; nothing unknown."""

    model_config = ConfigDict(extra="forbid")

    masks: NewMasks = NewMasks()

    pages: tuple[NewPage, ...] = Field(default=(), max_length=50)


class NewDashboard(RequestModel):
    """A dashboard to register; the same name again changes it. Without credentials it keeps those it has."""

    name: Name
    type: Name
    base_url: HttpUrl
    config: NewConfig = NewConfig()
    credentials: NewCredentials | None = None


class ChangedDashboard(NewDashboard):
    """A dashboard as it shall be. `version`: the one that was read; `credentials` null takes them away."""

    version: Annotated[int, Field(ge=1)] | None = None


class SealedPayloads(RequestModel):
    """Payloads in Temporal's own form: metadata and data, each in base64."""

    payloads: Annotated[list[dict[str, JsonValue]], Field(max_length=1000)]


class Hypothetical(RequestModel):
    """An action that a mission might propose; now, unless `at` says when.

    `severity` is what the catalog of actions says of it: it only raises what the policy says.
    """

    action: Annotated[str, Field(min_length=1, max_length=100)]
    service: Annotated[str, Field(min_length=1, max_length=100)]
    environment: Annotated[str, Field(min_length=1, max_length=100)]
    severity: Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"] = "LOW"
    at: AwareDatetime | None = None
