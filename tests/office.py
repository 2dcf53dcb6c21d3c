"""The demo company at work: its staff by their addresses, its engine, and the documents that its clients send."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import orjson
import pytest
from tortoise.expressions import Subquery
from tortoise.models import Model
from tortoise.queryset import QuerySet

from models.back_office.handoffs import Handoff
from models.both_offices.accounts import Account
from models.front_office.customers import Customer
from models.front_office.service.complaints import Category, Channel, Complaint, Outcome
from models.kit.base import now
from models.kit.database import Database
from models.kit.events import Event, EventSubject
from models.kit.severity import Severity
from models.permissions import Department, Role
from resolvers.both_offices.accounts.authority import Authority
from resolvers.both_offices.accounts.settings import SecuritySettings
from resolvers.front_office.service.answers import Offer
from resolvers.front_office.service.complaints.answering import answer_complaint
from resolvers.front_office.service.complaints.receiving import ReceiveComplaint, receive_complaint
from resolvers.front_office.service.ratings import letters
from resolvers.kit.commands import Key, Viewer
from resolvers.kit.problems import Problem, Refused
from resolvers.kit.transaction import transact
from resolvers.reading.declare import registry
from schema import build
from schema.kit.mutations import prefix_of
from schema.transport.engine import OperationRequest
from schema.transport.execution import Engine

Made = TypeVar("Made")
Work = Callable[[], Awaitable[Mapping[str, Any]]]
"""A change that somebody may make."""

OPERATIONS = Path(__file__).parent / "operations"
VARIABLES: dict[str, dict[str, Any]] = orjson.loads((OPERATIONS / "variables.json").read_bytes())
ALFREDS = "C-000001"
"""Alfreds Futterkiste of Maria Anders, 030-0074321, Obere Str. 57."""


def _documents() -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted(OPERATIONS.glob("*.graphql")):
        for name in re.findall(r"^(?:query|mutation|subscription) (\w+)", file.read_text(), re.MULTILINE):
            found[name] = file.read_text()
    return found


DOCUMENTS = _documents()
"""Every document of tests/operations by the name of each of its operations."""

_schema = cache(build)


@dataclass
class Office:
    """The demo company, and whoever asks it something."""

    database: Database
    engine: Engine

    @classmethod
    def of(cls, database: Database, authority: Authority | None = None) -> "Office":
        """The company in an open database; with an authority where tokens matter."""
        _, catalog = _schema()
        return cls(database, Engine(catalog, database, authority))

    async def somebody(self, address: str) -> Viewer:
        """Whose account this is: `service` is service@northwind.example."""
        return viewer_of(await Account.get(email=f"{address}@northwind.example"))

    async def ask(
        self, viewer: Viewer | None, document: str, variables: Mapping[str, Any] | None = None, name: str | None = None
    ) -> dict[str, Any]:
        """The whole answer to a document."""
        request = OperationRequest(document, name, dict(variables) if variables else None)
        return orjson.loads((await self.engine.execute(request, viewer, "")).body)

    async def find(self, viewer: Viewer | None, document: str, variables: Mapping[str, Any] | None = None) -> Any:
        """What the only field of a document answers, or the only field of that, and so on: a list, a value, or several fields."""
        answer = await self.ask(viewer, document, variables)
        assert "errors" not in answer, answer
        found: Any = answer["data"]
        while isinstance(found, dict) and len(found) == 1:
            [found] = found.values()
        return found

    async def send(self, viewer: Viewer | None, verb: str, shown: str, **given: Any) -> dict[str, Any]:
        """The payload of a mutation, of which `shown` is selected."""
        document = f"mutation ($input: {verb[0].upper()}{verb[1:]}Input!) {{ {verb}(input: $input) {{ {shown} }} }}"
        answer = await self.ask(viewer, document, {"input": given})
        assert "errors" not in answer, answer
        return answer["data"][verb]

    async def read(self, viewer: Viewer, record: Model, shown: str) -> Any:
        """What somebody sees of a record, of which `shown` is selected; the value alone of a single field."""
        prefix = prefix_of(type(record))
        [named] = (name for name, info in registry.nodes.items() if info.prefix == prefix)
        document = f"query ($id: ID!) {{ node(id: $id) {{ ... on {named} {{ {shown} }} }} }}"
        return await self.find(viewer, document, {"id": f"{prefix}_{record.pk}"})

    async def operation(self, viewer: Viewer | None, name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The whole answer to one of the operations of tests/operations."""
        return await self.ask(viewer, DOCUMENTS[name], variables, name)

    async def change(self, viewer: Viewer, name: str, **members: Any) -> dict[str, Any]:
        """The payload of one of their mutations."""
        answer = await self.operation(viewer, name, {"input": members})
        assert "errors" not in answer, answer
        return next(iter(answer["data"].values()))


def colleague_at(address: str) -> Any:
    """A fixture: whose account at the demo company this is."""

    @pytest.fixture
    async def colleague(office: Office) -> Viewer:
        return await office.somebody(address)

    return colleague


def viewer_of(account: Account) -> Viewer:
    """An account as whoever asks."""
    roles, departments = frozenset(map(Role, account.roles)), frozenset(map(Department, account.departments))
    return Viewer(account.id, account.name, roles, departments, None, datetime.now(UTC) + timedelta(hours=1))


async def hire(name: str, roles: list[Role], departments: list[Department]) -> Viewer:
    """A new colleague."""
    account = await Account.create(
        email=f"{name.lower().replace(' ', '.')}@northwind.example",
        name=name,
        roles=[role.value for role in roles],
        departments=[department.value for department in departments],
        created_at=now(),
    )
    return viewer_of(account)


async def rating_token(settings: SecuritySettings) -> str:
    """The token of the latest link by which a customer may rate us, from where those who deliver letters read it."""
    page = "https://northwind.example/rate#"
    sent = await letters(settings, page, datetime.min.replace(tzinfo=UTC))
    return next(found[1] for letter in reversed(sent) if (found := re.search(rf"{page}(\S+)", letter.text)))


async def alfreds() -> Customer:
    return await Customer.get(number=ALFREDS)


def given_to(command: type[Made], *records: Model, **members: Any) -> Made:
    """A command with its members by name. Ids and records name records; `records` go to the members that want such ones."""
    hints = get_type_hints(command)
    for record in records:
        [name] = (name for name, annotation in hints.items() if annotation == Key[type(record)])
        members[name] = record
    return command(**{name: _held(hints[name], value) for name, value in members.items()})


def _held(annotation: Any, value: Any) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if isinstance(value, Model):
        return Key(value.pk)
    if origin in (Union, UnionType):
        return None if value is None else _held(arguments[0], value)
    if origin is tuple:
        return tuple(_held(arguments[0], one) for one in value)
    return Key(value) if origin is Key and not isinstance(value, Key) else value


def doing(
    use_case: Callable[[Viewer, Any], Awaitable[Made]], viewer: Viewer, *records: Model, **members: Any
) -> Callable[[], Awaitable[Made]]:
    """A change that somebody makes, for whoever begins it."""
    command = given_to(get_type_hints(use_case)["given"], *records, **members)
    return lambda: use_case(viewer, command)


async def do(
    use_case: Callable[[Viewer, Any], Awaitable[Made]], viewer: Viewer, *records: Model, **members: Any
) -> Made:
    """What comes of a change that somebody makes."""
    return await transact(doing(use_case, viewer, *records, **members))


def what_they_said(customer: Customer | None, **others: Any) -> ReceiveComplaint:
    """A complaint as an agent writes it down."""
    given: dict[str, Any] = {
        "customer": customer.id if customer else None,
        "channel": Channel.PHONE,
        "category": Category.DELIVERY,
        "severity": Severity.HIGH,
        "subject": "Two crates missing",
        "description": "Two of six crates never came.",
    }
    return given_to(ReceiveComplaint, **given | others)


def upheld(viewer: Viewer, complaint: UUID, offer: Offer | None = None, answer: str = "Sorry.") -> Work:
    """A complaint that is answered in its customer's favour."""
    granted = asdict(offer or Offer())
    return doing(answer_complaint, viewer, complaint=complaint, outcome=Outcome.UPHELD, answer=answer, **granted)


async def received(agent: Viewer, **others: Any) -> Complaint:
    """A complaint of Alfreds Futterkiste."""
    given = what_they_said(await alfreds(), **others)
    keys = await transact(lambda: receive_complaint(agent, given))
    return await Complaint.get(id=keys["complaint"])


async def handed_off(agent: Viewer, department: Department = Department.LOGISTICS, **others: Any) -> Handoff:
    """A handoff of a complaint of its own."""
    complaint = await received(agent, hand_off_to=department, **others)
    return await Handoff.get(complaint_id=complaint.id)


async def problems_of(work: Work) -> tuple[Problem, ...]:
    """Why a change is refused; none when it is made."""
    try:
        await transact(work)
    except Refused as refusal:
        return refusal.problems
    return ()


async def codes_of(work: Work) -> list[str]:
    """The code of each reason why a change is refused."""
    return [problem.code for problem in await problems_of(work)]


async def wrong_with(work: Work) -> list[tuple[str, str]]:
    """The code and the member of each reason why a change is refused."""
    return [(problem.code, ".".join(problem.path[1:])) for problem in await problems_of(work)]


def codes_in(payload: Mapping[str, Any]) -> list[str]:
    """The code of each error in a payload."""
    return [error["code"] for error in payload["errors"]]


def wrong_in(payload: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The code and the member of each error in a payload."""
    return [(error["code"], ".".join(error["path"][1:])) for error in payload["errors"]]


class _Undone(Exception):
    """Takes back what was only tried."""


async def tried(work: Work) -> tuple[Problem, ...]:
    """Why a change would be refused; none when it would be made. Nothing is changed."""

    async def undone() -> Mapping[str, Any]:
        await work()
        raise _Undone

    try:
        await transact(undone)
    except Refused as refusal:
        return refusal.problems
    except _Undone:
        pass
    return ()


def events_about(*keys: UUID | str, **of: Any) -> QuerySet[Event]:
    """The events about all of some records, in order."""
    found = Event.filter(**of).order_by("id")
    for key in keys:
        found = found.filter(id__in=Subquery(EventSubject.filter(key=key).values("event_id")))
    return found


async def history(*about: UUID | str, **of: Any) -> list[tuple[str, UUID | None, str | None]]:
    """What was recorded: kind, actor and department of each event, in order."""
    rows = await events_about(*about, **of).values("kind", "actor_id", "department")
    return [(str(row["kind"]), row["actor_id"], row["department"] and str(row["department"])) for row in rows]


async def happened(*about: UUID | str, **of: Any) -> list[str]:
    """What was recorded: the kind of each event, in order."""
    return [kind for kind, _, _ in await history(*about, **of)]


def at_once(*works: Awaitable[Any]) -> Awaitable[list[Any]]:
    """The results of several things that happen at the same time."""
    return asyncio.gather(*works)
