"""How many missions of an organization run at once: a founded one has a share of its founder's maximum."""

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from missions.errors import InvalidError
from missions.organization import OrgStatus
from stores.postgres.tables import OrgRow

# The founder keeps at least one. Shares that do not fit any more, because the setting became lower, are cut
# from the youngest. So whatever the rows say, shares and rest are not more than the founder's maximum.
_LIMIT = text(
    "WITH shares AS (SELECT child.slug, greatest(0, least(child.max_concurrent_missions,"
    " coalesce(founder.max_concurrent_missions, :default) - 1"
    " - coalesce(sum(child.max_concurrent_missions) OVER older, 0))) AS share"
    " FROM shared.orgs child JOIN shared.orgs founder ON founder.slug = child.parent"
    " WHERE child.status <> 'DELETED'"
    " AND child.parent = (SELECT coalesce(parent, slug) FROM shared.orgs WHERE slug = :org)"
    " WINDOW older AS (ORDER BY child.created_at, child.slug"
    " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))"
    " SELECT CASE WHEN status <> 'ACTIVE' THEN 0"
    " WHEN parent IS NULL THEN coalesce(max_concurrent_missions, :default)"
    " - (SELECT coalesce(sum(share), 0) FROM shares)"
    " ELSE (SELECT share FROM shares WHERE shares.slug = orgs.slug) END"
    " FROM shared.orgs WHERE slug = :org"
)


async def running_limit(session: AsyncSession, org: str, default: int) -> int:
    """How many missions of the organization may run at once; 0 for one that is suspended or unknown.

    `default` is the maximum of a first organization without its own.
    """
    limit = (await session.execute(_LIMIT, {"org": org, "default": default})).scalar_one_or_none()
    return int(limit or 0)


async def require_share(
    session: AsyncSession, founder: OrgRow, default: int, requested: int, but: str | None = None
) -> None:
    """Raises InvalidError if the founder cannot give this share and keep one mission for itself.

    The founder's row is locked. `but` is the organization whose share is replaced.
    """
    free = (founder.max_concurrent_missions or default) - 1 - await _granted(session, founder.slug, but)
    if requested > free:
        raise InvalidError(
            f"Only {max(0, free)} of your missions at once can still be given to a founded organization."
        )


async def require_maximum(session: AsyncSession, founder: OrgRow, maximum: int) -> None:
    """Raises InvalidError if the founder gave more than this, or all of it. Its row is locked."""
    least = await _granted(session, founder.slug) + 1
    if maximum < least:
        raise InvalidError(f"Founded organizations have shares of it: it must be at least {least}.")


async def _granted(session: AsyncSession, founder: str, but: str | None = None) -> int:
    query = select(func.coalesce(func.sum(OrgRow.max_concurrent_missions), 0)).where(
        OrgRow.parent == founder, OrgRow.status != OrgStatus.DELETED.value, OrgRow.slug != (but or "")
    )
    return int(await session.scalar(query) or 0)
