"""The roots: two doors to one graph, the way to any node by its id, and who is asking; and the list of all areas."""

from models.permissions import Permission
from resolvers.reading.declare import door, merge_types, read
from resolvers.reading.relay import Node
from resolvers.reading.sources import Access, EntryAnyNode
from schema.back_office import handoffs, production, purchasing
from schema.back_office.logistics import inventory, shipments
from schema.back_office.products import catalogue, decisions, improvements, systemic_issues
from schema.both_offices import absences, accounts, clocks, escalations, notifications, rules, tasks, work
from schema.front_office import customers
from schema.front_office.after_sales import returns
from schema.front_office.sales import orders
from schema.front_office.service import answers, cases, complaints, correspondence, ratings
from schema.kit.areas import Area, all_of

AREAS: tuple[Area, ...] = (
    customers.AREA,
    orders.AREA,
    returns.AREA,
    complaints.AREA,
    correspondence.AREA,
    answers.AREA,
    cases.AREA,
    ratings.AREA,
    handoffs.AREA,
    catalogue.AREA,
    decisions.AREA,
    improvements.AREA,
    systemic_issues.AREA,
    inventory.AREA,
    shipments.AREA,
    production.AREA,
    purchasing.AREA,
    accounts.AREA,
    handoffs.ESCALATING,
    escalations.AREA,
    absences.AREA,
    handoffs.GIVING_TASKS,
    tasks.AREA,
    rules.AREA,
    clocks.AREA,
    notifications.AREA,
    work.AREA,
)

FrontOffice = merge_types(
    "FrontOffice",
    "The front office's door: customers, their orders and complaints.",
    Access.SIGNED_IN,
    all_of(AREAS, "front_office"),
)

BackOffice = merge_types(
    "BackOffice",
    "The back office's door: what was handed to its departments, products, accounts.",
    Access.SIGNED_IN,
    all_of(AREAS, "back_office"),
)

Viewer = merge_types(
    "Viewer",
    "Who is asking, what they may do, and what is theirs.",
    Access.PUBLIC,
    all_of(AREAS, "viewer"),
)
"""An area adds lists and counts of what is the viewer's own; their row scopes compare with `models.kit.base.VIEWER`."""


class Nodes:
    """The way to any node by its global id."""

    node: Node | None = read(
        EntryAnyNode(), "One node by its id; null when the viewer sees none.", needs=Access.SIGNED_IN
    )
    nodes: list[Node | None] = read(
        EntryAnyNode(many=True),
        "Nodes by their ids, in their order; null where the viewer sees none.",
        needs=Access.SIGNED_IN,
    )


Query = merge_types(
    "Query",
    "What can be read.",
    Access.SIGNED_IN,
    [Nodes],
    front_office=(FrontOffice, door("Where the front office enters.", Permission.ENTER_FRONT_OFFICE)),
    back_office=(BackOffice, door("Where the back office enters.", Permission.ENTER_BACK_OFFICE)),
    viewer=(Viewer, door("Who is asking.", Access.SIGNED_IN)),
)

Mutation = merge_types("Mutation", "What can be changed.", Access.SIGNED_IN, all_of(AREAS, "mutations"))

Subscription = merge_types(
    "Subscription", "What is pushed as it happens.", Access.SIGNED_IN, all_of(AREAS, "subscriptions")
)
