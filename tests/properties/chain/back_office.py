"""What the back office does with stock, purchases, shipments and work, for the machine that lets the chain live."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from models.back_office.logistics.inventory import Batch, LocationKind, StockCount
from models.back_office.logistics.inventory.stock import MoveKind, StockBalance, StockMove
from models.back_office.logistics.shipments import Shipment
from models.back_office.production import BillOfMaterials, WorkOrder
from models.back_office.purchasing import PurchaseOrder, PurchaseOrderLine
from models.front_office.sales.orders import Order
from models.kit.base import now
from models.permissions import Role
from resolvers.back_office.logistics.inventory.promising import fill_missed_backorders
from tests.properties.chain.house import (
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

    def __init__(self, *house: Any) -> None:
        super().__init__(*house)
        self.expired: dict[Any, int] = {}
        """How much had been used of each batch when it expired."""

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
        waiting = self.any_of(PurchaseOrder, pick, status="DRAFT", approved_at=None)
        if verb == "approvePurchaseOrder" and waiting:
            self.send(BACK_MANAGER, verb, purchaseOrder=global_id("por", waiting))
        else:
            self.advance(BACK_MANAGER, verb, PurchaseOrder, pick)

    @rule(pick=PICK)
    def send_purchase(self, pick: int) -> None:
        """The clerk sends what can be sent."""
        self.advance(CLERK, "sendPurchaseOrder", PurchaseOrder, pick)

    @rule(pick=PICK, quantity=st.sampled_from([3, 50]))
    def rewrite_purchase(self, pick: int, quantity: int) -> None:
        """The clerk wants more, or less, than was approved."""
        draft = self.any_of(PurchaseOrder, pick, status="DRAFT")
        line = (draft and self.any_of(PurchaseOrderLine, pick, purchase_order_id=draft.id)) or self.any_of(
            PurchaseOrderLine, pick
        )
        if line:
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
        awaited = self.any_of(PurchaseOrder, pick, status__in=["SENT", "PARTLY_RECEIVED"])
        line = (awaited and self.any_of(PurchaseOrderLine, pick, purchase_order_id=awaited.id)) or self.any_of(
            PurchaseOrderLine, pick
        )
        if line:
            came = {"purchaseOrderLine": global_id("pol", line), "quantity": quantity, "onHold": on_hold}
            if line.product_id == TEA:
                came["expiresOn"] = now().date().isoformat()
            self.send(
                CLERK,
                "receivePurchaseOrder",
                purchaseOrder=global_id("por", line.purchase_order_id),
                lines=[came | {"location": global_id("loc", STORAGE)}],
            )

    # --- Products ---

    @rule(product=PRODUCT, verb=st.sampled_from(["putOnSale", "putOnSale", "phaseOut", "withdrawProduct"]))
    def live_on(self, product: Any, verb: str) -> None:
        """It sells no longer, or does again."""
        self.send(BACK_MANAGER, verb, product=global_id("prd", product))
        # Else nothing would be sold in most lives.
        self.send(BACK_MANAGER, "putOnSale", product=global_id("prd", product))

    @rule(product=PRODUCT, verb=st.sampled_from(["setListPrice", "setCost"]), amount=st.sampled_from(["3.33", "7.01"]))
    def set_price(self, product: Any, verb: str, amount: str) -> None:
        """From now on it costs something else."""
        self.send(BACK_MANAGER, verb, product=global_id("prd", product), amount=amount)

    @rule(quantity=st.sampled_from([1, 2, 3]), changes=st.booleans())
    def draft_bill(self, quantity: int, changes: bool) -> None:
        """Gifts are made of something else from now on."""
        lines = [{"component": global_id("prd", product), "quantity": quantity} for product in (TEA, TIN)]
        self.send(PLANNER, "draftBill", product=global_id("prd", GIFT), lines=lines)
        if draft := self.any_of(BillOfMaterials, -1, status="DRAFT"):
            if changes:
                self.send(PLANNER, "changeBill", bill=global_id("bom", draft), outputQuantity=2)
            self.send(PLANNER, "activateBill", bill=global_id("bom", draft))

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

    @rule(pick=PICK, quantity=st.sampled_from([1, 3]))
    def change_work(self, pick: int, quantity: int) -> None:
        """It is planned anew."""
        if planned := self.any_of(WorkOrder, pick, status__in=["PLANNED", "RELEASED"]) or self.any_of(WorkOrder, pick):
            self.send(PLANNER, "changeWorkOrder", workOrder=global_id("wor", planned), quantity=quantity)

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

    # --- Time ---

    @rule()
    def end_the_day(self) -> None:
        """What could be shipped until today has expired: from now on none of it leaves the house."""
        for batch in self.all_of(Batch, expires_on=now().date()):
            batch.expires_on -= timedelta(days=1)
            self.run(batch.save(update_fields=["expires_on"]))
            self.expired[batch.id] = self.run(_gone_of(batch.id))

    @rule()
    def catch_up(self) -> None:
        """The scheduler gives what is free to those who wait."""
        self.run(fill_missed_backorders(now()))

    @invariant()
    def nothing_that_expired_leaves(self) -> None:
        """After each step: neither to a customer nor into other products."""
        for batch, gone in self.expired.items():
            assert self.run(_gone_of(batch)) <= gone, batch


async def _gone_of(batch: Any) -> int:
    """How much of a batch was shipped and consumed."""
    moves = StockMove.filter(batch_id=batch, kind__in=[MoveKind.SHIP, MoveKind.CONSUME], quantity__lt=0)
    return -sum(await moves.values_list("quantity", flat=True))  # type: ignore[arg-type]
