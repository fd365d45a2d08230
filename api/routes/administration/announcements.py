from fastapi import APIRouter

from api.access import Announcing
from api.dependencies.injected import Organizations, Updates
from api.requests.administration import AnnouncementRequest
from missions.announcement import Announcement
from stores.sockets import org_room

router = APIRouter(prefix="/announcements", tags=["announcements"])


@router.post("", status_code=201)
async def announce(
    body: AnnouncementRequest, person: Announcing, organizations: Organizations, updates: Updates
) -> Announcement:
    """Sends a text to every connected person of the organization. Audited, but not stored for later."""
    announcement = await organizations.announcements.announce(person, body.text)
    content = announcement.model_dump(mode="json", by_alias=True)
    await updates.announcer.emit("system:announcement", content, org_room(person.org))
    return announcement
