"""`/api/audit`: administrators and auditors read, filter and export their organization's trail."""

import csv
import io
import json
from typing import Any

import pytest
from served_api import ORG, World

from missions.audit_entry import AuditEntry, genesis
from missions.permissions import Role
from stores.postgres.audit.entries import audit

FORMULA = '=HYPERLINK("http://evil.example")'


async def write_entries(world: World, org: str, *deeds: str, **fields: Any) -> None:
    """Writes audit entries as the product does."""
    for deed in deeds:
        async with world.owner.transaction(org) as session:
            await audit(session, fields.get("actor", "tester"), deed, fields.get("subject", "test/1"))


async def test_only_administrators_and_auditors_read_it(api: World) -> None:
    """Other roles get 403, and entries of another organization never appear."""
    for role in (Role.VIEWER, Role.OPERATOR, Role.APPROVER):
        member = await api.member(role)
        for path in ("/api/audit", "/api/audit/export"):
            assert (await member.http.get(path)).status_code == 403
    await write_entries(api, "other", "canary.done")
    for role in (Role.ADMIN, Role.AUDITOR):
        member = await api.member(role)
        answer = await member.http.get("/api/audit", params={"deed": "canary.done"})
        assert (answer.status_code, answer.json()["total"]) == (200, 0)


async def test_filters_and_facets(api: World) -> None:
    """Each filter works by itself, facets count all matching entries, and times without a zone are 422."""
    auditor = await api.member(Role.AUDITOR)
    await write_entries(
        api, ORG, "facet.one", "facet.two", "facet.two", actor="facet-tester", subject="facet/7"
    )
    answer = (await auditor.http.get("/api/audit", params={"actor": "facet-tester"})).json()
    assert [entry["deed"] for entry in answer["entries"]] == ["facet.two", "facet.two", "facet.one"]
    assert answer["facets"]["deed"] == [
        {"value": "facet.two", "count": 2},
        {"value": "facet.one", "count": 1},
    ]
    assert answer["facets"]["actor"] == [{"value": "facet-tester", "count": 3}]
    newest = answer["entries"][0]
    for filters, total in (
        ({"deed": "facet.one"}, 1),
        ({"subject": "facet/"}, 3),
        ({"subject": "facet%"}, 0),
        ({"subject": "facet/7", "result": "ok"}, 3),
        ({"result": "refused", "actor": "facet-tester"}, 0),
        ({"actor": "facet-tester", "since": newest["at"]}, 1),
        ({"actor": "facet-tester", "until": newest["at"]}, 2),
        ({"actor": "facet-tester", "correlationId": "none"}, 0),
    ):
        body = (await auditor.http.get("/api/audit", params=filters)).json()
        assert body["total"] == total, filters
    for wrong in ({"since": "2026-01-01T00:00:00"}, {"limit": "101"}, {"limit": "1000000000"}, {"actor": ""}):
        assert (await auditor.http.get("/api/audit", params=wrong)).status_code == 422, wrong
    assert (await auditor.http.get("/api/audit", params={"cursor": "AAAA"})).status_code == 422


async def test_pages_follow_each_other(api: World) -> None:
    """Cursors give every entry exactly once, even while new entries are written."""
    auditor = await api.member(Role.AUDITOR)
    await write_entries(api, ORG, *(["page.done"] * 5), actor="page-tester")
    seen: list[int] = []
    filters: dict[str, Any] = {"actor": "page-tester", "limit": 2}
    while True:
        page = (await auditor.http.get("/api/audit", params=filters)).json()
        seen += [entry["seq"] for entry in page["entries"]]
        if page["nextCursor"] is None:
            break
        filters["cursor"] = page["nextCursor"]
        await write_entries(api, ORG, "page.done", actor="page-tester")
    assert len(seen) == 5
    assert seen == sorted(set(seen), reverse=True)


async def test_an_export_is_whole_and_harmless(api: World) -> None:
    """CSV cells are never formulas, JSON lines verify without the database, and exports are audited."""
    auditor = await api.member(Role.AUDITOR)
    await write_entries(api, ORG, "export.done", actor=FORMULA, subject="export/1")
    answer = await auditor.http.get("/api/audit/export", params={"format": "csv", "subject": "export/1"})
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="audit-{ORG}.csv"'
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["actor"], row["deed"]) == ("'" + FORMULA, "export.done")
    lines = (await auditor.http.get("/api/audit/export")).text.splitlines()
    entries = [AuditEntry.model_validate_json(line) for line in lines]
    before = genesis("org_demo")
    for seq, entry in enumerate(entries, 1):
        assert (entry.seq, entry.previous, entry.hash) == (seq, before, entry.digest("org_demo"))
        before = entry.hash
    assert [json.loads(line)["deed"] for line in lines[-2:]] == ["export.done", "audit.exported"]


@pytest.mark.parametrize("text_", ["=1", "+1", "-1", "@x", " =1", "\t=1", "\r=1"])
def test_we7_a_formula_is_text(text_: str) -> None:
    """A cell that begins like a formula is escaped, even behind white space."""
    from api.csv_export import cell

    assert cell(text_) == "'" + text_
    assert cell("plain=1") == "plain=1"


async def test_renewals_are_kept_and_do_not_drown_the_rest(api: World) -> None:
    """Session renewals are left out of the list and its facets by default; an export has them."""
    auditor = await api.member(Role.AUDITOR)
    await write_entries(api, ORG, "session.renewed", "quiet.done", actor="quiet-tester")
    for more, deeds in (
        ({}, ["quiet.done"]),
        ({"routine": "true"}, ["quiet.done", "session.renewed"]),
        ({"deed": "session.renewed"}, ["session.renewed"]),
    ):
        page = (await auditor.http.get("/api/audit", params={"actor": "quiet-tester"} | more)).json()
        assert [entry["deed"] for entry in page["entries"]] == deeds
        assert {facet["value"] for facet in page["facets"]["deed"]} == set(deeds)
        assert page["total"] == len(deeds)
    whole = await auditor.http.get("/api/audit/export", params={"actor": "quiet-tester"})
    assert [json.loads(line)["deed"] for line in whole.text.splitlines()] == ["session.renewed", "quiet.done"]


async def test_lg4_a_refusal_is_told_and_cannot_flood(api: World) -> None:
    """A refusal is audited with its reason, at most 20 times an hour for a person; the last entry says so."""
    auditor, viewer = await api.member(Role.AUDITOR), await api.member(Role.VIEWER)
    for _ in range(25):
        assert (await viewer.http.get("/api/users")).status_code == 403
    filters = {"actor": viewer.person.email, "deed": "access.refused", "limit": "100"}
    page = (await auditor.http.get("/api/audit", params=filters)).json()
    assert page["total"] == 20
    newest, *_, oldest = page["entries"]
    assert (oldest["subject"], oldest["result"]) == ("GET /users", "refused")
    assert "administer users" in json.loads(oldest["detail"])["reason"]
    assert "more" in json.loads(newest["detail"])
    assert "more" not in json.loads(oldest["detail"])
