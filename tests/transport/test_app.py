"""The command line as people use it: real processes, started, asked, told to end, and started again."""

import asyncio
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from stat import S_IMODE
from typing import Any

import httpx
import pytest

from app import FIRST_QUERY, SIGN_IN, create_app, main
from models.both_offices.accounts import Account
from models.kit.database import Database
from models.kit.migrating import known_migrations
from resolvers.both_offices.accounts.passwords import is_right
from resolvers.demo import DEMO_ACCOUNTS
from schema.transport.settings import read_settings
from tests.conftest import Databases, Engine
from tests.storage.test_migrations import REVISIONS, make_revision_28

ROOT = Path(__file__).parents[2]
PYTHON = [sys.executable]
SECRET = "only for tests, and long enough to sign"
PATIENCE_SECONDS = 600
"""How long a process or an answer may take where it does not matter: on a busy machine, long."""
HTTP = httpx.Client(timeout=PATIENCE_SECONDS)


def surroundings(**settings: str) -> dict[str, str]:
    """The environment of a process: ours, with these settings and no others."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("INTEROFFICE_")}
    return {**ours, **{f"INTEROFFICE_{name.upper()}": value for name, value in settings.items()}}


def run(*words: str, typed: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """One command that ends by itself."""
    command, env = [*PYTHON, "app.py", *words], surroundings(**settings)
    return subprocess.run(
        command, cwd=ROOT, env=env, input=typed, capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )


@dataclass
class House:
    """A server process, and what it has printed."""

    process: subprocess.Popen[bytes]
    printed: Path
    logged: Path

    @property
    def url(self) -> str:
        found = re.search(r"http://\S+/graphql", self.printed.read_text())
        return found.group() if found else ""

    def wait(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not self.url:
            assert self.process.poll() is None, self.logged.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def ask(self, query: str, token: str | None = None) -> dict[str, Any]:
        """The data of an answer."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = HTTP.post(self.url, json={"query": query}, headers=headers)
        assert answer.status_code == 200, answer.text
        assert "errors" not in answer.json(), answer.text
        return answer.json()["data"]

    def sign_in(self, email: str, password: str = "northwind") -> dict[str, Any]:
        """What signing in answers."""
        given = f"{{email: {json.dumps(email)}, password: {json.dumps(password)}}}"
        return self.ask(f"mutation {{ signIn(input: {given}) {{ session {{ accessToken }} errors {{ code }} }} }}")[
            "signIn"
        ]

    def end(self) -> float:
        """Tells it to end, as an operating system does; answers how long that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_SECONDS)
        return time.monotonic() - began


@contextmanager
def serving(folder: Path, *words: str, **settings: str) -> Iterator[House]:
    """A server on a port of its own choice, until it is ready, and no longer than needed."""
    with starting(folder, *words, **settings) as house:
        house.wait()
        yield house


@contextmanager
def starting(folder: Path, *words: str, **settings: str) -> Iterator[House]:
    """The same while it is not ready yet."""
    printed, logged = folder / "printed", folder / "logged"
    with printed.open("wb") as out, logged.open("wb") as err:
        command = [sys.executable, "app.py", *words, "--port", "0"]
        process = subprocess.Popen(command, cwd=ROOT, env=surroundings(**settings), stdout=out, stderr=err)
    house = House(process, printed, logged)
    try:
        yield house
    finally:
        process.kill()
        process.wait()


def pasted(printed: str, beginning: str) -> str:
    """The line of what was printed that begins so."""
    return next(line.strip() for line in printed.splitlines() if line.strip().startswith(beginning))


def test_the_first_start_makes_a_demo_company_and_the_second_finds_it_again(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    with serving(tmp_path, home=str(home)) as house:
        printed = house.printed.read_text()
        told, _, _ = printed.partition("Interoffice is at ")
        assert told.splitlines()[: len(known_migrations())] == [
            f"Bringing the tables up to date: {name}" for name in known_migrations()
        ]
        steps = [(int(number), int(of)) for number, of in re.findall(r", (\d+) of (\d+): its \w+", told)]
        assert len(steps) > 20
        assert steps == sorted(set(steps))
        assert {of for _, of in steps} == {steps[-1][0]}
        for somebody in DEMO_ACCOUNTS:
            assert re.search(rf"{re.escape(somebody.email)} +{somebody.role}\n", printed)
        assert "password is northwind" in printed
        signed_in = house.ask(pasted(printed, "mutation"))
        token = signed_in["signIn"]["session"]["accessToken"]
        complaints = house.ask(pasted(printed, "{"), token)["frontOffice"]["complaints"]["nodes"]
        assert len(complaints) == 3
        assert all(complaint["customer"]["name"] for complaint in complaints)
        page = HTTP.get(house.url, headers={"accept": "text/html"})
        assert "graphiql" in page.text
        assert all(somebody.email in page.text for somebody in DEMO_ACCOUNTS)
        base = house.url.removesuffix("/graphql")
        assert HTTP.get(f"{base}/healthz").json() == {"status": "ok"}
        assert HTTP.get(f"{base}/readyz").json()["checks"] == {"database": "ok", "migrations": "ok", "pushes": "ok"}
        assert "interoffice_operations_total" in HTTP.get(f"{base}/metrics").text
        files = {file.name: S_IMODE(file.stat().st_mode) for file in home.iterdir() if file.is_file()}
        assert {"secret", "interoffice.db", "interoffice.db-wal"} <= set(files) and set(files.values()) == {0o600}
        taken = run("serve", "--port", base.rsplit(":", 1)[1], home=str(tmp_path / "other"))
        assert taken.returncode == 2
        assert re.fullmatch(r"Cannot listen on 127\.0\.0\.1:\d+: .*in use.*\n", taken.stderr)
        assert house.end() < 3
    for line in house.logged.read_text().splitlines():
        assert json.loads(line)["level"] == "INFO", line
        assert "northwind" not in line.lower()
        assert token not in line
    with serving(tmp_path, home=str(home)) as house:
        assert house.printed.read_text().startswith("Interoffice is at ")
        # The token is as good as before, so the secret and the session were found again.
        again = house.ask(pasted(house.printed.read_text(), "{"), token)
        assert again["frontOffice"]["complaints"]["nodes"] == complaints


@pytest.mark.slow
@pytest.mark.slow
def test_of_two_first_starts_at_once_both_serve_one_company(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    home = str(tmp_path / "home")
    with starting(folders[0], home=home) as first, serving(folders[1], home=home) as second:
        first.wait()
        for house in (first, second):
            assert house.sign_in("service@northwind.example")["errors"] == []
        moved_in = ["Moving Northwind Traders in" in house.printed.read_text() for house in (first, second)]
        assert sorted(moved_in) == [False, True]


@pytest.mark.slow
def test_ctrl_c_ends_a_first_start_at_once_and_the_next_one_is_whole(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for said in ("Bringing the tables", "2 of 27"):
        with open(tmp_path / "printed", "wb") as out:
            command = [sys.executable, "app.py", "--port", "0"]
            process = subprocess.Popen(command, cwd=ROOT, env=surroundings(home=str(home)), stdout=out, stderr=out)
        while said not in (printed := (tmp_path / "printed").read_text()):
            assert process.poll() is None, printed
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert (
            (tmp_path / "printed")
            .read_text()
            .endswith("\nStopped. The next start begins with what was not finished.\n")
        )
    with serving(tmp_path, home=str(home)) as house:
        assert house.sign_in("service@northwind.example")["errors"] == []


def test_ctrl_c_while_python_still_reads_the_code_is_one_line(tmp_path: Path) -> None:
    with open(tmp_path / "printed", "wb") as out, open(tmp_path / "read", "wb") as read:
        command = [sys.executable, "-X", "importtime", "app.py", "schema"]
        process = subprocess.Popen(command, cwd=ROOT, env=surroundings(), stdout=out, stderr=read)
    while "asyncio" not in (tmp_path / "read").read_text():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 130
    assert (tmp_path / "printed").read_text() == "\nStopped.\n"
    assert "Traceback" not in (tmp_path / "read").read_text()


def test_on_a_terminal_progress_is_one_line_that_changes_and_leaves_nothing_behind() -> None:
    ours, theirs = pty.openpty()
    said = "with app.Progress() as p: p.migrates('0001_baseline'); p.moves_in('its staff', 1, 2)\nprint('Ready.')"
    with os.fdopen(ours, "rb") as terminal:
        subprocess.run([sys.executable, "-c", f"import app\n{said}"], cwd=ROOT, stdout=theirs, check=True)
        os.close(theirs)
        shown = terminal.read1().decode()
    lines = shown.split("\r")
    assert [line.strip() for line in lines if line.strip()] == [
        "Bringing the tables up to date: 0001_baseline",
        "Moving Northwind Traders in, 1 of 2: its staff",
        "Ready.",
    ]
    # Blanks are written over what stood there last.
    assert " " * len("Moving Northwind Traders in, 1 of 2: its staff") in lines


@pytest.mark.slow
async def test_an_operators_own_database_gets_tables_but_no_demo_company(blank_url: str, tmp_path: Path) -> None:
    own = {"database_url": blank_url, "secret": SECRET, "home": str(tmp_path / "home")}
    with serving(tmp_path, **own) as house:
        assert "northwind" not in house.printed.read_text().lower()
        assert house.sign_in("service@northwind.example")["errors"] == [{"code": "INVALID_CREDENTIALS"}]
        page = HTTP.get(house.url, headers={"accept": "text/html"})
        assert DEMO_ACCOUNTS[0].email not in page.text
        brought = run("demo", **own)
        assert (brought.returncode, brought.stderr) == (0, "")
        assert "Northwind Traders moved in." in brought.stdout
        assert house.sign_in("service@northwind.example")["errors"] == []
        again = run("demo", **own)
        assert "Northwind Traders was here already." in again.stdout
    assert not (tmp_path / "home").exists()


async def test_the_application_can_be_driven_without_a_socket(visited_url: str) -> None:
    app = create_app(read_settings(database_url=visited_url, secret=SECRET))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://house") as client,
    ):
        signed_in = await client.post("/graphql", json={"query": SIGN_IN})
        token = signed_in.json()["data"]["signIn"]["session"]["accessToken"]
        answer = await client.post(
            "/graphql", json={"query": FIRST_QUERY}, headers={"authorization": f"Bearer {token}"}
        )
        assert len(answer.json()["data"]["frontOffice"]["complaints"]["nodes"]) == 3
        assert (await client.post("/graphql", json={"query": FIRST_QUERY})).json()["errors"]
        assert (await client.get("/readyz")).status_code == 200


@pytest.mark.slow
async def test_an_account_can_be_added_and_opened(database_url: str) -> None:
    own = {"database_url": database_url}
    words = ("account", "add", "Ada@Example.com", "--name", "Ada", "--role", "ACCOUNTANT", "--role", "HR_OFFICER")
    added = run(*words, "--department", "FINANCE", "--password-stdin", typed="a good password\n", **own)
    assert (added.returncode, added.stdout, added.stderr) == (0, "ada@example.com can sign in.\n", "")
    twice = run(*words, "--password-stdin", typed="a good password\n", **own)
    assert (twice.returncode, twice.stderr) == (1, "Another account has this e-mail address.\n")
    database = Database(database_url)
    await database.open()
    try:
        [account] = await Account.all()
        assert (account.name, account.roles, account.departments) == ("Ada", ["ACCOUNTANT", "HR_OFFICER"], ["FINANCE"])
        assert await is_right(account.password_hash, "a good password")
    finally:
        await database.close()


async def test_accounts_are_managed_and_letters_printed_on_the_command_line(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own = {"DATABASE_URL": database_url, "SECRET": SECRET, "PASSWORD_PAGE": "https://house.example/#"}
    for name, value in own.items():
        monkeypatch.setenv(f"INTEROFFICE_{name}", value)

    async def did(*words: str, typed: str = "", code: int = 0) -> str:
        monkeypatch.setattr(sys, "stdin", StringIO(typed))
        words = words if words[0] == "letters" else ("account", *words)
        assert await asyncio.to_thread(main, words) == code
        return capsys.readouterr()[1 if code else 0]

    link = (await did("invite", "ada@example.com", "--name", "Ada", "--role", "ADMINISTRATOR")).splitlines()[-1]
    assert link.startswith("https://house.example/#")
    assert (
        await did("set-password", "--password-stdin", typed=f"{link}\na good password\n")
        == "ada@example.com can sign in.\n"
    )
    assert "not valid" in await did("set-password", "--password-stdin", typed=f"{link}\nanother one\n", code=1)
    new = "a good password\na better password\n"
    assert (
        await did("change-password", "ada@example.com", "--password-stdin", typed=new) == "The password is changed.\n"
    )
    assert "is wrong" in await did("change-password", "ada@example.com", "--password-stdin", typed=new, code=1)
    assert "last administrator" in await did("disable", "ada@example.com", code=1)
    assert "last administrator" in await did("change", "ada@example.com", "--role", "ACCOUNTANT", code=1)
    assert await did("invite", "bob@example.com", "--name", "Bob", "--role", "ADMINISTRATOR")
    changed = await did(
        "change", "ada@example.com", "--role", "ACCOUNTANT", "--department", "FINANCE", "--name", "Ada L."
    )
    assert changed == "ada@example.com: Ada L., ACCOUNTANT, FINANCE.\n"
    assert await did("disable", "ada@example.com") == "ada@example.com is disabled.\n"
    assert await did("enable", "ada@example.com") == "ada@example.com is enabled.\n"
    assert "signed in nowhere" in await did("end-sessions", "ada@example.com")
    link = (await did("reset-password", "ada@example.com")).splitlines()[-1]
    assert (await did("list")).splitlines() == [
        "ada@example.com (Ada L.) enabled ACCOUNTANT FINANCE",
        "bob@example.com (Bob) enabled ADMINISTRATOR",
    ]
    letters = [json.loads(line) for line in (await did("letters", "--since", "2026-01-01")).splitlines()]
    assert [letter["email"] for letter in letters] == ["bob@example.com", "ada@example.com"]
    assert link in letters[1]["text"]
    assert await did("letters", "--since", "2222-01-01") == ""


@pytest.mark.slow
async def test_an_account_with_rights_that_do_not_exist_is_not_added(database_url: str) -> None:
    words = ("account", "add", "ada@example.com", "--name", "Ada", "--role", "KING", "--department", "CANTEEN")
    refused = run(*words, "--password-stdin", typed="short\n", database_url=database_url)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "no role KING" in refused.stderr
    assert "no department CANTEEN" in refused.stderr
    assert "8 and 1000 characters" in refused.stderr


@pytest.mark.slow
async def test_migrate_says_what_it_did(blank_url: str) -> None:
    first, second = run("migrate", database_url=blank_url), run("migrate", database_url=blank_url)
    assert first.stdout.splitlines() == [f"Applied {name}." for name in known_migrations()]
    assert second.stdout == "The tables are up to date.\n"


@pytest.mark.slow
async def test_migrate_carries_a_database_of_the_last_revision_over_and_refuses_older_ones(
    databases: Databases, engine: Engine
) -> None:
    for applied, code, out, err in (
        (REVISIONS, 0, f"Applied {known_migrations()[0]}.\n", ""),
        (REVISIONS[:12], 2, "", "The last migration of this database is 0012_rules. Bring it to"),
    ):
        url = await databases.blank(engine)
        await make_revision_28(url, applied)
        migrated = run("migrate", database_url=url)
        assert (migrated.returncode, migrated.stdout[: len(out)]) == (code, out), migrated
        assert migrated.stderr.startswith(err)
        await databases.drop(url)


@pytest.mark.slow
def test_the_schema_is_printed_in_graphqls_own_language() -> None:
    printed = run("schema")
    assert printed.returncode == 0
    assert "type Query {" in printed.stdout
    assert "signIn(" in printed.stdout


@pytest.mark.slow
def test_help_is_to_be_had_whatever_the_settings_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INTEROFFICE_PORT", "no port")
    for words in (["--help"], ["-h"], ["serve", "--help"], ["account", "add", "--help"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 0
        assert capsys.readouterr().out.startswith("usage: app.py")
    helped = run("--help", port="no port")
    assert helped.returncode == 0
    for command in ("serve", "migrate", "demo", "schema", "account"):
        assert re.search(rf"^    {command} ", helped.stdout, re.MULTILINE)
