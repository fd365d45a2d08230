from uuid import UUID

from fastapi import APIRouter

from api.access import Steerer
from api.dependencies.injected import BrowserControl, Updates
from api.requests.missions import BrowserControlRequest, BrowserInputRequest
from api.responses.missions import BrowserInputResponse
from missions.browser_control import BrowserControlTaken, BrowserInput
from missions.errors import UnavailableError

router = APIRouter(prefix="/missions/{mission_id}/takeover", tags=["takeover"])


@router.post("")
async def take(
    mission_id: UUID, body: BrowserControlRequest, person: Steerer, browser: BrowserControl, updates: Updates
) -> BrowserControlTaken:
    """Gives the person control of a page's browser for two minutes; the mission's visit waits meanwhile.

    Repeating it extends the time. 409 if another person has control, or if the mission has ended.
    """
    control, change = await browser.store.take(person, mission_id, body.target)
    await updates.send(person.org, change)
    await browser.channel.hold(person.org, str(mission_id), control)
    return control


@router.post("/touches")
async def send_input(
    mission_id: UUID, body: BrowserInputRequest, person: Steerer, browser: BrowserControl
) -> BrowserInputResponse:
    """Sends one input, audited without its text. `heard` is false while no page waits for input."""
    browser_input = BrowserInput(
        gesture=body.gesture,
        x=body.x,
        y=body.y,
        dx=body.dx,
        dy=body.dy,
        key=body.key or "",
        text=body.text.get_secret_value(),
    )
    await browser.store.touch(person, mission_id, browser_input)
    heard = await browser.channel.send(person.org, str(mission_id), browser_input)
    return BrowserInputResponse(heard=heard)


@router.delete("", status_code=204)
async def give_back(mission_id: UUID, person: Steerer, browser: BrowserControl, updates: Updates) -> None:
    """Returns control to the mission. Changes nothing if the person has no control."""
    change = await browser.store.give_back(person, mission_id)
    if not change.recorded:
        return
    await updates.send(person.org, change)
    try:
        await browser.channel.let_go(person.org, str(mission_id))
    except UnavailableError:
        return  # it is recorded; the browser continues by itself when the time is over
