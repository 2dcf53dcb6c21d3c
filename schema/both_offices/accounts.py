"""Accounts: colleagues by name for everyone, the rest for those who manage them; and how somebody signs in and out.

The surprising rule: an `idempotencyKey` never brings a session back, because then its tokens would have to be stored.
"""

from collections.abc import Awaitable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models.both_offices import accounts
from models.both_offices.absences import covers
from models.permissions import Department, Permission, Role
from resolvers.both_offices.accounts import sessions
from resolvers.kit.context import Context
from resolvers.kit.problems import Refused
from resolvers.reading.declare import column, computed, many, node, of_viewer, plain_type, read, registry
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import Access, EntryNode, EntryRows, SqlContext
from schema.kit.areas import Area
from schema.kit.errors import UserError, show
from schema.kit.mutations import ERRORS, plain

if TYPE_CHECKING:
    # The GraphQL type of this name is gathered in schema/roots.py; this is what stands behind it.
    from resolvers.kit.commands import Viewer
    from schema.both_offices.absences import Absence

READ = Permission.READ_ACCOUNTS

# --- Types ------------------------------------------------------------------------------------------------------------


def _is_absent(ctx: SqlContext) -> str:
    own = f"away.account_id = {ctx.column('id')} AND {covers('away', ctx.now())}"
    return f"EXISTS (SELECT 1 FROM absences away WHERE {own})"


@node(accounts.Account, prefix="acc", needs=Permission.READ_STAFF)
class Account(Node):
    """Somebody who works here."""

    name: str = column("The name that colleagues see.", filter=True, sort=True)
    email: str = column("The e-mail address to sign in with.", needs=READ, filter=True, sort=True)
    roles: list[Role] = column("What the account may do.", needs=READ)
    departments: list[Department] = column("Whose work the account does.", needs=READ)
    is_absent: bool = computed("Whether they are away now.", _is_absent)
    absences: "Connection[Absence]" = many(
        "When they are, were or will be away, the latest first.", "account_id", "-from_at"
    )
    enabled: bool = column("Whether the account can sign in.", needs=READ, filter=True)
    created_at: datetime = column("When it was added.", needs=READ, filter=True, sort=True)


class ViewerItself:
    """Who is asking, and what they may do. The values are in no table; areas add lists of what is the viewer's own."""

    id: strawberry.ID = of_viewer(
        "The viewer's account.", lambda viewer: registry.nodes["Account"].global_id(viewer.account)
    )
    name: str = of_viewer("The name that colleagues see.", lambda viewer: viewer.name)
    # In the order of their declaration, so that equal rights look equal.
    roles: list[Role] = of_viewer("The account's roles.", lambda viewer: [one for one in Role if one in viewer.roles])
    departments: list[Department] = of_viewer(
        "Whose work the viewer does.", lambda viewer: [one for one in Department if one in viewer.departments]
    )
    permissions: list[Permission] = of_viewer(
        "All that the roles permit; other fields and changes are refused.",
        lambda viewer: [one for one in Permission if viewer.may(one)],
    )


@plain_type(Access.PUBLIC)
class Session:
    """What a client holds after signing in. Keep it secret."""

    access_token: str = plain(
        "Goes into the header `Authorization: Bearer …`, and into `connection_init` of a WebSocket."
    )
    expires_at: datetime = plain("When the access token stops working; refresh the session shortly before.")
    refresh_token: str = plain(
        "Buys the next pair of tokens, once. If it ever comes back a second time, the session ends."
    )
    viewer: "Viewer" = plain("Who has signed in.")
    device_token: str | None = plain(
        "Shows that this device is known, and nothing else: keep it there, and send it with the next `signIn`. Null where the"
        " session was refreshed."
    )


# --- Inputs -----------------------------------------------------------------------------------------------------------


def _secret(description: str, **default: Any) -> Any:
    """An input's member that is never printed."""
    declared = strawberry.field(description=description, **default)
    declared.repr = False
    return declared


def _idempotency_key() -> Any:
    return strawberry.field(
        description="Accepted as on every change. It never brings a session back: that happens once.", default=None
    )


@strawberry.input(description="Who wants to sign in.")
class SignInInput:
    """Who wants to sign in."""

    email: str = _secret("The account's e-mail address, in any case.")
    password: str = _secret("The account's password.")
    device_token: str | None = _secret(
        "The `Session.deviceToken` of the last time that somebody signed in to this account from this device: then others'"
        " wrong tries do not slow it down.",
        default=None,
    )
    idempotency_key: str | None = _idempotency_key()


@strawberry.input(description="Which session goes on.")
class RefreshSessionInput:
    """Which session goes on."""

    refresh_token: str = _secret("The session's latest refresh token.")
    idempotency_key: str | None = _idempotency_key()


@strawberry.input(description="Nothing needs to be said: the access token names the session.")
class SignOutInput:
    """Nothing needs to be said: the access token names the session."""

    idempotency_key: str | None = _idempotency_key()


# --- Payloads ---------------------------------------------------------------------------------------------------------


@plain_type(Access.PUBLIC)
class SignInPayload:
    """What signing in brings."""

    session: Session | None = plain("The new session; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.PUBLIC)
class RefreshSessionPayload:
    """What refreshing a session brings."""

    session: Session | None = plain("The session with its new tokens; null when there are errors.")
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.PUBLIC)
class SignOutPayload:
    """What signing out brings."""

    errors: list[UserError] = plain(ERRORS)


async def _shown_session(
    context: Context, change: Awaitable[sessions.Session]
) -> tuple[Session | None, list[UserError]]:
    try:
        session = await change
    except Refused as refused:
        context.retry_after = max(getattr(problem, "retry_after", 0) for problem in refused.problems)
        return None, [show(problem) for problem in refused.problems]
    shown = Session(
        access_token=session.access_token,
        expires_at=session.expires_at,
        refresh_token=session.refresh_token,
        viewer=session.viewer,
        device_token=session.device_token,
    )
    return shown, []


# --- Roots ------------------------------------------------------------------------------------------------------------


class Accounts:
    """The back office's way to accounts."""

    account: "Account | None" = read(EntryNode(), "One account.", needs=Permission.READ_STAFF)
    accounts: "Connection[Account]" = read(EntryRows("name"), "All accounts, by name.", needs=READ)


class AccountMutations:
    """Signing in, going on, and signing out."""

    @strawberry.mutation(
        description="Opens a session. Whatever is wrong, the answer is INVALID_CREDENTIALS. After ten failures in a"
        " minute, or thirty in an hour, of one network for one account it is TOO_MANY_ATTEMPTS, and says in"
        " how many seconds to try again; known devices are counted by themselves. RATE_LIMITED says the same"
        " where too many sign in at once.",
        metadata={"needs": Access.PUBLIC},
    )
    async def sign_in(
        self,
        info: strawberry.Info[Context, None],
        input: Annotated[SignInInput, strawberry.argument(description="Who wants to sign in.")],
    ) -> SignInPayload:
        """Opens a session."""
        context = info.context
        session, errors = await _shown_session(
            context,
            context.authority.sign_in(input.email, input.password, context.address, input.device_token),
        )
        return SignInPayload(session=session, errors=errors)

    @strawberry.mutation(
        description="Goes on with a session: both tokens are replaced. A refresh token that cannot be used any more is answered"
        " with INVALID_REFRESH_TOKEN.",
        metadata={"needs": Access.PUBLIC},
    )
    async def refresh_session(
        self,
        info: strawberry.Info[Context, None],
        input: Annotated[RefreshSessionInput, strawberry.argument(description="Which session goes on.")],
    ) -> RefreshSessionPayload:
        """Goes on with a session."""
        context = info.context
        session, errors = await _shown_session(context, context.authority.refresh_session(input.refresh_token))
        return RefreshSessionPayload(session=session, errors=errors)

    @strawberry.mutation(
        description="Ends the viewer's session: its tokens and subscriptions end at once. Other sessions go on.",
        metadata={"needs": Access.SIGNED_IN},
    )
    async def sign_out(
        self,
        info: strawberry.Info[Context, None],
        input: Annotated[SignOutInput | None, strawberry.argument(description="May be left out.")] = strawberry.UNSET,
    ) -> SignOutPayload:
        """Ends the viewer's session."""
        viewer = info.context.viewer
        assert viewer is not None, "Authorisation lets nobody in here who has not signed in."
        try:
            await info.context.authority.sign_out(viewer)
        except Refused as refused:
            return SignOutPayload(errors=[show(problem) for problem in refused.problems])
        return SignOutPayload(errors=[])


AREA = Area(back_office=(Accounts,), viewer=(ViewerItself,), mutations=(AccountMutations,))
