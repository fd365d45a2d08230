"""What a client may send about missions. Unknown fields are refused."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

from api.requests.fields import HttpUrl, ShortName
from missions.browser_control import BrowserInputKind
from missions.feedback import FeedbackKind
from missions.mission import Priority
from missions.strict_model import StrictModel
from missions.template import Draft

Prompt = Annotated[str, StringConstraints(strip_whitespace=True, min_length=10, max_length=5000)]
Variables = dict[
    Annotated[str, Field(max_length=40)], Annotated[str, StringConstraints(min_length=1, max_length=1000)]
]


class MissionRequest(StrictModel):
    """What is wrong, in 10 to 5,000 characters; or a template with what it is to be filled with.

    With both, the prompt is what a client made of the template.
    """

    prompt: Prompt | None = None
    dashboard_url: HttpUrl | None = None
    dashboard_type: ShortName | None = None
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


class TemplateMissionRequest(StrictModel):
    """What a template is filled with."""

    variables: Annotated[Variables, Field(max_length=50)] = {}
    dashboard_url: HttpUrl | None = None
    dashboard_type: ShortName | None = None
    priority: Priority = Priority.NORMAL


class TemplateRequest(Draft):
    """A mission to be asked for again and again; nothing unknown."""

    model_config = ConfigDict(extra="forbid")


class TemplateChangeRequest(TemplateRequest):
    """A template as it shall be. `version`: the one that was read."""

    version: Annotated[int, Field(ge=1)] | None = None


class BrowserControlRequest(StrictModel):
    """Which of the mission's pages somebody wants to steer: a target's id."""

    target: Annotated[str, Field(min_length=1, max_length=200)]


KeyName = Literal[
    "Enter", "Tab", "Escape", "Backspace", "Delete", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight",
    "Home", "End", "PageUp", "PageDown", "Space",
]  # fmt: skip
Part = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Pixels = Annotated[int, Field(ge=-2000, le=2000)]


class BrowserInputRequest(StrictModel):
    """One gesture on the page: click (`x`, `y`: parts of its width and height), type, key or scroll."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    gesture: BrowserInputKind
    x: Part = 0
    y: Part = 0
    dx: Pixels = 0
    dy: Pixels = 0
    key: KeyName | None = None
    text: Annotated[SecretStr, Field(max_length=500)] = SecretStr("")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.gesture is BrowserInputKind.KEY) != (self.key is not None):
            raise ValueError("a key needs its name, and nothing else has one")
        if (self.gesture is BrowserInputKind.TYPE) != bool(self.text.get_secret_value()):
            raise ValueError("typing needs a text, and nothing else has one")
        return self


class FeedbackRequest(StrictModel):
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
