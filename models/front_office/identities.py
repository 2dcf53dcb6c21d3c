"""Whom a text is about, and the text without who they are: the one place where what people write is masked.

Masked is whoever its record, the record's case and its links concern: customers, who ordered and where it went, and what stood
there before. And every customer whose name or street stands there in full, also those whom it does not concern. And what
leads there: the numbers of orders and parcels where complaints are written about, and those of complaints where orders are.

The surprising rule: in what somebody writes who does not know the customers, that alone is masked, whatever it is about.
Otherwise they would guess, and read in the mask that they were right.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from models.front_office.customers import IDENTIFYING
from models.front_office.sales.orders import SHIPPED_TO, SOLD_TO, Order
from models.kit.base import Record
from models.kit.database import Dialect
from models.kit.events import Subject, subject_of
from models.kit.masking import Named, marks_in, mask
from models.kit.sql import as_list, each_of, is_among, read_rows, this_dialect
from models.permissions import Permission

KNOWING = frozenset({Permission.READ_CUSTOMER_CONTACT})
"""What whoever writes must hold for the customers of a text to be masked: the house itself holds it."""

DUTIES = frozenset({Permission.READ_SHIP_TO, Permission.READ_INVOICE_ADDRESS})
"""With one of these, whom an order is for is known, and no more."""

LEADS_TO_NAMES = frozenset({"ord", "shp", "ret", "rfd"})
"""How the numbers begin by which work on parcels and invoices knows its records."""

LEADS_TO_COMPLAINTS = frozenset({"cmp", "hnd", "esc", "cas", "imp"})
"""How the numbers begin by which work on complaints knows its records."""

AMENDED_BY = (None, "asked_by", None, None, None, None, None, None)
NOBODY = (None,) * len(IDENTIFYING)

_MEANT = ("complaint", "major_case", "improvement", "order", "customer")

COMPLAINT, CASE, IMPROVEMENT, ORDER, CUSTOMER, CALLED = range(1, len(_MEANT) + 2)
"""Where the keys of the records stand among what is bound, and the marks."""


async def masked(
    permissions: frozenset[Permission],
    text: str,
    *about: Record | Subject | None,
    people: Iterable[Named] = (),
    is_number: bool = False,
) -> str:
    """The text as it is kept, of whoever holds these permissions, about these records. `people` are some more whom it is about.

    About an order that is given itself it belongs to the order, and to a complaint otherwise: neither says the other's numbers.

    `is_number`: it is a number such as a carrier's, which may look like a telephone number.
    """
    [kept] = await all_masked(permissions, [text], *about, people=people, is_number=is_number)
    return kept


async def all_masked(
    permissions: frozenset[Permission],
    texts: Sequence[str],
    *about: Record | Subject | None,
    people: Iterable[Named] = (),
    is_number: bool = False,
) -> list[str]:
    """Several texts about the same records, as `masked` has each."""
    known = _known(permissions, about)
    concerned = [one for record in about if isinstance(record, Order) and known for one in named_by(record)]
    of_order = any(isinstance(record, Order) for record in about)
    marks = set[str]().union(*map(marks_in, texts))
    found = [named for row in await _rows(known, marks, numbers=not of_order) for named in _names(row)]
    everybody = dict.fromkeys([*concerned, *(people if known else ()), *found])
    series = LEADS_TO_COMPLAINTS if of_order else LEADS_TO_NAMES
    return [mask(text, *everybody, is_number=is_number, series=series) for text in texts]


async def people_of(*about: Record | Subject | None, numbers: bool = True) -> list[Named]:
    """Whom these records concern, with the `numbers` of orders and parcels by which they are found."""
    return [named for row in await _rows(_known(KNOWING, about), set(), numbers=numbers) for named in _names(row)]


def masked_for(text: str, people: Iterable[Named], series: frozenset[str]) -> str:
    """A text that is masked already, without people whom it concerns by now as well."""
    return mask(text, *dict.fromkeys(people), series=series)


def named_by(order: Order) -> tuple[Named, Named]:
    """Who an order says that it was sold to, and shipped to."""
    first, second = ([column and getattr(order, column) for column in columns] for columns in (SOLD_TO, SHIPPED_TO))
    return Named(*first), Named(*second)


def former(said: str | None) -> Iterator[Named]:
    """Who was named where now somebody else is, as the database has noted it."""
    for entry in (said or "").split("␞"):
        if entry:
            yield Named(*(value or None for value in entry.split("␟")[: len(IDENTIFYING)]))


def _known(permissions: frozenset[Permission], about: Iterable[Record | Subject | None]) -> Mapping[str, set[UUID]]:
    """The keys of the records, by their kind, whose customers are known to whoever writes."""
    keys: dict[str, set[UUID]] = defaultdict(set)
    for record in about:
        if (meant := subject_of(record)) is None:
            continue
        if meant.type in _MEANT:
            keys[meant.type].add(meant.key)
        else:
            for of in ("complaint", "order"):
                if key := getattr(record, f"{of}_id", None):
                    keys[of].add(key)
    if permissions >= KNOWING:
        return keys
    return {"order": keys["order"]} if DUTIES & permissions and keys["order"] else {}


async def _rows(known: Mapping[str, set[UUID]], marks: set[str], *, numbers: bool) -> list[dict[str, Any]]:
    """What says who the customers are, of the records and of whoever is called so; with the `numbers` of orders and parcels."""
    if not known and not marks:
        return []
    bound = [sorted(map(str, known.get(kind, ()))) for kind in _MEANT] + [sorted(marks)]
    return await read_rows(_asked(this_dialect(), numbers), *map(as_list, bound))


@cache
def _asked(_dialect: Dialect, numbers: bool) -> str:
    """The statement that finds them: the same for all that is written, so that the database understands it once."""
    told = f"""
        SELECT id, customer_id, order_id FROM complaints WHERE {is_among("id", COMPLAINT)}
        UNION SELECT id, customer_id, order_id FROM complaints WHERE {is_among("case_id", CASE)}
        UNION SELECT other.id, other.customer_id, other.order_id FROM complaints one
            JOIN complaints other ON other.case_id = one.case_id WHERE {is_among("one.id", COMPLAINT)}
        UNION SELECT other.id, other.customer_id, other.order_id FROM complaint_links link
            JOIN complaints other ON other.id = link.other_id WHERE {is_among("link.complaint_id", COMPLAINT)}
        UNION SELECT source.id, source.customer_id, source.order_id FROM improvement_complaints linked
            JOIN complaints source ON source.id = linked.complaint_id
            WHERE {is_among("linked.improvement_id", IMPROVEMENT)}
    """
    ordered = f"""
        SELECT id, customer_id FROM orders WHERE {is_among("id", ORDER)}
        UNION SELECT o.id, o.customer_id FROM told JOIN orders o ON o.id = told.order_id
        UNION SELECT o.id, o.customer_id FROM told JOIN orders o ON o.complaint_id = told.id
    """
    whose = f"""
        SELECT customer_id AS id FROM told
        UNION SELECT customer_id FROM ordered
        UNION SELECT id FROM customers WHERE {is_among("id", CUSTOMER)}
        UNION SELECT c.id FROM called JOIN customers c ON c.name_mark = called.mark
        UNION SELECT c.id FROM called JOIN customers c ON c.contact_mark = called.mark
        UNION SELECT c.id FROM called JOIN customers c ON c.street_mark = called.mark
    """
    orders, parcels = (
        f"{table} of_it JOIN ordered ON ordered.id = of_it.{key}"
        for table, key in (("orders", "id"), ("shipments", "order_id"))
    )
    sources: list[tuple[str, Sequence[str | None], str | None, str | None]] = [
        ("customers of_it JOIN whose ON whose.id = of_it.id", IDENTIFYING, "formerly", None),
        (orders, SOLD_TO, "formerly", None),
        (orders, SHIPPED_TO, None, None),
        ("order_amendments of_it JOIN ordered ON ordered.id = of_it.order_id", AMENDED_BY, None, None),
    ]
    if numbers:
        sources += [
            (orders, NOBODY, None, "number"),
            (parcels, NOBODY, None, "number"),
            (parcels, NOBODY, None, "tracking_number"),
        ]
    names = (*IDENTIFYING, "formerly", "number")
    selects = [
        f"SELECT {', '.join(map(_column, (*columns, formerly, number), names))} FROM {rows}"
        for rows, columns, formerly, number in sources
    ]
    found = " UNION ALL ".join(selects)
    return f"WITH called(mark) AS ({each_of(CALLED)}), told AS ({told}), ordered AS ({ordered}), whose AS ({whose}) {found}"


def _column(column: str | None, name: str) -> str:
    return f"CAST({f'of_it.{column}' if column else 'NULL'} AS TEXT) AS {name}"


def _names(row: Mapping[str, Any]) -> Iterator[Named]:
    yield Named(*(row[column] for column in (*IDENTIFYING, "number")))
    yield from former(row["formerly"])
