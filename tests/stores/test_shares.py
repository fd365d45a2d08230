"""AZ12: whatever the rows say, an installation's organizations run no more than its maximum together."""

import random

import pytest
from served_api import ORG, Urls
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from stories import Story

from stores.postgres.accounts.people import PersonStore
from stores.postgres.database import Database
from stores.postgres.organizations.shares import running_limit

INSERT = text(
    "INSERT INTO shared.orgs (slug, name, parent, status, max_concurrent_missions)"
    " VALUES (:slug, '', 'demo', :status, :share)"
)


@pytest.mark.parametrize("seed", range(10))
async def test_az12_the_limits_never_exceed_the_maximum(urls: Urls, seed: int) -> None:
    """Rows that no request could write, or that a lowered setting made wrong, are cut down to fit."""
    chance = random.Random(seed)  # noqa: S311  nothing secret
    owner = Database(urls.owner)
    await PersonStore(owner).add_org(ORG, ORG)
    shares: dict[str, int] = {}
    async with owner.transaction() as session:
        for number in range(chance.randint(0, 6)):
            status = chance.choice(("ACTIVE", "ACTIVE", "SUSPENDED", "DELETED"))
            slug, share = f"child-{number}", chance.choice((1, 2, 5, 10_000))
            await session.execute(INSERT, {"slug": slug, "status": status, "share": share})
            shares |= {slug: share} if status == "ACTIVE" else {slug: 0}
        for default in (1, 3, 8, 10_000):
            limits = {slug: await running_limit(session, slug, default) for slug in shares}
            first = await running_limit(session, ORG, default)
            assert first >= 1, "the founder is never without"
            assert sum(limits.values()) + first <= default
            assert all(0 <= limit <= shares[slug] for slug, limit in limits.items())
    await owner.close()


async def test_az12_the_admission_honours_the_share(story: Story) -> None:
    """A founder that gave two of its three away starts one mission; the worker's login reads the shares."""
    for _ in range(3):
        await story.another()
    admission = story.admission(3)
    await story.run(
        "INSERT INTO shared.orgs (slug, name, parent, max_concurrent_missions)"
        " VALUES ('child', '', 'demo', 2)"
    )
    assert len(await admission.admit(ORG)) == 1
    assert (await admission.maximum("child"), await admission.maximum("unknown")) == (2, 0)


async def test_az12_a_founded_organization_has_a_share(urls: Urls) -> None:
    """The database refuses a founded organization without a share."""
    owner = Database(urls.owner)
    values = {"slug": "child", "status": "ACTIVE", "share": None}
    with pytest.raises(IntegrityError, match="ck_orgs_share"):
        async with owner.transaction() as session:
            await session.execute(INSERT, values)
    await owner.close()
