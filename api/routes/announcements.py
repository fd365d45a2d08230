from fastapi import APIRouter

from api.access import Announcing, Wired
from api.requests.administration import AnnouncementRequest
from missions.announcement import Announcement
from stores.sockets import org_room

router = APIRouter(prefix="/announcements", tags=["announcements"])


@router.post("", status_code=201)
async def announce(body: AnnouncementRequest, person: Announcing, wiring: Wired) -> Announcement:
    """Tells everybody of the organization who is connected now. Audited, and not kept for later."""
    announcement = await wiring.announcements.announce(person, body.text)
    content = announcement.model_dump(mode="json", by_alias=True)
    await wiring.announcer.emit("system:announcement", content, org_room(person.org))
    return announcement
