from uuid import UUID

from fastapi import APIRouter

from api.access import Steerer
from api.dependencies.injected import Missions, Updates
from api.requests.missions import FeedbackRequest
from missions.feedback import Feedback
from missions.hypotheses import Hypotheses

router = APIRouter(prefix="/missions/{mission_id}/hypotheses", tags=["missions"])


@router.post("")
async def give_feedback(
    mission_id: UUID, body: FeedbackRequest, person: Steerer, missions: Missions, updates: Updates
) -> Hypotheses:
    """Pins, rules out or adds a service as the cause; the mission diagnoses again. 409 if it has ended.

    The latest feedback about a service counts. Repeating it changes nothing. The response has the hypotheses,
    most likely first, with people's feedback.
    """
    feedback = Feedback(
        service=body.service, stance=body.stance, person=person.id, name=person.name, reason=body.reason
    )
    hypotheses, change = await missions.store.steer(person, mission_id, feedback)
    await updates.send(person.org, change)
    return hypotheses
