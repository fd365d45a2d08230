from datetime import UTC, datetime, timedelta


class MemoryClock:
    """The database's clock in the fakes: real time, which a test can advance."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def forward(self, by: timedelta) -> None:
        self._ahead += by
