"""The order of the probe's parts. What loads the machine comes after what measures an incident."""

import asyncio

from probe.accounts import STALE_S, check_fresh_login, check_fresh_person, check_links
from probe.browser import check_own_servers, check_pattern
from probe.checks import NEEDED, Checklist
from probe.doors import check_doors, check_local_rights
from probe.floods import check_anonymous_sockets, check_office, check_strangers, check_subscriber
from probe.incident import (
    ask,
    check_hands,
    check_policy,
    check_services,
    check_silence,
    check_targets,
    prepare,
)
from probe.organizations import check_deletion, check_founding, check_founding_pace, check_slugs
from probe.owner import check_audit, check_objects, check_production
from probe.people import signed_in
from probe.races import check_approvals, check_refresh
from probe.running import ProbedStack
from probe.visitors import Visitor
from probe.walks import check_events, check_routes
from probe.world import ProbeWorld, populate

INCIDENT = ("AZ2", "AZ4", "AZ9", "AZ11", "AP1", "AP3", "AP12")
"""The rows whose checks need an incident."""

PART_S = 120.0
LONG_S = 240.0


async def probe(stack: ProbedStack, checks: Checklist) -> None:
    """Runs every part against the running stack."""
    world = await checks.run(
        NEEDED, "two organizations with people in every role", PART_S, _prepared(stack, checks)
    )
    if world is None:
        return
    person = world.a.people["viewer"]
    async with await signed_in(stack.url, person.email, person.password) as stale:
        await _people(world)
        await _incident(world)
        await _installation(world, stale)
    await world.close()


async def _prepared(stack: ProbedStack, checks: Checklist) -> ProbeWorld:
    world = await populate(stack, checks)
    await prepare(world)
    return world


async def _people(world: ProbeWorld) -> None:
    """What needs no incident."""
    parts = (
        ("AU13", "people who belong nowhere", check_fresh_person),
        ("AU16", "links whose right is gone", check_links),
        ("AU14", "doors of the disabled, the suspended and the deleted", check_doors),
    )
    for row, name, check in parts:
        await world.checks.run(row, name, PART_S, check(world))


async def _incident(world: ProbeWorld) -> None:
    """One incident that both organizations see."""
    races = world.checks.run("AU2", "refresh races", PART_S, check_refresh(world))
    if not world.checks.wants(*INCIDENT):
        await races
        return
    breaking = world.checks.run(NEEDED, "the shop breaks", PART_S, world.stack.break_shop())
    await asyncio.gather(breaking, races)  # a mission compares with the two minutes before it
    asked = await world.checks.run(NEEDED, "missions of both organizations", LONG_S, ask(world))
    if asked is None:
        return
    parts = (
        ("AZ11", "approvers for some services", check_services),
        ("AZ9", "targets of another organization", check_targets),
        ("AP12", "people with a hand in what is asked", check_hands),
        ("AZ4", "what the other organization hears", check_silence),
    )
    for row, name, check in parts:
        await world.checks.run(row, name, LONG_S, check(world, asked))
    walks = (
        ("AZ9", "the policy", check_policy),
        ("AZ2", "every route with foreign ids", check_routes),
        ("AZ4", "every socket event with foreign ids", check_events),
    )
    for row, name, walk in walks:
        await world.checks.run(row, name, LONG_S, walk(world))
    await world.checks.run("AP3", "a thousand racing answers", LONG_S, check_approvals(world, asked))


async def _installation(world: ProbeWorld, stale: Visitor) -> None:
    """Floods, the browser and the limits of organizations; B is deleted at the end."""
    parts = (
        ("AU15", "local rights", check_local_rights),
        ("AZ12", "founding", check_founding),
        ("AZ12", "slugs", check_slugs),
        ("BR10", "the product's own servers", check_own_servers),
        ("WE10", "a subscriber at the limit", check_subscriber),
        ("WE11", "strangers with a header", check_strangers),
        ("AU19", "strangers in an office", check_office),
        ("WE9", "sockets without a login", check_anonymous_sockets),
        ("AU18", "production", check_production),
        ("BR12", "hostile patterns", check_pattern),
        ("AZ12", "a dozen organizations", check_founding_pace),
    )
    for row, name, check in parts:
        await world.checks.run(row, name, LONG_S, check(world))
    await world.checks.run("AU17", "fresh logins", STALE_S + PART_S, check_fresh_login(world, stale))
    reader = world.b.people["auditor"]
    await world.checks.run("LG6", "a deleted organization", PART_S, check_deletion(world, reader))
    for name, left in (("its trail", check_audit), ("its objects", check_objects)):
        await world.checks.run("LG6", name, PART_S, left(world))
