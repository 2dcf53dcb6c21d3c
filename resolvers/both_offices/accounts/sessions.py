"""Sessions: families of refresh tokens that follow one another, each used once. Everything here runs in a transaction.

The surprising rule: a token that comes back after it was used has been copied, by whom cannot be known, so its session ends.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from tortoise.queryset import QuerySet

from models.both_offices.accounts import Account, AccountEvent, RefreshToken
from models.kit.base import new_id, now
from resolvers.both_offices.accounts.identity import viewer_for
from resolvers.both_offices.accounts.settings import SecuritySettings
from resolvers.both_offices.accounts.tokens import AccessTokens, Session, hash_of, new_refresh_token
from resolvers.events import record


async def open_session(account: Account, settings: SecuritySettings) -> Session:
    """Begins a session of an account."""
    return await _issue(account, new_id(), settings)


async def continue_session(
    refresh_token: str, sent_at: datetime, settings: SecuritySettings
) -> tuple[Session | None, UUID | None]:
    """Takes a refresh token and goes on with its session, or else may name the family that has ended for it."""
    token = await RefreshToken.get_or_none(token_hash=hash_of(refresh_token))
    if token is None:
        return None, None
    # The account's row is locked first, here and wherever its sessions end, so that all of that happens one after another.
    account = await Account.select_for_update().get(id=token.account_id)
    # To the microsecond: what comes back at once has come back all the same.
    moment = datetime.now(UTC)
    living = RefreshToken.filter(id=token.id, ended_at__isnull=True, expires_at__gt=moment)
    if account.enabled and await living.filter(used_at__isnull=True).update(used_at=moment) == 1:
        return await _issue(account, token.family, settings), None
    # Of two that were under way at once, the slower one is a client in a hurry and no thief.
    if await living.filter(used_at__lt=sent_at).exists():
        await end_session(account.id, token.family, actor=None)
        return None, token.family
    return None, None


async def end_session(account: UUID, family: UUID, *, actor: UUID | None) -> None:
    """Ends one session: none of its tokens is taken any more. `actor` is who wanted it; null when it ends for safety."""
    await _end(account, RefreshToken.filter(account_id=account, family=family), actor)


async def end_all_sessions(account: UUID, *, actor: UUID | None) -> None:
    """Ends whatever sessions an account has."""
    await _end(account, RefreshToken.filter(account_id=account), actor)


async def living_account(account: UUID, family: UUID) -> Account | None:
    """The account of a session, or null if the session has ended."""
    token = (
        await RefreshToken.filter(account_id=account, family=family, ended_at__isnull=True)
        .first()
        .select_related("account")
    )
    return token.account if token is not None else None


async def _issue(account: Account, family: UUID, settings: SecuritySettings) -> Session:
    moment = now()
    refresh_token = new_refresh_token()
    await RefreshToken.filter(account_id=account.id, expires_at__lt=moment).delete()
    await RefreshToken.create(
        account_id=account.id,
        family=family,
        token_hash=hash_of(refresh_token),
        issued_at=moment,
        expires_at=moment + timedelta(days=settings.refresh_token_days),
    )
    access_token, claims = AccessTokens(settings).issue(account.id, family)
    return Session(access_token, claims.expires_at, refresh_token, viewer_for(account, family, claims.expires_at))


async def _end(account: UUID, tokens: QuerySet[RefreshToken], actor: UUID | None) -> None:
    moment = now()
    if await tokens.filter(ended_at__isnull=True).update(ended_at=moment):
        await record(AccountEvent.SESSION_ENDED, actor=actor, at=moment, account=account)
