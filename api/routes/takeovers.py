from uuid import UUID

from fastapi import APIRouter

from api.access import Steerer, Wired
from api.requests.missions import BrowserControlRequest, BrowserInputRequest
from api.responses.missions import BrowserInputResponse
from missions.browser_control import BrowserControlTaken, BrowserInput
from missions.errors import UnavailableError

router = APIRouter(prefix="/missions/{mission_id}/takeover", tags=["takeover"])


@router.post("")
async def take(
    mission_id: UUID, body: BrowserControlRequest, person: Steerer, wiring: Wired
) -> BrowserControlTaken:
    """Takes a page's browser for two minutes: its next visit, or the one under way, waits for the person.

    Again holds it for longer. 409 where somebody else holds one, or the mission has ended.
    """
    held, change = await wiring.takeovers.take(person, mission_id, body.target)
    for recorded in change.recorded:
        await wiring.announcer.announce(person.org, recorded)
    await wiring.hands.hold(person.org, str(mission_id), held)
    return held


@router.post("/touches")
async def touch(
    mission_id: UUID, body: BrowserInputRequest, person: Steerer, wiring: Wired
) -> BrowserInputResponse:
    """One gesture, audited first; what is typed is kept nowhere. `heard` is false where no page waits yet."""
    made = BrowserInput(
        gesture=body.gesture,
        x=body.x,
        y=body.y,
        dx=body.dx,
        dy=body.dy,
        key=body.key or "",
        text=body.text.get_secret_value(),
    )
    await wiring.takeovers.touch(person, mission_id, made)
    return BrowserInputResponse(heard=await wiring.hands.send(person.org, str(mission_id), made))


@router.delete("", status_code=204)
async def give_back(mission_id: UUID, person: Steerer, wiring: Wired) -> None:
    """Lets the agent go on. Nothing where the person does not hold it."""
    change = await wiring.takeovers.give_back(person, mission_id)
    if not change.recorded:
        return
    for recorded in change.recorded:
        await wiring.announcer.announce(person.org, recorded)
    try:
        await wiring.hands.let_go(person.org, str(mission_id))
    except UnavailableError:
        return  # the row says it; the browser goes on by itself when the time is over
