"""What the front office does with orders, payments and returns, for the machine that lets the chain live."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from models.back_office.logistics.inventory import LocationKind
from models.front_office.after_sales.returns import CustomerReturn, ReturnLine
from models.front_office.sales.orders import Order, OrderLine
from models.front_office.sales.orders.terms import OrderPayment
from models.front_office.service.complaints import Complaint
from tests.properties.chain.house import (
    ACCOUNTANT,
    CLERK,
    CUSTOMER,
    MANAGER,
    PICK,
    PLACES,
    PRODUCT,
    QUANTITY,
    SALES,
    TIN,
    WAREHOUSE,
    Living,
    global_id,
)

ADDRESS = {"name": "Ann", "street": "Ring 1", "city": "Graz", "country": "Austria"}
COMPLAINT = {
    "customer": CUSTOMER,
    "channel": "PHONE",
    "category": "PRODUCT_QUALITY",
    "severity": "LOW",
    "subject": "It is spoilt",
    "description": "It smells.",
}
LINES = st.lists(st.tuples(PRODUCT, QUANTITY), min_size=1, max_size=3)


class FrontOffice(Living):
    """Agents, managers and accountants, and the warehouse as far as things come back."""

    # --- Orders ---

    @rule(lines=LINES, discount=st.sampled_from([0, 0, 333, 5000]), refuse=st.booleans())
    def draft_order(self, lines: list[tuple[Any, int]], discount: int, refuse: bool) -> None:
        """Somebody asks what it would cost."""
        given = [{"product": global_id("prd", product), "quantity": quantity} for product, quantity in lines]
        policy = "REFUSE" if refuse else "BACKORDER"
        self.send(
            SALES,
            "draftOrder",
            customer=CUSTOMER,
            lines=given,
            discountBasisPoints=discount,
            shortagePolicy=policy,
        )

    @rule(lines=LINES)
    def order(self, lines: list[tuple[Any, int]]) -> None:
        """Somebody orders at once."""
        self.draft_order(lines, 0, refuse=False)
        if draft := self.any_of(Order, -1, status="DRAFT"):
            self.send(SALES, "placeOrder", order=global_id("ord", draft))

    @rule(pick=PICK, verb=st.sampled_from(["placeOrder", "resumeOrder", "quoteOrder"]))
    def bring_order_forward(self, pick: int, verb: str) -> None:
        """An agent goes on with an order."""
        self.advance(SALES, verb, Order, pick)

    @rule(pick=PICK, verb=st.sampled_from(["addOrderLine", "changeOrderLine", "removeOrderLine"]), quantity=QUANTITY)
    def write_order_line(self, pick: int, verb: str, quantity: int) -> None:
        """The customer thinks aloud."""
        draft = self.any_of(Order, pick, status="DRAFT") or self.any_of(Order, pick)
        line = draft and self.any_of(OrderLine, pick, order_id=draft.id)
        if verb == "addOrderLine" and draft:
            self.send(SALES, verb, order=global_id("ord", draft), product=global_id("prd", TIN), quantity=quantity)
        elif line:
            changed = {"quantity": quantity, "discountBasisPoints": 700} if verb == "changeOrderLine" else {}
            self.send(SALES, verb, orderLine=global_id("oli", line), **changed)

    @rule(pick=PICK, discount=st.sampled_from([None, 0, 500, 5000]))
    def write_order(self, pick: int, discount: int | None) -> None:
        """It is for somebody else, or cheaper."""
        if draft := self.any_of(Order, pick, status="DRAFT"):
            own = {"order": global_id("ord", draft)}
            if discount is None:
                self.send(SALES, "setOrderAddress", **own, shipTo=ADDRESS)
            else:
                self.send(SALES, "setOrderDiscount", **own, discountBasisPoints=discount)

    @rule(pick=PICK, verb=st.sampled_from(["approveDiscount", "approveDiscount", "rejectDiscount"]))
    def ask_for_discount(self, pick: int, verb: str) -> None:
        """An agent asks, a manager decides."""
        draft = self.any_of(Order, pick, status="DRAFT", discount_basis_points__gt=1000) or self.any_of(Order, pick)
        if draft:
            self.send(SALES, "askForDiscount", order=global_id("ord", draft), reason="They buy every week.")
            self.send(MANAGER, verb, order=global_id("ord", draft))
            self.send(SALES, "placeOrder", order=global_id("ord", draft))

    @rule(pick=PICK, verb=st.sampled_from(["cancelOrder", "holdOrder", "holdOrder"]))
    def stop_order(self, pick: int, verb: str) -> None:
        """The customer, or an agent, thinks otherwise."""
        self.advance(SALES, verb, Order, pick, reason="They say so.")

    @rule(pick=PICK, quantity=st.sampled_from([0, 1, 4, 12]), more=st.lists(st.tuples(PRODUCT, QUANTITY), max_size=1))
    def amend_order(self, pick: int, quantity: int, more: list[tuple[Any, int]]) -> None:
        """The customer wants more, or less, or something else."""
        stands = self.any_of(Order, pick, status__in=["PLACED", "ON_HOLD", "PARTLY_SHIPPED"])
        line = (stands and self.any_of(OrderLine, pick, order_id=stands.id)) or self.any_of(OrderLine, pick)
        if line:
            self.send(
                SALES,
                "amendOrder",
                order=global_id("ord", line.order_id),
                changes=[{"orderLine": global_id("oli", line), "quantity": quantity}],
                additions=[{"product": global_id("prd", product), "quantity": wanted} for product, wanted in more],
            )

    @rule(pick=PICK, amount=st.sampled_from(["0.01", "5.00", "1000.00"]))
    def pay(self, pick: int, amount: str) -> None:
        """Money comes: too little, or enough, or too much."""
        self.advance(ACCOUNTANT, "recordPayment", Order, pick, amount=amount, currency="EUR", method="BANK_TRANSFER")

    @rule(pick=PICK)
    def take_payment_back(self, pick: int) -> None:
        """It was another customer's."""
        if payment := self.any_of(OrderPayment, pick):
            self.send(ACCOUNTANT, "reversePayment", payment=global_id("pay", payment), reason="Not theirs.")

    # --- Returns ---

    @rule(pick=PICK, quantity=st.sampled_from([1, 1, 2, 9]))
    def request_return(self, pick: int, quantity: int) -> None:
        """The customer is not happy with some of it."""
        if line := self.any_of(OrderLine, pick, shipped_quantity__gt=0):
            pieces = [{"orderLine": global_id("oli", line), "quantity": quantity}]
            self.send(SALES, "requestReturn", order=global_id("ord", line.order_id), lines=pieces, reason="DEFECTIVE")

    @rule(pick=PICK, verb=st.sampled_from(["authoriseReturn", "authoriseReturn", "closeReturn"]))
    def bring_return_forward(self, pick: int, verb: str) -> None:
        """An agent goes on with it."""
        self.advance(SALES, verb, CustomerReturn, pick)

    @rule(pick=PICK)
    def refuse_return(self, pick: int) -> None:
        """It was not ours."""
        self.advance(SALES, "refuseReturn", CustomerReturn, pick, reason="Not ours.")

    @rule(pick=PICK)
    def receive_return(self, pick: int) -> None:
        """It comes back."""
        self.advance(CLERK, "receiveReturn", CustomerReturn, pick, warehouse=WAREHOUSE)

    @rule(pick=PICK, restocks=st.booleans())
    def inspect_return(self, pick: int, restocks: bool) -> None:
        """Somebody looks at it, and puts it back or throws it away."""
        arrived = self.any_of(CustomerReturn, pick, status="RECEIVED") or self.any_of(CustomerReturn, pick)
        if arrived:
            looks = (
                {"condition": "UNOPENED", "disposition": "RESTOCK"}
                if restocks
                else {"condition": "DEFECTIVE", "disposition": "SCRAP"}
            )
            self.send(
                CLERK,
                "inspectReturn",
                customerReturn=global_id("ret", arrived),
                lines=[
                    {"returnLine": global_id("rtl", line), **looks}
                    for line in self.all_of(ReturnLine, customer_return_id=arrived.id)
                ],
                restockTo=global_id("loc", PLACES[LocationKind.STORAGE]),
            )

    @rule(pick=PICK, quantity=st.sampled_from([None, 1, 3]), amount=st.sampled_from(["0.01", "2.00", "40.00"]))
    def refund(self, pick: int, quantity: int | None, amount: str) -> None:
        """The customer gets money back, for pieces or for the trouble."""
        paid = self.any_of(Order, pick, paid_minor__gt=0)
        line = (paid and self.any_of(OrderLine, pick, order_id=paid.id)) or self.any_of(OrderLine, pick)
        if line:
            what: dict[str, Any] = {"amount": amount} if quantity is None else {"quantity": quantity}
            refunded = [{"orderLine": global_id("oli", line), **what}]
            self.send(ACCOUNTANT, "refundOrder", order=global_id("ord", line.order_id), lines=refunded)

    @rule(pick=PICK, amount=st.sampled_from(["0.01", "5.00", "1000.00"]))
    def refund_overpaid(self, pick: int, amount: str) -> None:
        """The customer paid more than the order costs by now."""
        self.advance(ACCOUNTANT, "refundOrder", Order, pick, overpaid=amount)

    @rule(pick=PICK, quantity=st.sampled_from([1, 2]))
    def replace(self, pick: int, quantity: int) -> None:
        """The customer gets it anew."""
        if line := self.any_of(OrderLine, pick, shipped_quantity__gt=0):
            pieces = [{"orderLine": global_id("oli", line), "quantity": quantity}]
            self.send(MANAGER, "replaceOrderLines", order=global_id("ord", line.order_id), lines=pieces)

    @rule(
        pick=PICK,
        redress=st.sampled_from(["REFUND", "REFUND", "REPLACEMENT"]),
        amount=st.sampled_from(["1.00", "29.00"]),
    )
    def complain(self, pick: int, redress: str, amount: str) -> None:
        """The customer complains about what came, and gets it anew, or money back."""
        line = self.any_of(OrderLine, pick, shipped_quantity__gt=0)
        if line and self.send(SALES, "receiveComplaint", **COMPLAINT, orderLine=global_id("oli", line)):
            complaint = self.any_of(Complaint, -1)
            money = {"amount": amount, "currency": "EUR"} if redress == "REFUND" else {}
            own = {"complaint": global_id("cmp", complaint), "outcome": "UPHELD", "answer": "We are sorry."}
            self.send(SALES, "answerComplaint", **own, redress=redress, **money)
