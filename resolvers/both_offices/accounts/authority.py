"""Who may act as whom: signing in and out, and the viewer behind each bearer token.

The surprising rule: every refusal to sign in is the same, in words, code and time, whatever was wrong.
"""

from datetime import UTC, datetime
from functools import partial
from uuid import UUID

from models.both_offices.accounts import Account
from resolvers.both_offices.accounts.attempts import Attempts
from resolvers.both_offices.accounts.identity import clean_email, viewer_for
from resolvers.both_offices.accounts.oidc import Provider
from resolvers.both_offices.accounts.passwords import hash_password, is_outdated, is_right
from resolvers.both_offices.accounts.sessions import continue_session, end_session, living_account, open_session
from resolvers.both_offices.accounts.settings import SecuritySettings
from resolvers.both_offices.accounts.tokens import (
    ACCOUNT_DISABLED,
    LONGEST_TOKEN,
    NOT_OURS,
    SESSION_ENDED,
    AccessTokens,
    InvalidToken,
    Session,
)
from resolvers.both_offices.accounts.viewers import RememberedViewers
from resolvers.kit.problems import Refused, refuse
from resolvers.kit.transaction import transact
from resolvers.kit.viewer import Viewer


class Authority:
    """Signs people in and believes, or does not believe, their tokens."""

    def __init__(self, settings: SecuritySettings) -> None:
        self.settings = settings
        self._tokens = AccessTokens(settings)
        self.attempts = Attempts(settings.secret)
        self._provider = Provider(settings.oidc) if settings.oidc is not None else None
        self._viewers = RememberedViewers(settings.remember_seconds)

    def cached_viewer(self, token: str) -> Viewer | None:
        """The viewer of a token that was verified a moment ago, without asking the database."""
        return self._viewers.get(token)

    async def viewer_of(self, token: str) -> Viewer:
        """The viewer of a bearer token. Raises InvalidToken."""
        remembered = self._viewers.get(token)
        if remembered is not None:
            return remembered
        if len(token) > LONGEST_TOKEN:
            raise InvalidToken(NOT_OURS)
        forgettings = self._viewers.forgettings
        viewer = await (self._own_viewer_of(token) if self._provider is None else self._provider.viewer_of(token))
        # What was forgotten meanwhile may have been this one: then it is believed once, and looked up anew next time.
        if forgettings == self._viewers.forgettings:
            self._viewers.put(token, viewer)
        return viewer

    async def _own_viewer_of(self, token: str) -> Viewer:
        claims = self._tokens.read(token)
        account = await living_account(claims.account, claims.family)
        if account is None:
            raise InvalidToken(SESSION_ENDED)
        if not account.enabled:
            raise InvalidToken(ACCOUNT_DISABLED)
        return viewer_for(account, claims.family, claims.expires_at)

    def forget_account(self, account_id: UUID) -> None:
        """Looks at an account's rights again before its tokens are believed; for when it has changed."""
        self._viewers.forget_account(account_id)

    def forget_session(self, family: UUID) -> None:
        """Looks at a session again before its tokens are believed; for when it has ended."""
        self._viewers.forget_session(family)

    async def sign_in(self, email: str, password: str, address: str) -> Session:
        """Opens a session for the right e-mail address and password, sent from a network address."""
        self._refuse_if_elsewhere()
        known_as = clean_email(email)
        attempt = await self.attempts.begin(known_as or email, address)
        account = await Account.get_or_none(email=known_as) if known_as is not None else None
        password_hash = account.password_hash if account is not None else None
        right = await is_right(password_hash, password)
        if not (right and account is not None and account.enabled and password_hash is not None):
            raise _wrong()
        better_hash = await hash_password(password) if is_outdated(password_hash) else password_hash
        session = await transact(partial(self._open, account.id, password_hash, better_hash, attempt))
        if session is None:
            raise _wrong()
        return session

    async def _open(
        self, account_id: UUID, password_hash: str, better_hash: str, attempt: list[UUID]
    ) -> Session | None:
        # The account may have been disabled, or have got another password, while this one was being hashed.
        account = await Account.select_for_update().get_or_none(
            id=account_id, enabled=True, password_hash=password_hash
        )
        if account is None:
            return None
        if better_hash != password_hash:
            account.password_hash = better_hash
            await account.save(update_fields=["password_hash"])
        await self.attempts.forgive(attempt)
        return await open_session(account, self.settings)

    async def refresh_session(self, refresh_token: str) -> Session:
        """Goes on with a session. Each refresh token is taken once; one that comes back ends its session."""
        self._refuse_if_elsewhere()
        session, ended = await transact(partial(continue_session, refresh_token, datetime.now(UTC), self.settings))
        if ended is not None:
            self.forget_session(ended)
        if session is None:
            raise refuse("INVALID_REFRESH_TOKEN", "The refresh token is not valid any more. Sign in again.")
        return session

    async def sign_out(self, viewer: Viewer) -> None:
        """Ends the viewer's session; its tokens stop working at once."""
        if viewer.session is None:
            raise _elsewhere()
        await transact(partial(end_session, viewer.account, viewer.session, actor=viewer.account))
        self.forget_session(viewer.session)

    def _refuse_if_elsewhere(self) -> None:
        if self._provider is not None:
            raise _elsewhere()


def _elsewhere() -> Refused:
    return refuse("SIGNED_IN_ELSEWHERE", "Sign in and out at your organisation's identity provider.")


def _wrong() -> Refused:
    return refuse("INVALID_CREDENTIALS", "The e-mail address or the password is wrong.")
