"""Accounts: colleagues by name for everyone, the rest for those who manage them; and how somebody signs in and out.

The surprising rule: an `idempotencyKey` never brings a session back, because then its tokens would have to be stored.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from models.both_offices import accounts
from models.both_offices.absences import covers
from models.permissions import Department, Permission, Role
from resolvers.both_offices.accounts import sessions
from resolvers.both_offices.accounts.administration import (
    change_account,
    disable_account,
    enable_account,
    end_sessions,
    invite_account,
    reset_password,
)
from resolvers.kit.context import Context
from resolvers.kit.problems import Refused
from resolvers.reading.declare import column, computed, history, many, node, of_viewer, one, plain_type, read, registry
from resolvers.reading.relay import Connection, Node
from resolvers.reading.sources import Access, EntryNode, EntryRows, SqlContext
from schema.kit.areas import Area
from schema.kit.errors import UserError, show
from schema.kit.mutations import ERRORS, mutation, payload_of, plain

if TYPE_CHECKING:
    # The GraphQL type of this name is gathered in schema/roots.py; this is what stands behind it.
    from resolvers.kit.commands import Viewer
    from schema.both_offices.absences import Absence
    from schema.kit.events import RecordEvent

READ, WRITE = Permission.READ_ACCOUNTS, Permission.WRITE_ACCOUNTS

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
    version: int = column("Grows with every change; send it back as `expectedVersion`.", needs=READ)
    sessions: "Connection[AccountSession]" = many(
        "Where it is signed in now, the latest first; of other accounts, only who manages accounts sees any.",
        "account_id",
        "-issued_at",
    )
    history: "Connection[RecordEvent]" = history(
        "What happened to the account, earliest first.", accounts.Account, needs=READ
    )


def _of_session(value: str) -> Callable[[SqlContext], str]:
    return lambda ctx: (
        f"(SELECT max(other.{value}) FROM refresh_tokens other WHERE other.family = {ctx.column('family')})"
    )


@node(accounts.RefreshToken, prefix="ses", needs=Access.SIGNED_IN)
class AccountSession(Node):
    """Where somebody is signed in: what began with a password, and goes on by refreshing."""

    issued_at: datetime = column("Since when, as far back as a session can be left alone.", sort=True)
    refreshed_at: datetime = computed("When it was refreshed last.", _of_session("issued_at"))
    expires_at: datetime = computed("When it ends unless it is refreshed.", _of_session("expires_at"))
    account: "Account | None" = one("Who has signed in.", "account_id")


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


@strawberry.input(description="Which password an account gets, by the token that its holder was sent.")
class SetPasswordInput:
    """Which password an account gets."""

    token: str = _secret("The token of the letter: of an invitation, or of a reset.")
    password: str = _secret("The new password, 8 to 1,000 characters.")


@strawberry.input(description="Which password the viewer gets.")
class ChangePasswordInput:
    """Which password the viewer gets."""

    current_password: str = _secret("The present password.")
    password: str = _secret("The new one, 8 to 1,000 characters.")


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


@plain_type(Access.PUBLIC)
class SetPasswordPayload:
    """What setting a password brings."""

    email: str | None = plain("The e-mail address to sign in with now; null when there are errors.", default=None)
    errors: list[UserError] = plain(ERRORS)


@plain_type(Access.SIGNED_IN)
class ChangePasswordPayload:
    """What changing one's password brings."""

    errors: list[UserError] = plain(ERRORS)


def _told(context: Context, refused: Refused) -> list[UserError]:
    """A refusal as clients see it; the answer's headers say when to try again."""
    context.retry_after = max(getattr(problem, "retry_after", 0) for problem in refused.problems)
    return [show(problem) for problem in refused.problems]


async def _shown_session(
    context: Context, change: Awaitable[sessions.Session]
) -> tuple[Session | None, list[UserError]]:
    try:
        session = await change
    except Refused as refused:
        return None, _told(context, refused)
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
            return SignOutPayload(errors=_told(info.context, refused))
        return SignOutPayload(errors=[])

    @strawberry.mutation(
        description="Sets the password of an account, by the token that its holder was sent; no session is needed. Whatever is"
        " wrong with the token, the answer is INVALID_TOKEN. All sessions of the account end.",
        metadata={"needs": Access.PUBLIC},
    )
    async def set_password(
        self,
        info: strawberry.Info[Context, None],
        input: Annotated[SetPasswordInput, strawberry.argument(description="Which password.")],
    ) -> SetPasswordPayload:
        """Sets a password by a token."""
        context = info.context
        try:
            email = await context.authority.set_password(input.token, input.password, context.address)
        except Refused as refused:
            return SetPasswordPayload(errors=_told(context, refused))
        return SetPasswordPayload(email=email, errors=[])

    @strawberry.mutation(
        description="Gives the viewer another password; their other sessions end. Refused with WRONG_PASSWORD when the present"
        " one is another.",
        metadata={"needs": Access.SIGNED_IN},
    )
    async def change_password(
        self,
        info: strawberry.Info[Context, None],
        input: Annotated[ChangePasswordInput, strawberry.argument(description="Which password.")],
    ) -> ChangePasswordPayload:
        """Gives the viewer another password."""
        context, viewer = info.context, info.context.viewer
        assert viewer is not None, "Authorisation lets nobody in here who has not signed in."
        try:
            await context.authority.change_password(viewer, input.current_password, input.password, context.address)
        except Refused as refused:
            return ChangePasswordPayload(errors=_told(context, refused))
        return ChangePasswordPayload(errors=[])


AccountPayload = payload_of(Account)

AREA = Area(
    back_office=(Accounts,),
    viewer=(ViewerItself,),
    mutations=(
        AccountMutations,
        mutation(WRITE, invite_account, shows=AccountPayload),
        mutation(WRITE, change_account, shows=AccountPayload),
        mutation(WRITE, disable_account, shows=AccountPayload),
        mutation(WRITE, enable_account, shows=AccountPayload),
        mutation(WRITE, reset_password, shows=AccountPayload),
        mutation(WRITE, end_sessions, shows=AccountPayload),
    ),
)
