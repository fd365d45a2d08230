"""A system as its monitoring shows it, as a story: services, calls, what happens when, what is listed.

Moments are sample numbers: 0 is the first sample of the window, negative ones are before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from missions.diagnosis import Diagnosis
from missions.evidence import Change, Dependency, Evidence, LogLine, Origin, Series, Span
from missions.plan import Phase, Window
from rca.diagnosis import diagnose

Floats = NDArray[np.float64]
START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class SeriesForm:
    """How a product shows one measurement: `query` holds SERVICE where the name goes."""

    metric: str
    unit: str
    query: str = ""
    factor: float = 1.0


@dataclass(frozen=True)
class Style:
    """The forms of latency (seconds), failures (a share, or requests a second) and traffic (the same)."""

    latency: SeriesForm
    failures: SeriesForm
    traffic: SeriesForm
    is_success: bool = False
    is_rate: bool = False


PLAIN = Style(
    SeriesForm("latency_p95_seconds", "s"),
    SeriesForm("error_ratio", "ratio"),
    SeriesForm("requests_per_second", "rps"),
)
SUCCESS = Style(
    SeriesForm("latency_mean_ms", "ms", factor=1000),
    SeriesForm("success_rate", "percent", factor=100),
    SeriesForm("requests_per_minute", "rpm", factor=60),
    is_success=True,
)
PROMQL = Style(
    SeriesForm(
        "http_request_duration_seconds",
        "s",
        "histogram_quantile(0.99, sum by (le, service)"
        ' (rate(http_request_duration_seconds_bucket{service="SERVICE"}[1m])))',
    ),
    SeriesForm(
        "http_request_errors", "reqps", 'sum(rate(http_requests_total{service="SERVICE",code=~"5.."}[1m]))'
    ),
    SeriesForm("http_requests", "reqps", 'sum(rate(http_requests_total{service="SERVICE"}[1m]))'),
    is_rate=True,
)


@dataclass
class _Service:
    usual_rate: float
    rate: Floats
    seconds: Floats
    failing: Floats
    calls: tuple[str, ...]
    noise: float
    shown: NDArray[np.bool_]


@dataclass
class ObservedSystem:
    """One window of `samples` samples, `step` seconds apart; the same seed gives the same numbers."""

    samples: int = 120
    step: float = 15.0
    seed: int = 1
    style: Style = PLAIN
    gaps: float = 0.0
    start: datetime = START
    lists_calls: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)
    logs: list[LogLine] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    _services: dict[str, _Service] = field(default_factory=dict)
    _metrics: list[tuple[str, SeriesForm, Floats]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)

    def at(self, sample: float) -> datetime:
        """The moment of a sample, also of one outside the window."""
        return self.start + timedelta(seconds=sample * self.step)

    def is_late(self, first: int, until: int | None = None) -> NDArray[np.bool_]:
        """Shape (samples,): whether a sample is in [first, until)."""
        places = np.arange(self.samples)
        return (places >= first) & (places < (self.samples if until is None else until))

    def since(self, first: int) -> Floats:
        """Shape (samples,): number of samples since the first, 0 before it."""
        return np.maximum(np.arange(self.samples) - first, 0).astype(np.float64)

    def noisy(self, level: float | Floats, noise: float = 0.1) -> Floats:
        """Shape (samples,): the level with lognormal noise."""
        return np.asarray(level * self.random.lognormal(0, noise, self.samples), dtype=np.float64)

    def service(
        self,
        name: str,
        *,
        rate: float | Floats = 20.0,
        seconds: float = 0.05,
        failing: float = 0.001,
        calls: tuple[str, ...] = (),
        noise: float = 0.12,
    ) -> None:
        """A service with its requests a second, own seconds per request and own share of failures."""
        ones = np.ones(self.samples)
        everything = np.ones(self.samples, dtype=np.bool_)
        usual = float(np.mean(rate))
        self._services[name] = _Service(
            usual, rate * ones, seconds * ones, failing * ones, calls, noise, everything
        )

    def happens(
        self,
        first: int,
        *names: str,
        until: int | None = None,
        slower: float | Floats = 0.0,
        failing: float | Floats = 0.0,
        traffic: float = 1.0,
    ) -> None:
        """In [first, until) services take `slower` seconds more, fail more, and get a factor of traffic."""
        late = self.is_late(first, until)
        for name in names:
            service = self._services[name]
            service.seconds = service.seconds + slower * late
            service.failing = np.clip(service.failing + failing * late, 0, 1)
            service.rate = np.where(late, service.rate * traffic, service.rate)

    def ends(self, first: int, *names: str, until: int | None = None) -> None:
        """The services' series have no samples in [first, until); without names, all services."""
        for name in names or self._services:
            service = self._services[name]
            service.shown = service.shown & ~self.is_late(first, until)

    def metric(
        self, service: str, metric: str, values: npt.ArrayLike, unit: str = "", query: str = ""
    ) -> None:
        """One more series, or the same series anew; NaN is a gap."""
        self._metrics = [other for other in self._metrics if (other[0], other[1].metric) != (service, metric)]
        shown = np.broadcast_to(np.asarray(values, dtype=np.float64), self.samples)
        self._metrics.append((service, SeriesForm(metric, unit, query), shown))

    def log(
        self,
        service: str,
        sample: float,
        message: str,
        *,
        level: str = "error",
        lines: int = 1,
        every: float = 1.0,
        fields: Mapping[str, str] | None = None,
    ) -> None:
        """Lines of a service, the first one at a sample, the others `every` so many samples."""
        self.logs += [
            LogLine(
                id=f"log/{len(self.logs) + line}",
                at=self.at(sample + line * every),
                service=service,
                level=level,
                message=message,
                fields=dict(fields or {}),
            )
            for line in range(lines)
        ]

    def alert(
        self,
        service: str,
        sample: float,
        name: str,
        *,
        severity: str = "critical",
        state: str = "active",
        summary: str = "",
        labels: Mapping[str, str] | None = None,
    ) -> str:
        """An alert as Alertmanager's decoder returns it; returns its id."""
        alert_id = f"alert-{len(self.logs)}"
        named = {"alertname": name, "severity": severity, **(labels or {})}
        self.logs.append(
            LogLine(
                id=alert_id,
                at=self.at(sample),
                service=service,
                level=severity.lower(),
                message=f"{name}: {summary}" if summary else name,
                fields={**named, **({"service": service} if service else {}), "state": state},
                panel="Alerts",
            )
        )
        return alert_id

    def changed(
        self,
        service: str,
        sample: float,
        kind: str,
        description: str,
        *,
        version: str | None = None,
        revision: int | None = None,
    ) -> str:
        """A change in the page's list; returns its id."""
        change_id = f"change/{len(self.changes)}"
        self.changes.append(
            Change(
                id=change_id,
                at=self.at(sample),
                service=service,
                kind=kind,
                description=description,
                version=version,
                revision=revision,
                previous_revision=None if revision is None else revision - 1,
            )
        )
        return change_id

    def evidence(self) -> Evidence:
        """The one page that shows everything."""
        totals: dict[str, tuple[Floats, Floats]] = {}
        shown = [series for name in self._services for series in self._red(name, *self._total(name, totals))]
        shown += [self._series(service, form, values) for service, form, values in self._metrics]
        calls = [(name, callee) for name, service in self._services.items() for callee in service.calls]
        shown = [series for series in shown if any(value is not None for _, value in series.points)]
        return Evidence(
            target="overview",
            phase=Phase.BEFORE,
            window=Window(start=self.start, end=self.at(self.samples - 1)),
            series=tuple(shown),
            logs=tuple(self.logs),
            changes=tuple(self.changes),
            spans=tuple(self.spans),
            dependencies=tuple(
                Dependency(caller=caller, callee=callee) for caller, callee in calls if self.lists_calls
            ),
        )

    def diagnosis(self, symptom: str = "") -> Diagnosis:
        """What the product says about the page."""
        return diagnose(symptom, (self.evidence(),))

    def _total(self, name: str, totals: dict[str, tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
        """Seconds and share of failures of a service's requests, with those of its callees."""
        if name not in totals:
            service = self._services[name]
            seconds, working = service.seconds, 1 - service.failing
            for callee in service.calls:
                if callee not in self._services:
                    continue  # it is called, and shows nothing of its requests
                below, calls = self._total(callee, totals), self._calls_per_request(callee)
                seconds, working = seconds + below[0] * calls, working * (1 - below[1]) ** calls
            totals[name] = seconds, 1 - working
        return totals[name]

    def _calls_per_request(self, callee: str) -> float:
        """How often each request of its callers calls the callee."""
        callers = (service for service in self._services.values() if callee in service.calls)
        return self._services[callee].usual_rate / sum(service.usual_rate for service in callers)

    def _red(self, name: str, seconds: Floats, failing: Floats) -> list[Series]:
        """Latency, failures and traffic; without requests there is neither a latency nor a share."""
        service, style = self._services[name], self.style
        requests = self.random.poisson(service.rate * self.step)
        failures = self.random.binomial(requests, failing)
        answered = np.where(requests > 0, requests, np.nan)
        share = failures / answered
        bad = failures / self.step if style.is_rate else 1 - share if style.is_success else share
        measured = (
            (style.latency, np.where(requests > 0, self.noisy(seconds, service.noise), np.nan)),
            (style.failures, bad),
            (style.traffic, requests / self.step),
        )
        hidden = ~service.shown | (self.random.random(self.samples) < self.gaps)
        return [self._series(name, form, np.where(hidden, np.nan, values)) for form, values in measured]

    def _series(self, service: str, form: SeriesForm, values: Floats) -> Series:
        times = self.start.timestamp() + self.step * np.arange(self.samples)
        return Series(
            id=f"{service}/{form.metric}",
            panel=form.metric.replace("_", " "),
            service=service,
            metric=form.metric,
            unit=form.unit,
            query=form.query.replace("SERVICE", service) or f'{form.metric}{{service="{service}"}}',
            origin=Origin.PAGE_RESPONSE,
            labels={"service": service, **self.labels},
            points=tuple(
                (float(time), None if np.isnan(value) else float(value) * form.factor)
                for time, value in zip(times, values, strict=True)
            ),
        )


def healthy_shop(seed: int) -> ObservedSystem:
    """Nothing is wrong; payments logs an error now and then, as it always does."""
    shop = ObservedSystem(seed=seed)
    shop.service("web", rate=40, calls=("checkout",))
    shop.service("checkout", rate=12, calls=("payments",))
    shop.service("payments", rate=12)
    shop.log("payments", 0, "charge was declined: insufficient funds", lines=118)
    shop.log("web", 0, "GET /orders 200", level="info", lines=118)
    return shop
