from typing import Annotated

from pydantic import Field

from missions.frozen_model import FrozenModel


class PageLimits(FrozenModel):
    """How long a visit waits for a connector's pages, and how much it reads of them; None: the usual limit.

    `open_seconds` is for the page itself, `ready_seconds` for all of its panels, `answer_seconds` for the
    rest of responses that have begun. `answer_megabytes` is the size of one response; `queries` is how many
    of a page's queries are read.
    """

    open_seconds: Annotated[float, Field(ge=1, le=30, allow_inf_nan=False)] | None = None
    ready_seconds: Annotated[float, Field(ge=1, le=60, allow_inf_nan=False)] | None = None
    answer_seconds: Annotated[float, Field(ge=1, le=20, allow_inf_nan=False)] | None = None
    answer_megabytes: Annotated[float, Field(ge=1, le=20, allow_inf_nan=False)] | None = None
    queries: Annotated[int, Field(ge=1, le=1000)] | None = None
