"""What the front office does with orders, payments and returns, for the machine that lets the chain live."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from models.front_office.orders import Order, OrderLine, OrderPayment
from models.front_office.returns import CustomerReturn, ReturnLine
from tests.chain_house import (
    ACCOUNTANT,
    CLERK,
    CUSTOMER,
    MANAGER,
    PICK,
    PRODUCT,
    QUANTITY,
    SALES,
    WAREHOUSE,
    Living,
    global_id,
)

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

    @rule(pick=PICK)
    def ask_for_discount(self, pick: int) -> None:
        """The discounts are above what the agent may give."""
        self.advance(SALES, "askForDiscount", Order, pick, reason="They buy every week.")

    @rule(pick=PICK, verb=st.sampled_from(["approveDiscount", "rejectDiscount"]))
    def decide_discount(self, pick: int, verb: str) -> None:
        """A manager decides."""
        self.advance(MANAGER, verb, Order, pick)

    @rule(pick=PICK, verb=st.sampled_from(["cancelOrder", "holdOrder", "holdOrder"]))
    def stop_order(self, pick: int, verb: str) -> None:
        """The customer, or an agent, thinks otherwise."""
        self.advance(SALES, verb, Order, pick, reason="They say so.")

    @rule(pick=PICK, quantity=st.sampled_from([0, 1, 4, 12]), more=st.lists(st.tuples(PRODUCT, QUANTITY), max_size=1))
    def amend_order(self, pick: int, quantity: int, more: list[tuple[Any, int]]) -> None:
        """The customer wants more, or less, or something else."""
        if line := self.any_of(OrderLine, pick):
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
        if line := self.any_of(ReturnLine, pick):
            looks = (
                {"condition": "UNOPENED", "disposition": "RESTOCK"}
                if restocks
                else {"condition": "DEFECTIVE", "disposition": "SCRAP"}
            )
            self.send(
                CLERK,
                "inspectReturn",
                customerReturn=global_id("ret", line.customer_return_id),
                lines=[{"returnLine": global_id("rtl", line), **looks}],
            )

    @rule(pick=PICK, quantity=st.sampled_from([None, 1, 3]), amount=st.sampled_from(["0.01", "2.00", "40.00"]))
    def refund(self, pick: int, quantity: int | None, amount: str) -> None:
        """The customer gets money back, for pieces or for the trouble."""
        if line := self.any_of(OrderLine, pick):
            what: dict[str, Any] = {"amount": amount} if quantity is None else {"quantity": quantity}
            refunded = [{"orderLine": global_id("oli", line), **what}]
            self.send(ACCOUNTANT, "refundOrder", order=global_id("ord", line.order_id), lines=refunded)

    @rule(pick=PICK, quantity=st.sampled_from([1, 2]))
    def replace(self, pick: int, quantity: int) -> None:
        """The customer gets it anew."""
        if line := self.any_of(OrderLine, pick, shipped_quantity__gt=0):
            pieces = [{"orderLine": global_id("oli", line), "quantity": quantity}]
            self.send(MANAGER, "replaceOrderLines", order=global_id("ord", line.order_id), lines=pieces)
