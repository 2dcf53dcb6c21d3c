"""What the house notes for itself: sessions, attempts, numbers, keys."""

from tests.storage.valid_rows.columns import T0, Row, an_id

BOOKKEEPING: dict[str, Row] = {
    "refresh_tokens": {
        "id": an_id(8),
        "account_id": an_id(1),
        "family": an_id(9),
        "token_hash": "0" * 64,
        "issued_at": T0,
        "expires_at": T0,
    },
    "sign_in_attempts": {"id": an_id(10), "subject_hash": "0" * 64, "at": T0},
    "number_series": {"name": "CMP-2026", "last_given": 1},
    "idempotency_keys": {
        "id": an_id(11),
        "account_id": an_id(1),
        "key": "k",
        "operation": "o",
        "input_hash": "0" * 64,
        "created_at": T0,
    },
}
