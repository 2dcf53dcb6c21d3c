"""Leases of claims: counted in working time, renewed by whatever the claimant does, and returned once when they run out."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from models.back_office.handoffs import Handoff, HandoffStatus
from models.back_office.handoffs.messages import Audience
from models.both_offices.accounts import Account
from models.both_offices.clocks.policies import ClockPolicy
from models.both_offices.clocks.working_time import Counting
from models.kit.base import as_of, now
from models.permissions import Department, Role
from resolvers.back_office.handoffs.messages import post_message
from resolvers.back_office.handoffs.verbs import (
    answer_handoff,
    claim_handoff,
    provide_information,
    reject_answer,
    release_handoff,
    request_information,
)
from resolvers.both_offices.accounts.administration import administer
from resolvers.both_offices.leases import begin_leases, lease_end, return_claims_of_the_disabled, return_idle_claims
from resolvers.kit.commands import Viewer
from resolvers.kit.transaction import transact
from tests.both_offices.test_absences import HOUR, claimed, told
from tests.office import Office, at_once, do, doing, happened, hire


@pytest.mark.usefixtures("database")  # A policy knows its calendar once the models know each other.
async def test_a_lease_is_counted_in_the_policys_time() -> None:
    policy = ClockPolicy(budget_minutes=60, counting=Counting.PLAIN, lease_minutes=90)
    at = now()
    assert lease_end(policy, at) == at + timedelta(minutes=90)
    assert lease_end(ClockPolicy(budget_minutes=60, counting=Counting.PLAIN, lease_minutes=None), at) is None


async def test_an_idle_claim_returns_once_when_its_lease_has_run_out(office: Office, clerk: Viewer) -> None:
    handoff = await claimed(office, clerk)
    assert handoff.last_activity_at == handoff.claimed_at
    shown = await office.read(clerk, handoff, "leaseUntil lastActivityAt")
    ends = datetime.fromisoformat(shown["leaseUntil"])
    assert ends == handoff.lease_until > now()
    await return_idle_claims(ends - timedelta(milliseconds=1))
    assert (await Handoff.get(id=handoff.id)).status == "CLAIMED"
    await at_once(*(return_idle_claims(ends) for _ in range(3)))
    assert (await Handoff.get(id=handoff.id)).status == "QUEUED"
    assert (await happened(handoff.id)).count("CLAIM_RETURNED") == 1
    assert await told() == [("CLAIM_RETURNED", clerk.account)]


@pytest.mark.parametrize(
    "change",
    [
        {"enabled": False},
        {"departments": ["PRODUCTION"]},
        {"roles": ["SERVICE_AGENT"]},
        {"departments": ["LOGISTICS", "PRODUCTION"]},
        {"roles": ["ACCOUNTANT"]},
        {"name": "Grace K."},
    ],
)
async def test_what_was_claimed_by_who_may_not_work_on_it_any_more_returns_at_once(
    office: Office, clerk: Viewer, change: dict[str, Any]
) -> None:
    handoff = await claimed(office, clerk)
    await administer((await Account.get(id=clerk.account)).email, **change)
    kept = change in ({"departments": ["LOGISTICS", "PRODUCTION"]}, {"roles": ["ACCOUNTANT"]}, {"name": "Grace K."})
    present = await Handoff.get(id=handoff.id)
    assert (present.status, present.claimed_by_id) == (
        (HandoffStatus.CLAIMED, clerk.account) if kept else (HandoffStatus.QUEUED, None)
    )
    assert (await happened(handoff.id)).count("CLAIM_RETURNED") == (not kept)
    if not kept:
        other = await hire("Conny Colleague", [Role.LOGISTICS_CLERK], [Department.LOGISTICS])
        await do(claim_handoff, other, handoff=handoff.id)


async def test_what_waits_for_the_front_office_returns_from_who_was_disabled_when_it_has_its_information(
    office: Office, clerk: Viewer, agent: Viewer
) -> None:
    handoff = await claimed(office, clerk)
    await do(request_information, clerk, handoff=handoff.id, question="Which dock?")
    await administer((await Account.get(id=clerk.account)).email, enabled=False)
    await return_claims_of_the_disabled(now())
    assert (await Handoff.get(id=handoff.id)).status is HandoffStatus.AWAITING_INFORMATION
    await do(provide_information, agent, handoff=handoff.id, text="Dock 4.")
    kept = await claimed(office, await office.somebody("rosa.lindqvist"))
    await at_once(*(return_claims_of_the_disabled(now()) for _ in range(2)))
    assert (await Handoff.get(id=handoff.id)).status is HandoffStatus.QUEUED
    assert (await Handoff.get(id=kept.id)).status is HandoffStatus.CLAIMED
    assert (await happened(handoff.id)).count("CLAIM_RETURNED") == 1


async def test_whatever_the_claimant_does_renews_the_lease_and_waiting_stops_it(office: Office) -> None:
    clerk, agent = await office.somebody("logistics"), await office.somebody("service")
    handoff = await claimed(office, clerk)
    lease = handoff.lease_until - handoff.last_activity_at
    steps: list[tuple[Any, bool]] = [
        (doing(post_message, clerk, handoff=handoff.id, audience=Audience.BACK_OFFICE, text="I ring them."), True),
        (doing(request_information, clerk, handoff=handoff.id, question="Which dock?"), False),
        (doing(provide_information, agent, handoff=handoff.id, text="Dock 4."), True),
        (doing(answer_handoff, clerk, handoff=handoff.id, answer="It leaves today."), False),
        (doing(reject_answer, agent, handoff=handoff.id, reason="When?"), True),
        (doing(release_handoff, clerk, handoff=handoff.id), False),
    ]
    for minutes, (step, runs) in enumerate(steps, start=1):
        with as_of(handoff.claimed_at + timedelta(minutes=minutes)):
            await transact(step)
        present = await Handoff.get(id=handoff.id)
        assert present.last_activity_at == handoff.claimed_at + timedelta(minutes=minutes)
        assert present.lease_until == (present.last_activity_at + lease if runs else None)
    await return_idle_claims(now() + timedelta(days=365))
    assert await told() == []


async def test_claims_that_are_older_than_leases_get_one(office: Office) -> None:
    handoff = await claimed(office, await office.somebody("logistics"))
    await Handoff.filter(id=handoff.id).update(last_activity_at=None, lease_until=None)
    at = now() + HOUR
    await begin_leases(at)
    present = await Handoff.get(id=handoff.id)
    assert (present.status, present.last_activity_at) == (HandoffStatus.CLAIMED, at)
    assert present.lease_until > at
    assert present.version == handoff.version
