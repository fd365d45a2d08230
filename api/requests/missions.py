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
    """A problem in 10 to 5,000 characters, or a template with its variables.

    With both, the prompt is the template's text as the client filled it.
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
    """The variables of a template, and the options of the mission."""

    variables: Annotated[Variables, Field(max_length=50)] = {}
    dashboard_url: HttpUrl | None = None
    dashboard_type: ShortName | None = None
    priority: Priority = Priority.NORMAL


class TemplateRequest(Draft):
    """A new mission template."""

    model_config = ConfigDict(extra="forbid")


class TemplateChangeRequest(TemplateRequest):
    """A template's new content. `version`: the version that the client read."""

    version: Annotated[int, Field(ge=1)] | None = None


class BrowserControlRequest(StrictModel):
    """The page to control: the id of one of the mission's targets."""

    target: Annotated[str, Field(min_length=1, max_length=200)]


KeyName = Literal[
    "Enter", "Tab", "Escape", "Backspace", "Delete", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight",
    "Home", "End", "PageUp", "PageDown", "Space",
]  # fmt: skip
Part = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Pixels = Annotated[int, Field(ge=-2000, le=2000)]


class BrowserInputRequest(StrictModel):
    """One input: click (`x`, `y`: fractions of the page's width and height), type, key or scroll."""

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
    """Feedback about one service as the cause: pinned, ruled-out or added; open takes it back."""

    service: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
    stance: FeedbackKind
    reason: Annotated[str, Field(max_length=500)] = ""

    @field_validator("service")
    @classmethod
    def _printable(cls, service: str) -> str:
        if not service.isprintable():
            raise ValueError("A service's name is one line of text.")
        return service
