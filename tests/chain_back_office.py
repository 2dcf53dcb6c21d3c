"""What the back office does with stock, purchases, shipments and work, for the machine that lets the chain live."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from models.back_office.inventory import Batch, LocationKind, StockBalance, StockCount
from models.back_office.production import WorkOrder
from models.back_office.purchasing import PurchaseOrder, PurchaseOrderLine
from models.back_office.shipments import Shipment
from models.front_office.orders import Order
from models.permissions import Role
from tests.chain_house import (
    BACK_MANAGER,
    CLERK,
    GIFT,
    OTHER_SHELF,
    PICK,
    PLACES,
    PLANNER,
    PRODUCT,
    QUANTITY,
    SUPPLIER,
    TEA,
    TIN,
    WAREHOUSE,
    Living,
    global_id,
)

STORAGE = PLACES[LocationKind.STORAGE]


class BackOffice(Living):
    """The warehouse, the workshop, and who buys."""

    # --- Stock ---

    @rule(pick=PICK, quantity=st.sampled_from([-9, -1, 1, 4]))
    def correct_stock(self, pick: int, quantity: int) -> None:
        """Somebody finds more, or less."""
        if balance := self.any_of(StockBalance, pick):
            place = {"batch": global_id("bat", balance.batch_id), "location": global_id("loc", balance.location_id)}
            self.send(CLERK, "adjustStock", **place, quantity=quantity, reason="It was found so.")

    @rule(pick=PICK, quantity=QUANTITY, to=st.sampled_from([OTHER_SHELF, *PLACES.values()]))
    def carry_stock(self, pick: int, quantity: int, to: Any) -> None:
        """Somebody tidies up."""
        if balance := self.any_of(StockBalance, pick, on_hand__gt=0):
            ways = {"from": global_id("loc", balance.location_id), "to": global_id("loc", to)}
            self.send(CLERK, "transferStock", batch=global_id("bat", balance.batch_id), quantity=quantity, **ways)

    @rule(pick=PICK, counted=st.sampled_from([0, 3, 8]), posts=st.booleans())
    def count_stock(self, pick: int, counted: int, posts: bool) -> None:
        """Somebody counts a shelf, of which some is promised."""
        self.send(CLERK, "openStockCount", location=global_id("loc", STORAGE))
        count = self.any_of(StockCount, 0, status="OPEN")
        balance = self.any_of(StockBalance, pick, location_id=STORAGE)
        if count and balance:
            own = {"stockCount": global_id("cnt", count)}
            self.send(
                CLERK, "recordCount", **own, lines=[{"batch": global_id("bat", balance.batch_id), "counted": counted}]
            )
            self.send(CLERK, "postStockCount" if posts else "cancelStockCount", **own)

    @rule(product=PRODUCT, level=st.sampled_from([0, 3, 9]))
    def set_reorder_point(self, product: Any, level: int) -> None:
        """From now on it is bought earlier, or later."""
        self.send(CLERK, "setReorderPoint", product=global_id("prd", product), level=level, quantity=10)

    # --- Purchases ---

    @rule(product=st.sampled_from([TEA, TIN]), quantity=st.sampled_from([3, 8, 90]), sends=st.booleans())
    def purchase(self, product: Any, quantity: int, sends: bool) -> None:
        """Something is bought: the clerk writes it, the manager who sees what it costs approves it, the clerk sends it."""
        self._draft(CLERK, product, quantity)
        if sends and (draft := self.any_of(PurchaseOrder, -1, status="DRAFT")):
            own = {"purchaseOrder": global_id("por", draft)}
            self.send(CLERK, "sendPurchaseOrder", **own)
            self.send(BACK_MANAGER, "approvePurchaseOrder", **own)
            self.send(CLERK, "sendPurchaseOrder", **own)

    @rule(
        product=st.sampled_from([TEA, TIN]), quantity=st.sampled_from([3, 8, 40]), cost=st.sampled_from(["1.50", "4"])
    )
    def purchase_alone(self, product: Any, quantity: int, cost: str) -> None:
        """The manager buys alone: a little, or so much, all in all, that a second person would have to agree."""
        self._draft(BACK_MANAGER, product, quantity, unitCost=cost)
        if draft := self.any_of(PurchaseOrder, -1, status="DRAFT"):
            self.send(BACK_MANAGER, "sendPurchaseOrder", purchaseOrder=global_id("por", draft))

    def _draft(self, buyer: Role, product: Any, quantity: int, **more: Any) -> None:
        wanted = [{"product": global_id("prd", product), "quantity": quantity, **more}]
        self.send(buyer, "draftPurchaseOrder", supplier=SUPPLIER, warehouse=WAREHOUSE, lines=wanted)

    @rule(pick=PICK, verb=st.sampled_from(["sendPurchaseOrder", "approvePurchaseOrder"]))
    def bring_purchase_forward(self, pick: int, verb: str) -> None:
        """Somebody else agrees, and sends it."""
        self.advance(BACK_MANAGER, verb, PurchaseOrder, pick)

    @rule(pick=PICK)
    def send_purchase(self, pick: int) -> None:
        """The clerk sends what can be sent."""
        self.advance(CLERK, "sendPurchaseOrder", PurchaseOrder, pick)

    @rule(pick=PICK, quantity=st.sampled_from([3, 50]))
    def rewrite_purchase(self, pick: int, quantity: int) -> None:
        """The clerk wants more, or less, than was approved."""
        if line := self.any_of(PurchaseOrderLine, pick):
            wanted = [{"product": global_id("prd", line.product_id), "quantity": quantity}]
            self.send(
                CLERK, "changePurchaseOrder", purchaseOrder=global_id("por", line.purchase_order_id), lines=wanted
            )

    @rule(pick=PICK, verb=st.sampled_from(["cancelPurchaseOrder", "closePurchaseOrder"]))
    def stop_purchase(self, pick: int, verb: str) -> None:
        """The supplier has nothing left."""
        self.advance(CLERK, verb, PurchaseOrder, pick, reason="They have none.")

    @rule(pick=PICK, quantity=st.sampled_from([1, 3, 8, 9]), on_hold=st.booleans())
    def receive(self, pick: int, quantity: int, on_hold: bool) -> None:
        """A delivery comes: some, all, or more than was ordered."""
        if line := self.any_of(PurchaseOrderLine, pick):
            came = {"purchaseOrderLine": global_id("pol", line), "quantity": quantity, "onHold": on_hold}
            self.send(
                CLERK,
                "receivePurchaseOrder",
                purchaseOrder=global_id("por", line.purchase_order_id),
                lines=[came | {"location": global_id("loc", STORAGE)}],
            )

    # --- Shipments ---

    @rule(pick=PICK)
    def create_shipment(self, pick: int) -> None:
        """A pick list of what an order is promised."""
        self.advance(CLERK, "createShipment", Order, pick)

    @rule(
        pick=PICK,
        verb=st.sampled_from(["pickShipment", "packShipment", "deliverShipment", "cancelShipment", "pickShipment"]),
    )
    def bring_shipment_forward(self, pick: int, verb: str) -> None:
        """The warehouse goes on with it, or gives it up."""
        self.advance(CLERK, verb, Shipment, pick)

    @rule(pick=PICK)
    def ship(self, pick: int) -> None:
        """The carrier takes it."""
        self.advance(CLERK, "shipShipment", Shipment, pick, carrier="Speedy Express")

    @rule(pick=PICK)
    def send_off(self, pick: int) -> None:
        """All at once, as on a quiet day."""
        self.create_shipment(pick)
        if found := self.any_of(Shipment, -1, status="TO_PICK"):
            own = {"shipment": global_id("shp", found)}
            for verb in ("pickShipment", "packShipment"):
                self.send(CLERK, verb, **own)
            self.send(CLERK, "shipShipment", **own, carrier="Speedy Express")

    # --- Work ---

    @rule(quantity=st.sampled_from([1, 2, 6]), begins=st.booleans())
    def plan_work(self, quantity: int, begins: bool) -> None:
        """Gifts are to be made."""
        given: dict[str, Any] = {"product": global_id("prd", GIFT), "quantity": quantity, "warehouse": WAREHOUSE}
        self.send(PLANNER, "planWorkOrder", **given, plannedFor="2027-01-04")
        if begins and (planned := self.any_of(WorkOrder, -1, status="PLANNED")):
            for verb in ("releaseWorkOrder", "startWorkOrder"):
                self.send(PLANNER, verb, workOrder=global_id("wor", planned))

    @rule(pick=PICK, verb=st.sampled_from(["releaseWorkOrder", "startWorkOrder"]))
    def bring_work_forward(self, pick: int, verb: str) -> None:
        """The workshop begins."""
        self.advance(PLANNER, verb, WorkOrder, pick)

    @rule(pick=PICK, quantity=st.sampled_from([1, 2, 7]))
    def complete_work(self, pick: int, quantity: int) -> None:
        """It is made: less than was planned, or more."""
        self.advance(
            PLANNER,
            "completeWorkOrder",
            WorkOrder,
            pick,
            completedQuantity=quantity,
            location=global_id("loc", STORAGE),
        )

    @rule(pick=PICK)
    def cancel_work(self, pick: int) -> None:
        """It will not be made; what was taken for it goes back."""
        self.advance(PLANNER, "cancelWorkOrder", WorkOrder, pick, reason="Nobody wants it.")

    @rule(pick=PICK, passed=st.booleans(), releases=st.booleans())
    def check_batch(self, pick: int, passed: bool, releases: bool) -> None:
        """Somebody looks at a batch, and lets it go."""
        self.advance(PLANNER, "checkBatch", Batch, pick, name="Smell", passed=passed)
        if releases:
            self.advance(PLANNER, "releaseBatch", Batch, pick)

    @rule(pick=PICK, verb=st.sampled_from(["holdBatch", "holdBatch", "rejectBatch"]))
    def stop_batch(self, pick: int, verb: str) -> None:
        """Something is wrong with a batch."""
        self.advance(PLANNER, verb, Batch, pick, reason="It smells.")
