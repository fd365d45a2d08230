import base64

from jinja2 import Environment, PackageLoader, StrictUndefined

from activities.ports import ArtifactReader
from adapters.reports.story import Pair, Story, story_of
from missions.event import Event
from missions.evidence import PageObservation
from missions.mission import Outcome
from missions.quantity import quantity


class PageReporter:
    """Writes a self-contained HTML page (pictures inside, no script) and the same report as Markdown."""

    def __init__(self) -> None:
        loader = PackageLoader("adapters.reports")
        strict = {"loader": loader, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
        self._html = Environment(autoescape=True, **strict)  # type: ignore[arg-type]  # one dict for two
        self._markdown = Environment(autoescape=False, **strict)  # type: ignore[arg-type]  # noqa: S701  not HTML
        for environment in (self._html, self._markdown):
            environment.filters["quantity"] = quantity
        self._markdown.filters["cell"] = cell

    async def write(
        self, events: tuple[Event, ...], outcome: Outcome, reason: str, load: ArtifactReader
    ) -> tuple[bytes, bytes]:
        """The report as HTML and as Markdown, in UTF-8."""
        story = story_of(events, outcome, reason)
        pictures = {}
        for page in _observations(story):
            if page.screenshot is not None:
                content = base64.b64encode(await load(page.screenshot)).decode()
                pictures[page.screenshot.key] = f"data:{page.screenshot.content_type};base64,{content}"
        html = self._html.get_template("report.html.j2").render(story=story, pictures=pictures)
        markdown = self._markdown.get_template("report.md.j2").render(story=story)
        return html.encode(), markdown.encode()


def _observations(story: Story) -> list[PageObservation]:
    pairs: list[Pair] = list(story.pairs.values())
    return [page for pair in pairs for page in (pair.before, pair.after) if page is not None]


def cell(text: str) -> str:
    """Escapes text for a line or a table cell of Markdown."""
    flat = " ".join(str(text).split())
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in flat)
