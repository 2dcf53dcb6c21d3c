"""Interoffice: how the parts of the house are put together, and the command line. `uv run app.py --help` explains it.

The surprising rule: every command that needs the database brings its tables up to date first.
"""

import gc
import os
import signal
import sys

if __name__ == "__main__":
    # Nothing of what is read now is ever garbage, and looking for it again and again takes a tenth of the start.
    gc.disable()
    # Reading all that follows takes seconds, and whoever presses Ctrl-C meanwhile needs no traceback.
    signal.signal(signal.SIGINT, lambda *_: print("\nStopped.", flush=True) or os._exit(130))

import argparse
import asyncio
import getpass
import json
import socket
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from operator import attrgetter
from pathlib import Path
from types import FrameType
from typing import Any

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse
from starlette.routing import Route, WebSocketRoute
from tortoise.exceptions import BaseORMException

from models.both_offices.accounts import PasswordToken
from models.kit.backups import BackupError, back_up, renew_epoch, restore
from models.kit.database import Database
from models.kit.migrating import NewerDatabaseError, alone, migrate
from models.kit.outages import DatabaseAway
from models.migrations.revision_28 import RevisionError
from models.permissions import Department, Role
from resolvers.back_office.logistics.inventory.promising import fill_missed_backorders, give_up_what_expired
from resolvers.back_office.products.improvements.steps import tell_of_due_improvements
from resolvers.both_offices.accounts.administration import add_account, administer, invite, listed_accounts, reset
from resolvers.both_offices.accounts.authority import Authority
from resolvers.both_offices.accounts.password_tokens import letters as password_letters
from resolvers.both_offices.accounts.password_tokens import written
from resolvers.both_offices.clocks import on_moment
from resolvers.both_offices.clocks.watching import ClockJob
from resolvers.both_offices.escalations import follow_clock
from resolvers.both_offices.leases import (
    begin_leases,
    return_claims_of_the_absent,
    return_claims_of_the_disabled,
    return_idle_claims,
)
from resolvers.both_offices.rules.applying import apply_rules
from resolvers.both_offices.rules.saving import ship_rules
from resolvers.demo import DEMO_ACCOUNTS, DEMO_PASSWORD, OtherCompanyError, load_demo
from resolvers.events import Dispatcher
from resolvers.front_office.service.ratings import letters
from resolvers.kit.idempotency import forget_old_answers
from resolvers.kit.letters import Letter
from resolvers.kit.problems import Refused
from resolvers.kit.scheduler import Job, Scheduler
from resolvers.kit.transaction import before_commit, finish_running
from schema import build
from schema.transport.execution import Engine
from schema.transport.graphiql import ASSETS_PATH, GraphiQLPage, Person
from schema.transport.graphiql.fetching import FetchError, fetch
from schema.transport.guard import guarded
from schema.transport.http import GraphQLEndpoint, cross_origin
from schema.transport.leaving import CLOSING_SECONDS, REQUESTS_SECONDS, Leaving, within
from schema.transport.logs import configure_logging
from schema.transport.monitoring import Readiness, healthz
from schema.transport.request_middleware import RequestMiddleware
from schema.transport.settings import PREFIX, Settings, SettingsError, read_settings
from schema.transport.websocket import GraphQLSocketEndpoint
from schema.transport.wire import SERVER_OPTIONS

PATHS = frozenset({"/", "/graphql", "/healthz", "/readyz", "/metrics"})

YOUNG_OBJECTS = 50_000
"""How many new objects it takes to look for garbage: a large answer, or a company that moves in, makes thousands that stay."""

# --- The application --------------------------------------------------------------------------------------------------


def jobs(database: Database) -> list[Job]:
    """What the scheduler does, in this order."""
    return [
        ClockJob(database),
        return_claims_of_the_absent,
        return_claims_of_the_disabled,
        return_idle_claims,
        begin_leases,
        tell_of_due_improvements,
        partial(give_up_what_expired, database),
        partial(fill_missed_backorders, database),
        forget_old_answers,
    ]


def create_app(
    settings: Settings, log: Callable[[dict[str, Any]], None] | None = None, leaving: Leaving | None = None
) -> Starlette:
    """The whole application on a database that has its tables; `log` writes the line of each request."""
    leaving = leaving or Leaving()
    database = Database(settings.url())
    authority = Authority(settings.security())
    dispatcher = Dispatcher(database, authority)
    scheduler = Scheduler(jobs(database))
    catalog = build()[1].sealed_by(settings.seal())
    engine = Engine(catalog, database, authority, anonymous_introspection=settings.anonymous_introspection)
    metrics = settings.metrics()
    page = None
    if settings.graphiql:
        demo, password = (demo_people(), DEMO_PASSWORD) if settings.embedded else ([], "")
        page = GraphiQLPage(settings.graphiql_folder, demo, password)
    sockets = GraphQLSocketEndpoint(
        engine, dispatcher, authority, settings.allowed_origins, metrics, log, settings.socket_limits()
    )
    metrics.watch_pushes(
        open_subscriptions=lambda: sockets.open_subscriptions,
        dispatcher_lag=lambda: dispatcher.lag,
        stuck_seconds=lambda: dispatcher.stuck_seconds,
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with AsyncExitStack() as ending:
            await database.open()
            ending.push_async_callback(database.close)
            # Whoever waits for a database that answers nothing is not waited for.
            ending.push_async_callback(within, CLOSING_SECONDS, finish_running)
            await dispatcher.start()
            ending.push_async_callback(within, CLOSING_SECONDS / 2, dispatcher.stop)
            ending.callback(before_commit(apply_rules))
            ending.callback(on_moment(follow_clock))
            scheduler.start()
            ending.push_async_callback(within, CLOSING_SECONDS / 2, scheduler.stop)
            yield

    routes = [
        WebSocketRoute("/graphql", sockets),
        Route("/graphql", GraphQLEndpoint(engine, authority, metrics, page)),
        Route("/healthz", healthz),
        Route("/readyz", Readiness(database, dispatcher, leaving).endpoint),
        Route("/metrics", metrics.endpoint),
    ]
    if page is not None:
        routes += [Route("/", RedirectResponse("/graphql")), Route(f"{ASSETS_PATH}/{{name}}", page.asset)]
    middleware = [
        Middleware(RequestMiddleware, paths=PATHS, log=log, leaving=leaving),
        *cross_origin(settings.allowed_origins),
    ]
    return Starlette(routes=routes, middleware=middleware, lifespan=lifespan)


class Server(uvicorn.Server):
    """A server that says when it is ready, and then stops looking for garbage among what will stay for ever.

    Told to end, it serves on for a while, and ends well.
    """

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], leaving: Leaving | None = None) -> None:
        super().__init__(config)
        self._ready = ready
        self._leaving = leaving or Leaving()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came."""
        self._leaving.begin(sig)
        if sig != signal.SIGTERM:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Whether it ends now; asked ten times a second."""
        return await super().on_tick(counter) or self._leaving.over

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends: from here on nobody is waited for without end."""
        self._leaving.ends = True
        await super().shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Opens everything, then tells."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        self._ready()


# --- The commands -----------------------------------------------------------------------------------------------------

SIGN_IN = (
    f'mutation {{ signIn(input: {{email: "{DEMO_ACCOUNTS[0].email}", password: "{DEMO_PASSWORD}"}})'
    " { session { accessToken } errors { message } } }"
)
FIRST_QUERY = (
    "{ frontOffice { complaints(first: 3) { nodes { number subject status order { number } customer { name } } } } }"
)


def demo_accounts() -> str:
    """The demo accounts, one to a line."""
    return "\n".join(f"  {somebody.email:<34}{somebody.role}" for somebody in DEMO_ACCOUNTS)


def demo_people() -> list[Person]:
    """Who can be picked in the demo's GraphiQL, one for each role."""
    return [
        Person(somebody.email, somebody.name, somebody.role.value, *_office_and_duty(somebody.role))
        for somebody in DEMO_ACCOUNTS
    ]


def _office_and_duty(role: Role) -> tuple[str, str]:
    office, found, duty = role.description.partition(": ")
    return (office, duty[0].upper() + duty[1:]) if found else ("Beside both", office)


def welcome() -> str:
    """What whoever starts the demo company can do with it."""
    return f"""\
Open it in a browser and pick who you are. The demo company is Northwind Traders; everybody's password is {DEMO_PASSWORD}:

{demo_accounts()}

Without a browser, sign in with:

  {SIGN_IN}

Then put {{"authorization": "Bearer <accessToken>"}} under Headers and ask:

  {FIRST_QUERY}
"""


def serve(settings: Settings) -> int:
    """Serves until it is told to end."""
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)
    leaving = settings.leaving()
    app = create_app(settings, configure_logging(settings.log_level).request, leaving)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        listening = socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as error:
        where = f"{settings.host}:{settings.port}"
        raise SettingsError(f"Cannot listen on {where}: {error.strerror}. Choose another --host or --port.") from None

    def ready() -> None:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        print(f"Interoffice is at http://{host}:{listening.getsockname()[1]}/graphql", flush=True)
        if settings.embedded:
            print(welcome(), flush=True)

    # A proxy opens connections for everybody, and bounds them itself.
    http = guarded(0 if settings.trusted_proxies else settings.connections_per_address)
    options: dict[str, Any] = {**SERVER_OPTIONS, "http": http}
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=REQUESTS_SECONDS,
        **options,
    )
    server = Server(config, ready, leaving)

    async def prepare_and_serve() -> None:
        await prepare(settings)
        await server.serve([listening])

    with listening, asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(prepare_and_serve())
    return 0 if server.started else 1


class Progress:
    """What a start that has much to do says meanwhile: a line for each step, on a terminal one line that changes.

    Ctrl-C ends it at once: a transaction that is under way would otherwise be waited for, and what it did not commit is nowhere.
    """

    def __init__(self, *, on_terminal_only: bool = False) -> None:
        self._on_terminal = sys.stdout.isatty()
        self._silent = on_terminal_only and not self._on_terminal
        self._length = 0

    def __enter__(self) -> "Progress":
        # Signals go to a process's main thread, and only there may one say what they do.
        self._listens = threading.current_thread() is threading.main_thread()
        self._before = signal.signal(signal.SIGINT, self._stop) if self._listens else None
        return self

    def __exit__(self, *_: object) -> None:
        if self._listens:
            signal.signal(signal.SIGINT, self._before)
        if self._length:
            self._show("")

    def _stop(self, *_: object) -> None:
        print("\nStopped. The next start begins with what was not finished.", flush=True)
        os._exit(130)

    def migrates(self, name: str) -> None:
        """A migration begins."""
        self._show(f"Bringing the tables up to date: {name}")

    def moves_in(self, step: str, number: int, of: int) -> None:
        """A part of the demo company begins."""
        self._show(f"Moving Northwind Traders in, {number} of {of}: {step}")

    def _show(self, line: str) -> None:
        if self._on_terminal:
            # What was there before is written over.
            print(f"\r{line:<{self._length}}", end="" if line else "\r", flush=True)
            self._length = len(line)
        elif line and not self._silent:
            print(line, flush=True)


async def prepare(settings: Settings) -> None:
    """Brings the tables up to date, the shipped rules in and, unless the database is the operator's own, the demo company."""
    with Progress() as progress:
        await migrate(settings.url(), begins=progress.migrates)
        # Of two first starts at once the second one waits until the company is in.
        async with alone(settings.url()), opened(settings) as database:
            if settings.embedded:
                await load_demo(database, progress=progress.moves_in)
            await ship_rules()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """The database, for one command."""
    database = Database(settings.url())
    await database.open()
    try:
        yield database
    finally:
        await finish_running()
        await database.close()


def bring_up_to_date(settings: Settings) -> int:
    """The command `migrate`."""
    # What it did is told at the end, a line for each.
    with Progress(on_terminal_only=True) as progress:
        applied = asyncio.run(migrate(settings.url(), begins=progress.migrates))
    print("\n".join(f"Applied {name}." for name in applied) or "The tables are up to date.")
    return 0


def keep(settings: Settings, file: Path) -> int:
    """The command `backup`."""
    back_up(settings.url(), settings.home if settings.embedded else None, file)
    print(f"Kept in {file}.")
    return 0


def put_back(settings: Settings, file: Path) -> int:
    """The command `restore`."""
    aside = asyncio.run(restore(settings.url(), settings.home if settings.embedded else None, file))
    print(f"Put back from {file}.{f' What was there lies in {aside}.' if aside else ''}")
    return 0


def begin_epoch(settings: Settings) -> int:
    """The command `restored`."""

    async def renew() -> None:
        await migrate(settings.url())
        await renew_epoch(settings.url())

    asyncio.run(renew())
    print("Clients that were away list anew.")
    return 0


def bring_demo_in(settings: Settings) -> int:
    """The command `demo`."""

    async def bring_in() -> bool:
        with Progress() as progress:
            await migrate(settings.url(), begins=progress.migrates)
            async with alone(settings.url()), opened(settings) as database:
                return await load_demo(database, progress=progress.moves_in)

    brought = asyncio.run(bring_in())
    print("Northwind Traders moved in." if brought else "Northwind Traders was here already.")
    print(f"Everybody's password is {DEMO_PASSWORD}:\n{demo_accounts()}")
    return 0


def fetch_graphiql(settings: Settings) -> int:
    """The command `graphiql`."""
    came = fetch(settings.graphiql_folder)
    print("\n".join(f"Fetched {name}." for name in came) or "All of GraphiQL is there already.")
    print(f"It is in {settings.graphiql_folder}; servers use it from their next start on.")
    return 0


def typed(given: argparse.Namespace, *prompts: str) -> list[str]:
    """What is not to stand in the shell's history: one line of stdin each, or asked for, a new password twice."""
    if given.password_stdin:
        return [sys.stdin.readline().rstrip("\r\n") for _ in prompts]
    secrets = [getpass.getpass(f"{prompt}: ") for prompt in prompts]
    if getpass.getpass("Once more: ") != secrets[-1]:
        raise SettingsError("The passwords differ.")
    return secrets


COMMAND_LINE = "command line"
"""From where passwords are typed here, for slowing down guesses."""


async def _account(settings: Settings, given: argparse.Namespace) -> str:
    """Does what was asked for with accounts; answers with what to print."""
    page = settings.password_page or ""

    def told(token: PasswordToken) -> str:
        return f"{page}{written(token, settings.security().secret)}"

    match given.action:
        case "add":
            [password] = typed(given, "Password")
            account = await add_account(given.email, given.name, given.role, given.department, password)
            return f"{account.email} can sign in."
        case "invite":
            settings.security()  # Without a secret nothing is done.
            account, token = await invite(given.email, given.name, given.role, given.department)
            return f"{account.email} sets a password by:\n{told(token)}"
        case "change":
            account = await administer(given.email, name=given.name, roles=given.role, departments=given.department)
            return (
                f"{account.email}: {account.name}, {', '.join([*account.roles, *account.departments]) or 'no rights'}."
            )
        case "disable" | "enable":
            account = await administer(given.email, enabled=given.action == "enable")
            return f"{account.email} is {given.action}d."
        case "end-sessions":
            account = await administer(given.email, ends_sessions=True)
            return f"{account.email} is signed in nowhere."
        case "reset-password":
            settings.security()  # Without a secret nothing is done.
            return f"{given.email} sets a new password by:\n{told(await reset(given.email))}"
        case "set-password":
            token, password = typed(given, "Token", "New password")
            authority = Authority(settings.security())
            return f"{await authority.set_password(token.removeprefix(page), password, COMMAND_LINE)} can sign in."
        case "change-password":
            current, password = typed(given, "Present password", "New password")
            authority = Authority(settings.security())
            viewer = (await authority.sign_in(given.email, current, COMMAND_LINE)).viewer
            await authority.change_password(viewer, current, password, COMMAND_LINE)
            await authority.sign_out(viewer)
            return "The password is changed."
        case _:
            return "\n".join(await listed_accounts())


def manage_accounts(settings: Settings, given: argparse.Namespace) -> int:
    """The commands `account …`."""

    async def write() -> str:
        await prepare(settings)
        async with opened(settings):
            return await _account(settings, given)

    print(asyncio.run(write()))
    return 0


def print_letters(settings: Settings, since: datetime) -> int:
    """The command `letters`."""

    async def read() -> list[Letter]:
        await migrate(settings.url())
        async with opened(settings):
            security = settings.security()
            to_customers = await letters(security, settings.rating_page or "", since)
            page = settings.password_page or ""
            to_staff = [] if security.oidc else await password_letters(security.secret, page, since)
            return sorted([*to_customers, *to_staff], key=attrgetter("at", "id"))

    for letter in asyncio.run(read()):
        print(json.dumps(asdict(letter), default=str, ensure_ascii=False))
    return 0


def a_moment(text: str) -> datetime:
    """A moment as it is typed; without an offset it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


ACCOUNT_COMMANDS = {
    "list": ("print all accounts and their sessions", False, ""),
    "add": ("add somebody who works here; the password is asked for twice", True, "the password"),
    "invite": ("add somebody, and print by what they set their first password, once and within three days", True, ""),
    "change": (
        "change an account's name, or all its roles, or all its departments; the last two end its sessions",
        True,
        "",
    ),
    "disable": ("let an account sign in no more, and end its sessions", False, ""),
    "enable": ("let an account sign in again", False, ""),
    "end-sessions": ("end an account's sessions", False, ""),
    "reset-password": ("take a password away, and print by what the next one is set", False, ""),
    "set-password": ("set a password by what an invitation or a reset printed", False, "the token and the password"),
    "change-password": ("change a password, knowing the present one", False, "the present and the new password"),
}
"""What can be done with accounts: what for, whether it takes rights, and what is typed in secret."""


def command_line() -> argparse.ArgumentParser:
    """What can be typed."""
    parser = argparse.ArgumentParser(
        prog="app.py",
        description="The headless backend of a company's front office and back office, as one GraphQL schema.",
        epilog=f"Without a command: serve. Without {PREFIX}DATABASE_URL, it all happens in a demo company of its own."
        f" Settings are {PREFIX}* variables; models/README.md lists them.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    serving = commands.add_parser("serve", help="answer GraphQL over HTTP and WebSockets (default)")
    serving.add_argument("--host", help=f"the address to listen on ({PREFIX}HOST, 127.0.0.1)")
    serving.add_argument("--port", help=f"the port to listen on ({PREFIX}PORT, 8000)")
    commands.add_parser("migrate", help="bring the database's tables up to date")
    keeping = commands.add_parser(
        "backup", help="keep the SQLite database, the secret and files, also while it is served"
    )
    keeping.add_argument("file", type=Path, help="a new file")
    putting_back = commands.add_parser(
        "restore", help="put a backup in the place of what is there, which is laid aside"
    )
    putting_back.add_argument("file", type=Path, help="what `backup` made")
    commands.add_parser("restored", help="say that PostgreSQL was put back from a backup, before it is served again")
    commands.add_parser("demo", help="bring Northwind Traders into the database, with accounts that all can open")
    commands.add_parser(
        "graphiql", help="fetch GraphiQL's files once, so that the page in the browser needs no internet"
    )
    commands.add_parser("schema", help="print the schema in GraphQL's own language")
    mailing = commands.add_parser(
        "letters",
        help="print what was written to customers and staff, for the program that delivers it",
        description="Prints letters as JSON, one to a line, with the links by which customers rate answers and staff set their"
        " passwords: nobody else gets to see those. Each letter has an id, by which those that went out already are known.",
    )
    mailing.add_argument("--since", type=a_moment, required=True, help="since when, for instance 2026-11-30T08:00Z")
    account = commands.add_parser("account", help="manage accounts").add_subparsers(
        dest="action", required=True, metavar="COMMAND"
    )
    for action, (said, rights, secrets) in ACCOUNT_COMMANDS.items():
        acting = account.add_parser(
            action,
            help=said,
            epilog=f"Roles: {', '.join(Role)}. Departments: {', '.join(Department)}." if rights else None,
        )
        if action not in ("list", "set-password"):
            acting.add_argument("email", help="the address to sign in with")
        if rights:
            nothing = None if action == "change" else []
            acting.add_argument("--name", required=action != "change", help="what colleagues call them")
            acting.add_argument("--role", action="append", default=nothing, help="what they may do; can be repeated")
            acting.add_argument(
                "--department", action="append", default=nothing, help="whose work they do; can be repeated"
            )
        if secrets:
            acting.add_argument("--password-stdin", action="store_true", help=f"read {secrets} from stdin, a line each")
    return parser


DATABASE_ERRORS = (
    DatabaseAway,
    OSError,
    sqlite3.Error,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    BaseORMException,
)


def main(words: Sequence[str]) -> int:
    """Does what was typed; answers with the exit code."""
    if not words or (words[0].startswith("-") and words[0] not in {"-h", "--help"}):
        words = ["serve", *words]
    arguments = command_line().parse_args(words)
    try:
        if arguments.command == "schema":
            print(build()[0].as_str())
            return 0
        settings = read_settings(host=getattr(arguments, "host", None), port=getattr(arguments, "port", None))
        if arguments.command == "account":
            return manage_accounts(settings, arguments)
        if arguments.command in ("backup", "restore"):
            return {"backup": keep, "restore": put_back}[arguments.command](settings, arguments.file)
        if arguments.command == "letters":
            return print_letters(settings, arguments.since)
        commands = {
            "serve": serve,
            "migrate": bring_up_to_date,
            "restored": begin_epoch,
            "demo": bring_demo_in,
            "graphiql": fetch_graphiql,
        }
        return commands[arguments.command](settings)
    except (SettingsError, OtherCompanyError, RevisionError, NewerDatabaseError) as error:
        print(error, file=sys.stderr)
        return 2
    except (FetchError, BackupError) as error:
        print(error, file=sys.stderr)
        return 1
    except Refused as refused:
        print("\n".join(problem.message for problem in refused.problems), file=sys.stderr)
        return 1
    except DATABASE_ERRORS as error:
        reason, _, _ = str(error).partition("\n")
        print(f"The database cannot be used: {reason or type(error).__name__}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    gc.freeze()
    gc.enable()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main(sys.argv[1:]))
