"""The demo company's complaints from 1996 to May 1998, most of them of the last year, told day by day."""

from uuid import UUID

from models.back_office.products.catalogue import Product
from models.front_office.customers import Customer
from models.front_office.sales.orders import Order
from models.kit.base import as_of
from resolvers.both_offices.notifications import MarkNotificationsRead, mark_notifications_read
from resolvers.demo.deciding import begin_decisions
from resolvers.demo.facts import moment
from resolvers.demo.grievances import grievances
from resolvers.demo.improving import begin_improvements
from resolvers.demo.lives import Life
from resolvers.demo.staff import Cast
from resolvers.demo.story import Story
from resolvers.demo.ways import WAYS, received_only

ENDS = moment("1998-05-09")
"""The Saturday after Northwind's last orders. What was open then is open still."""

LAST_READ = moment("1998-05-04")
"""Up to when everybody has read their notifications."""

LEFT_OPEN = 6
"""How many of the last complaints wait for the visitor."""


async def tell_the_year(
    buyers: dict[str, Customer], sold: dict[str, Order], products: dict[str, Product], cast: Cast
) -> None:
    """Lets everything happen, in the present transaction."""
    story = Story()
    all_of_them = grievances()
    for number, grievance in enumerate(all_of_them):
        product: UUID | None = products[grievance.product_id].id if grievance.product_id else None
        life = Life(grievance, buyers[grievance.customer_id], sold[grievance.order_id], product, cast)
        way = WAYS[number % len(WAYS)] if number < len(all_of_them) - LEFT_OPEN else received_only
        story.begin(way(life), grievance.received_at)
    begin_improvements(story, cast)
    begin_decisions(story, cast, products)
    await story.tell(ENDS)
    with as_of(LAST_READ):
        for somebody in (*cast.employees.values(), *cast.people.values()):
            await mark_notifications_read(somebody, MarkNotificationsRead(up_to=LAST_READ))
