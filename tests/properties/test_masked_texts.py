"""Each text that the back office reads is masked where it is written, or says nothing of customers, by hand."""

from models.permissions import Permission, permissions_of
from resolvers.reading.sources import Column
from tests.properties.canaries.company import BLIND
from tests.reading.planning import CATALOG

MASKED = """
    Complaint.subject ComplaintAnswer.decisionReason ComplaintAnswer.reasons Escalation.reason Escalation.resolution
    Handoff.answer Handoff.brief Handoff.refusalReason Handoff.rejectionReason Handoff.withdrawalReason
    HandoffMessage.text Improvement.criterion Improvement.plan Improvement.rejectionReason Improvement.title
    MajorCase.closingReason MajorCase.reasons MajorCase.title Order.cancellationReason Order.discountDecisionReason
    Order.discountReason Order.holdReason OrderAmendment.reason OrderPayment.reference OrderProgress.carrier
    OrderProgress.trackingNumber Refund.reason RefundProposal.reason Return.closingReason Return.reasonText Rule.name
    RuleAction.title RuleVersion.name Shipment.carrier Shipment.trackingNumber Task.title
""".split()
"""Written through `models.front_office.identities.masked`."""

UNMASKED = {
    "given by us": """Batch.number Complaint.number Escalation.number Handoff.customerAlias Handoff.number Improvement.number
        MajorCase.number Order.number OrderProgress.batchNumber OrderProgress.workOrderNumber PurchaseOrder.number Receipt.number
        Refund.number Return.number Rule.shippedAs Shipment.number ShipmentLabel.number StockCount.number Supplier.number
        WorkOrder.number""",
    "who works here": "Account.email Account.name",
    "what is sold, and where it lies": """Location.code OrderAmendmentLine.productName OrderLine.productName Product.name
        Product.quantityPerUnit Product.sku ProductCategory.name Warehouse.code Warehouse.country Warehouse.name""",
    "whom we buy from": """Receipt.deliveryNote Supplier.contactName Supplier.country Supplier.email Supplier.name Supplier.phone
        SupplierAddress.city SupplierAddress.postalCode SupplierAddress.region SupplierAddress.street""",
    "settings of the house, the same for all customers": """BusinessCalendar.closedDates BusinessCalendar.country
        BusinessCalendar.name BusinessCalendar.subdivision BusinessCalendar.timeZone MessageTemplate.subject MessageTemplate.text
        QualityCheck.name Regime.code Regime.name Regime.source RuleCondition.values TaxRate.country""",
    "written of goods, whose records lead to no customer": """Batch.statusReason CostChange.reason ListPriceChange.reason
        ProductDecision.reasons PurchaseOrder.endingReason QualityCheck.remarks StockMove.reason WorkOrder.cancellationReason""",
    "told by duty, and each time noted": """InvoiceAddress.city InvoiceAddress.country InvoiceAddress.name
        InvoiceAddress.postalCode InvoiceAddress.region InvoiceAddress.street ShipmentLabel.city ShipmentLabel.country
        ShipmentLabel.name ShipmentLabel.postalCode ShipmentLabel.region ShipmentLabel.street""",
}


def test_each_text_that_the_back_office_reads_is_masked_or_says_why_not() -> None:
    held = [permissions_of(frozenset({role})) for role in BLIND]
    read = {
        facts.coordinate
        for facts in CATALOG.fields.values()
        if facts.type_name == "String" and isinstance(facts.source, Column)
        if any({need for need in facts.needs if isinstance(need, Permission)} <= permissions for permissions in held)
    }
    known = [*MASKED, *(name for names in UNMASKED.values() for name in names.split())]
    assert len(known) == len(set(known))
    assert read == set(known)
