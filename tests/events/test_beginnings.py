"""Subscribe, then list: the first message says where the stream begins, and nothing falls between it, the list and a cut."""

import asyncio
import random
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from models.kit.base import now
from models.kit.events import Event
from resolvers.events.outbox import number_events
from tests.events.pushing import LIVE, happen, serving, token_for
from tests.events.screens import Client, Office, positions
from tests.events.test_pushes_under_stress import post, prepared
from tests.transport.nodejs import install, run

LISTED = "query ($handoff: ID!) { node(id: $handoff) { ... on Handoff { version } } }"
WHOLE = "subscription($after: String) { complaintHandoffs(after: $after) { __typename cursor id kind at handoff { version } } }"


async def test_the_first_message_comes_before_anything_happens_and_is_about_nothing(office: Office) -> None:
    await happen(office.handoff, 3)
    await office.settle()
    client = await office.screen(query=WHOLE)
    opening = client.began["1"]
    assert positions([opening.pop("cursor")]) == [3]
    assert abs((now() - datetime.fromisoformat(opening.pop("at"))).total_seconds()) < 10
    assert opening.pop("id") and opening == {"__typename": "HandoffUpdate", "kind": "SUBSCRIBED", "handoff": None}
    assert await client.is_silent(0.2)


async def test_who_is_cut_before_anything_came_gets_what_happened_meanwhile(office: Office) -> None:
    client = await office.screen()
    place = client.began["1"]["cursor"]
    await client.socket.close()
    await happen(office.handoff, 5)
    await office.settle()
    back = await office.screen(after=place)
    assert positions(await back.cursors(5)) == [1, 2, 3, 4, 5]
    # Who resumes has begun already: nothing has to be listed anew.
    assert back.began == {}


async def test_what_is_committed_and_not_yet_numbered_comes_after_the_first_message(office: Office) -> None:
    # As when the process that numbers is paused.
    await office.dispatcher._relay._loop.stop()
    await happen(office.handoff, 2)
    client = await office.screen(query=WHOLE)
    assert positions([client.began["1"]["cursor"]]) == [0]
    assert await client.is_silent(0.2)
    await number_events(office.database)
    assert positions(await client.cursors(2)) == [1, 2]


async def test_no_two_first_messages_say_the_same_and_so_none_tells_whether_anything_happened(office: Office) -> None:
    client = await Client.signed_in(office.port, office.token)
    for name in range(10):
        await client.subscribe(str(name), WHOLE)
    for said in ("cursor", "id"):
        assert len({opening[said] for opening in client.began.values()}) == 10
    await happen(office.handoff)
    ids = [(await _next(client))["id"] for _ in range(10)]
    assert len(set(ids)) == 1 and ids[0] not in {opening["id"] for opening in client.began.values()}


@dataclass
class Reader:
    """A client as schema/README.md describes it: it lists when a stream begins, and resumes where it was cut."""

    port: int
    token: str
    handoff: str
    chance: random.Random
    cursor: str | None = None
    places: list[int] = field(default_factory=list[int])
    heard: list[int] = field(default_factory=list[int])
    listed: list[int] = field(default_factory=list[int])
    cuts: int = 0
    silent_cuts: int = 0
    finished: bool = False

    async def live(self) -> None:
        """Reads until all is told, with a cut now and then, often before it has heard anything."""
        while not self.finished:
            with suppress(ConnectionClosed, OSError):
                client = await Client.signed_in(self.port, self.token)
                try:
                    await self.read(client, self.chance.choice([0, 0, 1, 5, 20]))
                finally:
                    client.socket.transport.abort()
                    self.cuts += 1

    async def read(self, client: Client, most: int) -> None:
        """Takes so many messages at most."""
        await client.subscribe(query=WHOLE, **({"after": self.cursor} if self.cursor else {}))
        if client.began:
            opening = client.began["1"]["cursor"]
            self.cursor = opening
            self.places += positions([opening])
            self.listed.append(await self.list())
        self.silent_cuts += most == 0
        for _ in range(most):
            with suppress(TimeoutError):
                message = client.unread.pop(0) if client.unread else await client.receive(1)
                seen = message["payload"]["data"]["complaintHandoffs"]["cursor"]
                self.cursor = seen
                self.heard += positions([seen])

    async def list(self) -> int:
        """The handoff's version, which grows with each event."""
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=60) as http:
            body = {"query": LISTED, "variables": {"handoff": f"hnd_{self.handoff}"}}
            answer = await http.post("/graphql", json=body, headers={"authorization": f"Bearer {self.token}"})
        return int(answer.json()["data"]["node"]["version"])


async def read_through_cuts(readers: list[Reader], writing: Any, last: Any) -> None:
    """Lets readers live while others write, and until each has heard the last; then looks at what they know."""
    living = [asyncio.create_task(reader.live()) for reader in readers]
    await writing
    end = await last()
    async with asyncio.timeout(60):
        while any((reader.heard or reader.places or [0])[-1] < end for reader in readers):
            await asyncio.sleep(0.05)
    for reader in readers:
        reader.finished = True
    await asyncio.gather(*living)
    for reader in readers:
        # One list, and from its place on everything, once and in order; the list itself holds all that was before.
        [place], [listed] = reader.places, reader.listed
        assert reader.heard == list(range(place + 1, end + 1))
        assert listed - 1 >= place
    assert sum(reader.silent_cuts for reader in readers) > 5


async def test_whoever_lists_after_the_first_message_misses_nothing_under_load_and_cuts(office: Office) -> None:
    chance = random.Random(3)
    readers = [Reader(office.port, office.token, str(office.handoff), random.Random(n)) for n in range(6)]

    async def write() -> None:
        for _ in range(120):
            await happen(office.handoff)
            await asyncio.sleep(chance.random() / 50)

    await read_through_cuts(readers, asyncio.gather(write(), write()), Event.all().count)


@pytest.mark.slow
async def test_it_misses_nothing_either_where_another_process_writes_and_numbers(
    database_url: str, engine: str
) -> None:
    token, handoff = await prepared(database_url)
    async with serving(database_url) as first, serving(database_url) as second:
        readers = [Reader((first, second)[n % 2], token, handoff, random.Random(n)) for n in range(6)]

        async def write(port: int) -> None:
            for _ in range(60):
                await post(port, handoff)

        async def last() -> int:
            return 240

        writing = asyncio.gather(*(write(port) for port in (first, second, first, second)))
        await read_through_cuts(readers, writing, last)


@pytest.mark.slow
async def test_the_link_of_the_readme_loses_nothing_with_plain_graphql_ws(office: Office, tmp_path: Path) -> None:
    await install(tmp_path, "graphql-ws@6.0.6", "graphql@16.15.0")
    readme = (Path(__file__).parents[2] / "schema/README.md").read_text()
    [link] = [block.partition("\n```")[0] for block in readme.split("```js\n")[1:] if "graphql-ws" in block]
    (tmp_path / "link.mjs").write_text(link + "\nexport { follow };\n")
    shutil.copyfile(Path(__file__).parent / "following.mjs", tmp_path / "following.mjs")
    (tmp_path / "settings.json").write_bytes(
        orjson.dumps({"port": office.port, "token": await token_for(office.account), "query": LIVE, "count": 40})
    )
    running = asyncio.create_task(run("node", "following.mjs", folder=tmp_path))
    # The first cut comes before anything has happened, but after the first message.
    async with asyncio.timeout(60):
        while not (tmp_path / "listed").exists():
            await asyncio.sleep(0.05)
    for count in (10, 10, 20):
        async with asyncio.timeout(60):
            while not running.done() and office.app.state.endpoint.open_subscriptions == 0:
                await asyncio.sleep(0.05)
        for connection in office.connections().copy():
            connection.transport.abort()
        while office.connections():
            await asyncio.sleep(0.05)
        await happen(office.handoff, count)
    status, output = await asyncio.wait_for(running, 60)
    said = orjson.loads(output)
    assert status == 0 and said["lists"] == 1
    assert positions(said["cursors"]) == list(range(1, 41))


async def _next(client: Client) -> dict[str, Any]:
    message = client.unread.pop(0) if client.unread else await client.receive()
    return message["payload"]["data"]["complaintHandoffs"]
