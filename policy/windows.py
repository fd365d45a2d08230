"""Times that rules can refer to: weekly (business hours) or one period (a freeze)."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from missions.strict_model import StrictModel


class Day(StrEnum):
    """A day of the week, in the order of `datetime.weekday`."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("not a time zone of the IANA database") from None
    return name


class Weekly(StrictModel):
    """Hours on days of the week, in `timeZone`; `to` before `from` ends on the next day."""

    days: tuple[Day, ...] = Field(min_length=1)
    start: time = Field(alias="from")
    end: time = Field(alias="to")
    time_zone: Annotated[str, AfterValidator(_time_zone)]

    @model_validator(mode="after")
    def _plain_hours(self) -> Self:
        if self.start.tzinfo or self.end.tzinfo:
            raise ValueError("from and to are times in timeZone, without a zone of their own")
        if self.start == self.end:
            raise ValueError("from and to are the same time")
        return self

    def holds(self, at: datetime) -> bool:
        """Whether it contains `at` (with a zone), including its start and excluding its end."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        days, clock = tuple(Day), local.time()
        today = days[local.weekday()] in self.days
        if self.start < self.end:
            return today and self.start <= clock < self.end
        yesterday = days[(local - timedelta(days=1)).weekday()] in self.days
        return (today and clock >= self.start) or (yesterday and clock < self.end)


class Period(StrictModel):
    """From one time until another."""

    start: AwareDatetime
    end: AwareDatetime

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start >= self.end:
            raise ValueError("it ends before it starts")
        return self

    def holds(self, at: datetime) -> bool:
        """Whether it contains `at`, including its start and excluding its end."""
        return self.start <= at < self.end


Window = Weekly | Period
