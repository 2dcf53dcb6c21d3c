"""Who may act as whom: signing in and out, and the viewer behind each bearer token.

The surprising rules: every refusal to sign in is the same, in words, code and time, whatever was wrong; and a try is written
down before it is judged, so that a hundred at once are not a hundred free guesses. Whoever guesses slows their own network
down and nobody's known device.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil
from secrets import token_hex
from time import monotonic
from uuid import UUID

import jwt

from models.both_offices.accounts import Account, SignInAttempt
from models.kit.base import new_id, now
from resolvers.both_offices.accounts import password_tokens
from resolvers.both_offices.accounts.administration import check_password, clean_email, set_password
from resolvers.both_offices.accounts.oidc import Provider
from resolvers.both_offices.accounts.passwords import hash_password, is_outdated, is_right
from resolvers.both_offices.accounts.sessions import (
    NOT_OURS,
    InvalidToken,
    Session,
    continue_session,
    end_session,
    open_session,
    viewer_of_access_token,
)
from resolvers.both_offices.accounts.settings import SecuritySettings
from resolvers.kit.commands import InputErrors, Viewer
from resolvers.kit.context import network_of
from resolvers.kit.loading import visible
from resolvers.kit.locks import SIGN_IN_LOCK, alone
from resolvers.kit.problems import Refused, TryLater, refuse
from resolvers.kit.transaction import transact

LONGEST_TOKEN = 8192
"""Characters; a longer one is not looked at."""

MOST_VIEWERS = 10_000

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

Steps = tuple[tuple[int, timedelta], ...]
"""How many tries may fail within how long."""

OF_ONE: Steps = ((10, MINUTE), (30, HOUR))
"""For one account from one network, and from one device where it is known."""

OF_ALL: Steps = ((100, MINUTE), (1000, HOUR))
"""For one account from all networks together, and from one network, where a whole office may sit, for all accounts."""

DEVICE_KNOWN_FOR = timedelta(days=400)


class Authority:
    """Signs people in and believes, or does not believe, their tokens."""

    def __init__(self, settings: SecuritySettings) -> None:
        self.settings = settings
        self.attempts = Attempts(settings.secret)
        self._provider = Provider(settings.oidc) if settings.oidc is not None else None
        self._viewers = RememberedViewers(settings.remember_seconds)

    def cached_viewer(self, token: str) -> Viewer | None:
        """The viewer of a token that was verified a moment ago, without asking the database."""
        return self._viewers.get(token)

    async def viewer_of(self, token: str) -> Viewer:
        """The viewer of a bearer token. Raises InvalidToken."""
        remembered = self.cached_viewer(token)
        if remembered is not None:
            return remembered
        if len(token) > LONGEST_TOKEN:
            raise InvalidToken(NOT_OURS)
        forgettings = self._viewers.forgettings
        if self._provider is None:
            viewer = await viewer_of_access_token(token, self.settings)
        else:
            viewer = await self._provider.viewer_of(token)
        # What was forgotten meanwhile may have been this one: then it is believed once, and looked up anew next time.
        if forgettings == self._viewers.forgettings:
            self._viewers.put(token, viewer)
        return viewer

    def forget_account(self, account_id: UUID) -> None:
        """Looks at an account's rights again before its tokens are believed; for when it has changed."""
        self._viewers.keep(lambda viewer: viewer.account != account_id)

    def forget_session(self, family: UUID) -> None:
        """Looks at a session again before its tokens are believed; for when it has ended."""
        self._viewers.keep(lambda viewer: viewer.session != family)

    async def sign_in(self, email: str, password: str, address: str, device_token: str | None = None) -> Session:
        """Opens a session for the right e-mail address and password, sent from a network address.

        `device_token` shows that this account was signed in from the same device before: others' wrong tries do not slow it.
        """
        self._refuse_if_elsewhere()
        known_as = clean_email(email)
        attempt = await self.attempts.begin(known_as or email, address, device_token)
        account = await Account.get_or_none(email=known_as) if known_as is not None else None
        password_hash = account.password_hash if account is not None else None
        network = network_of(address)
        right = await is_right(password_hash, password, network)
        if not (right and account is not None and account.enabled and password_hash is not None):
            raise _wrong()
        better_hash = await hash_password(password, network) if is_outdated(password_hash) else password_hash
        session = await transact(partial(self._open, account.id, password_hash, better_hash, attempt))
        if session is None:
            raise _wrong()
        return replace(session, device_token=self.attempts.device_token(account.email))

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

    async def set_password(self, token: str, password: str, address: str) -> str:
        """Gives an account its password by a token that its holder got; answers with its e-mail address."""
        self._refuse_if_elsewhere()
        attempt = await self.attempts.begin_from(address, "password")
        errors = InputErrors()
        check_password(password, errors)
        errors.raise_if_any()
        password_hash = await hash_password(password, network_of(address))

        async def write() -> str:
            at = now()
            account = await password_tokens.take(token, self.settings.secret, at)
            if account is None:
                errors.add("token", "The link is not valid, or not any more.", "INVALID_TOKEN")
                raise errors.refusal()
            await set_password(account, password_hash, at)
            await self.attempts.forgive(attempt)
            return account.email

        return await transact(write)

    async def change_password(self, viewer: Viewer, current: str, password: str, address: str) -> None:
        """Gives the viewer another password, if they know the present one; their other sessions end."""
        self._refuse_if_elsewhere()
        errors = InputErrors()
        check_password(password, errors)
        errors.raise_if_any()
        account = await visible(viewer, Account, viewer.account)
        assert account is not None, "Whoever asks has an account."
        attempt = await self.attempts.begin(account.email, address)
        wrong = refuse("WRONG_PASSWORD", "This is not your present password.", "input", "currentPassword")
        if not await is_right(account.password_hash, current, network_of(address)):
            raise wrong
        password_hash = await hash_password(password, network_of(address))

        async def write() -> None:
            # It may have been reset, or disabled, while this one was being hashed.
            found = await visible(viewer, Account, viewer.account, lock=True)
            if found is None or not found.enabled or found.password_hash != account.password_hash:
                raise wrong
            await self.attempts.forgive(attempt)
            await set_password(found, password_hash, now(), but=viewer.session)

        await transact(write)

    def _refuse_if_elsewhere(self) -> None:
        if self._provider is not None:
            raise _elsewhere()


def _elsewhere() -> Refused:
    return refuse("SIGNED_IN_ELSEWHERE", "Sign in and out at your organisation's identity provider.")


def _wrong() -> Refused:
    return refuse("INVALID_CREDENTIALS", "The e-mail address or the password is wrong.")


class RememberedViewers:
    """Viewers by token, for a short while and in bounded memory: every request asks here first, by one look into a dict."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._viewers: dict[str, tuple[float, Viewer]] = {}
        self.forgettings = 0
        """Goes up whenever something is forgotten: what was read from the database before must not be remembered after."""

    def get(self, token: str) -> Viewer | None:
        """The viewer of a token, if it was verified a moment ago."""
        found = self._viewers.get(token)
        return found[1] if found is not None and monotonic() < found[0] else None

    def put(self, token: str, viewer: Viewer) -> None:
        """Remembers a viewer until the token expires, and never for long."""
        seconds = min(self._seconds, (viewer.expires_at - now()).total_seconds())
        self._viewers.pop(token, None)
        if len(self._viewers) >= MOST_VIEWERS:
            # Insertion order is the order of verification: the first is the one that expires next.
            del self._viewers[next(iter(self._viewers))]
        self._viewers[token] = (monotonic() + seconds, viewer)

    def keep(self, stays: Callable[[Viewer], bool]) -> None:
        """Forgets all other viewers."""
        self.forgettings += 1
        self._viewers = {token: found for token, found in self._viewers.items() if stays(found[1])}

    def __len__(self) -> int:
        return len(self._viewers)


class Attempts:
    """The failed tries of the last hour to sign in, or to use a link, by account, network and device.

    All processes share them through the database. Subjects are stored as keyed hashes.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._next_cleaning = now()

    async def begin(self, email: str, address: str, device_token: str | None = None) -> list[UUID]:
        """Writes a try down, or refuses it. The ids are for `forgive`, which takes it back when the password was right."""
        account, network = self._hash("account", email), network_of(address)
        if device := self._device(device_token, account):
            return await self._begin({self._hash("device", f"{device} {email}"): OF_ONE})
        here = self._hash("account here", f"{network} {email}")
        return await self._begin({here: OF_ONE, account: OF_ALL, self._hash("network", network): OF_ALL})

    async def begin_from(self, address: str, purpose: str) -> list[UUID]:
        """The same for what needs no account; each purpose is counted by itself."""
        return await self._begin({self._hash(f"network for {purpose}", network_of(address)): OF_ONE})

    def device_token(self, email: str) -> str:
        """What a device shows the next time that somebody signs in from it to this account. It grants nothing else."""
        moment = now()
        claims = {
            "aud": "device",
            "sub": self._hash("account", email),
            "jti": token_hex(8),
            "exp": moment + DEVICE_KNOWN_FOR,
        }
        return jwt.encode(claims, self._secret, algorithm="HS256")

    def _device(self, token: str | None, account: str) -> str | None:
        """Which device shows a token of this account; null for an unknown one."""
        if token is None or len(token) > LONGEST_TOKEN:
            return None
        try:
            claims = jwt.decode(token, self._secret, algorithms=["HS256"], audience="device", subject=account)
        except (jwt.InvalidTokenError, ValueError):
            return None
        return str(claims["jti"])

    async def _begin(self, subjects: Mapping[str, Steps]) -> list[UUID]:
        await self._refuse_more(subjects)
        ids = [new_id() for _ in subjects]

        async def write() -> None:
            # Of many at once each waits for the others to be written down: no more are judged than may fail.
            await alone(SIGN_IN_LOCK)
            await self._refuse_more(subjects)
            moment = now()
            if moment >= self._next_cleaning:
                self._next_cleaning = moment + MINUTE
                await SignInAttempt.filter(at__lt=moment - HOUR).delete()
            tries = zip(ids, subjects, strict=True)
            await SignInAttempt.bulk_create(
                [SignInAttempt(id=id, subject_hash=subject, at=moment) for id, subject in tries]
            )

        await transact(write)
        return ids

    async def forgive(self, ids: list[UUID]) -> None:
        """Takes a try back, within the current transaction: only failures count, so colleagues may share an address."""
        await SignInAttempt.filter(id__in=ids).delete()

    def _hash(self, kind: str, subject: str) -> str:
        text = f"sign-in attempt\0{kind}\0{subject}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._secret, text, "sha256").hex()

    async def _refuse_more(self, subjects: Mapping[str, Steps]) -> None:
        """Refuses one more try when there were as many as may fail."""
        moment, wait = now(), 0.0
        for subject, steps in subjects.items():
            for most, window in steps:
                tries = SignInAttempt.filter(subject_hash=subject, at__gt=moment - window).order_by("-at")
                # The try that must have left the window before there is room for this one.
                last = await tries.offset(most - 1).first()
                if last is not None:
                    wait = max(wait, (last.at + window - moment).total_seconds())
        if wait:
            message = "There were too many tries. Wait a while, then try again."
            raise Refused([TryLater("TOO_MANY_ATTEMPTS", message, retry_after=ceil(wait))])
