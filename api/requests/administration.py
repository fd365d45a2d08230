"""What a client may send about an organization and its dashboards. Unknown fields are refused."""

from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue, StringConstraints, field_validator

from adapters.dashboards.page.patterns import compile_pattern
from api.requests.fields import HttpUrl, ShortName, Title
from missions.connector import MAX_MAPPINGS, MAX_PAGES, ConnectorConfig, Label, PageConfig
from missions.credentials import Credentials
from missions.errors import InvalidError
from missions.measurement import SeriesMapping
from missions.page_limits import PageLimits
from missions.panel_mapping import PanelMapping
from missions.plan import Masks, PanelQuery
from missions.strict_model import StrictModel


class AnnouncementRequest(StrictModel):
    """The text of an announcement, in 1 to 500 characters."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class OrganizationRequest(StrictModel):
    """A permanent slug (2 to 31 of a-z, 0-9 and -), a name, and its share of the founder's maximum."""

    slug: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
    name: Title
    max_concurrent_missions: Annotated[int, Field(ge=1, le=10_000)] = 1


class OrganizationChangeRequest(StrictModel):
    """Omitted fields stay; null as maximum of a first organization means the installation's default."""

    name: Title | None = None
    max_concurrent_missions: Annotated[int, Field(ge=1, le=10_000)] | None = None


class StrictPanelQuery(PanelQuery):
    """A panel's query."""

    model_config = ConfigDict(extra="forbid")


class StrictPage(PageConfig):
    """A page of a dashboard."""

    model_config = ConfigDict(extra="forbid")

    queries: tuple[StrictPanelQuery, ...] = Field(default=(), max_length=100)


class StrictMasks(Masks):
    """What must not leave the browser. Patterns have RE2's syntax, and at most 500 characters each."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("patterns")
    @classmethod
    def _compile(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                compile_pattern(pattern)
            except InvalidError as error:
                raise ValueError(error.detail) from None
        return patterns


class StrictPageLimits(PageLimits):
    """How long a visit waits for the pages, and how much it reads of them; null is the usual limit."""

    model_config = ConfigDict(extra="forbid")


class StrictCredentials(Credentials):
    """Credentials for a dashboard. They are sealed at once, and no answer contains them."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class StrictSeriesMapping(SeriesMapping):
    """What series measure."""

    model_config = ConfigDict(extra="forbid")


class PanelMappingRequest(PanelMapping):
    """What the series of a panel, or with a metric or expression, measure."""

    model_config = ConfigDict(extra="forbid")

    measures: StrictSeriesMapping


class StrictConnectorConfig(ConnectorConfig):
    """A dashboard's configuration. Without `mappings` the stored ones stay."""

    model_config = ConfigDict(extra="forbid")

    masks: StrictMasks = StrictMasks()

    limits: StrictPageLimits = StrictPageLimits()

    pages: tuple[StrictPage, ...] = Field(default=(), max_length=MAX_PAGES)

    mappings: tuple[PanelMappingRequest, ...] = Field(default=(), max_length=MAX_MAPPINGS)


class DashboardRequest(StrictModel):
    """A dashboard to register, or to replace by name. Without credentials the stored ones stay."""

    name: ShortName
    type: ShortName
    base_url: HttpUrl
    config: StrictConnectorConfig = StrictConnectorConfig()
    credentials: StrictCredentials | None = None


class DashboardDetectionRequest(StrictModel):
    """The address of a product or of one of its pages, and the credentials that it needs."""

    base_url: HttpUrl
    credentials: StrictCredentials | None = None


class DashboardRegistrationRequest(DashboardRequest):
    """A dashboard to register. `replace` false: 409 where another dashboard has the name."""

    replace: bool = True


class DashboardChangeRequest(DashboardRequest):
    """A dashboard's new content. `version`: the version that was read; null credentials are removed."""

    version: Annotated[int, Field(ge=1)] | None = None


class DashboardPageRequest(StrictModel):
    """A page that missions should visit, as a search finds it. Its id is made of its title."""

    title: Label
    path: str = Field(default="/", max_length=2000)
    panels: tuple[Label, ...] = Field(default=(), max_length=100)
    queries: tuple[StrictPanelQuery, ...] = Field(default=(), max_length=100)


class DecodeRequest(StrictModel):
    """Payloads in Temporal's own form: metadata and data, each in base64."""

    payloads: Annotated[list[dict[str, JsonValue]], Field(max_length=1000)]
