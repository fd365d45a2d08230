from sqlalchemy import Select, select

from missions.organization import OrgStatus
from stores.postgres.tables import MembershipRow, OrgRow, PersonRow


def active_memberships() -> Select[PersonRow, MembershipRow]:
    """People with each membership through which they may come in. The only query that decides this.

    A membership is active unless the member is disabled, or the organization suspended or deleted. Every way
    in reads it: password, passkey, OpenID, refresh token, API key, and each request, socket event and stream.
    """
    active = (OrgRow.slug == MembershipRow.org) & (OrgRow.status == OrgStatus.ACTIVE.value)
    joined = select(PersonRow, MembershipRow).join(MembershipRow, MembershipRow.person_id == PersonRow.id)
    return joined.join(OrgRow, active).where(MembershipRow.disabled_at.is_(None))
