"""Invented orders in exactly the forms in which Shopify and WooCommerce hand theirs out."""

import csv
import io
from typing import Any


def shopify_line(id_: int, sku: str, price: str, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """A line item of the Admin REST API."""
    return {
        "id": id_,
        "variant_id": 9000 + id_,
        "product_id": 700,
        "title": "Enamel Mug",
        "variant_title": "Red",
        "name": "Enamel Mug - Red",
        "sku": sku,
        "vendor": "Northfold",
        "quantity": quantity,
        "current_quantity": quantity,
        "fulfillable_quantity": 0,
        "fulfillment_status": None,
        "price": price,
        "total_discount": "0.00",
        "discount_allocations": [],
        "gift_card": False,
        "taxable": True,
        "tax_lines": [],
        "properties": [],
        "requires_shipping": True,
    } | more


SHOPIFY_CUSTOMER = {
    "id": 6501,
    "email": "Ana@Example.com",
    "first_name": "Ana",
    "last_name": "Li",
    "phone": "+15550100",
    "state": "enabled",
    "default_address": {
        "id": 1,
        "address1": "1 Elm St",
        "address2": None,
        "city": "Reno",
        "province": "Nevada",
        "province_code": "NV",
        "zip": "89501",
        "country": "United States",
        "country_code": "US",
    },
}


def shopify_order(number: int, **more: Any) -> dict[str, Any]:
    """An order of the Admin REST API: paid by card, not sent."""
    return {
        "id": 450000 + number,
        "admin_graphql_api_id": f"gid://shopify/Order/{450000 + number}",
        "name": f"#{number}",
        "order_number": number,
        "email": "ana@example.com",
        "phone": None,
        "created_at": "2026-11-02T09:30:00-08:00",
        "processed_at": "2026-11-02T09:30:01-08:00",
        "updated_at": "2026-11-05T10:00:00-08:00",
        "closed_at": None,
        "cancelled_at": None,
        "cancel_reason": None,
        "currency": "USD",
        "customer_locale": "en-US",
        "financial_status": "paid",
        "fulfillment_status": None,
        "payment_gateway_names": ["shopify_payments"],
        "subtotal_price": "25.00",
        "total_discounts": "0.00",
        "total_price": "30.00",
        "total_outstanding": "0.00",
        "customer": SHOPIFY_CUSTOMER,
        "shipping_address": {
            "first_name": "Ana",
            "address1": "9 Oak Ave",
            "address2": "Apt 4",
            "city": "Austin",
            "province": "Texas",
            "zip": "78701",
            "country": "United States",
        },
        "billing_address": None,
        "line_items": [shopify_line(1, "MUG-RED", "12.50", 2)],
        "fulfillments": [],
        "refunds": [],
        "note": "",
        "tags": "",
        "test": False,
    } | more


def transaction(kind: str, gateway: str, amount: str, **more: Any) -> dict[str, Any]:
    """A transaction of the Admin REST API."""
    return {
        "id": 1,
        "kind": kind,
        "status": "success",
        "gateway": gateway,
        "amount": amount,
        "currency": "USD",
        "created_at": "2026-11-02T09:30:02-08:00",
        "processed_at": "2026-11-02T09:30:02-08:00",
        "parent_id": None,
    } | more


def fulfillment(number: str, lines: list[int], **more: Any) -> dict[str, Any]:
    """A parcel of the Admin REST API."""
    return {
        "id": 255,
        "status": "success",
        "created_at": "2026-11-03T08:00:00-08:00",
        "updated_at": "2026-11-06T16:20:00-08:00",
        "tracking_company": "UPS",
        "tracking_number": number,
        "tracking_numbers": [number],
        "shipment_status": None,
        "line_items": [shopify_line(id_, "x", "1.00") for id_ in lines],
    } | more


TWO_CARDS = [
    transaction("authorization", "shopify_payments", "20.00"),
    transaction(
        "capture",
        "shopify_payments",
        "20.00",
        payment_details={
            "credit_card_company": "Visa",
            "credit_card_number": "•••• •••• •••• 4242",
        },
    ),
    transaction("sale", "gift_card", "10.00"),
    transaction("sale", "paypal", "99.00", status="failure"),
]
REFUND = {
    "id": 1,
    "created_at": "2026-11-09T12:00:00-08:00",
    "note": "one was broken",
    "refund_line_items": [{"id": 1, "line_item_id": 1, "quantity": 1, "subtotal": "12.50"}],
    "transactions": [
        transaction("refund", "shopify_payments", "12.50", created_at="2026-11-09T12:00:01-08:00")
    ],
}
SHOPIFY_ORDERS = [
    shopify_order(1001),
    shopify_order(
        1002,
        fulfillment_status="fulfilled",
        transactions=TWO_CARDS,
        line_items=[
            shopify_line(1, "MUG-RED", "12.50", 3, discount_allocations=[{"amount": "5.00"}]),
            shopify_line(2, "", "4.99", title="Sticker", variant_title=None, product_id=None),
        ],
        fulfillments=[
            fulfillment("1Z1", [1], shipment_status="delivered"),
            fulfillment("1Z2", [2], shipment_status="delivered"),
            fulfillment("1Z0", [1], status="cancelled", shipment_status="delivered"),
        ],
    ),
    shopify_order(
        1003,
        fulfillment_status="partial",
        financial_status="partially_refunded",
        refunds=[REFUND],
        fulfillments=[fulfillment("1Z3", [1], shipment_status="in_transit")],
    ),
    shopify_order(
        1004,
        customer=None,
        email="guest@example.com",
        financial_status="pending",
        payment_gateway_names=["Cash on Delivery (COD)"],
    ),
    shopify_order(1005, cancelled_at="2026-11-03T00:00:00-08:00", financial_status="voided"),
    shopify_order(1006, customer=None, email="", total_price="0.00", payment_gateway_names=[]),
]

_COLUMNS = """\
Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,\
Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,\
Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,\
Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Billing Name,\
Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,\
Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,\
Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,\
Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,\
Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,\
Lineitem discount,Phone"""
SHOPIFY_ROWS: list[dict[str, str]] = [
    {
        "Name": "#2001",
        "Email": "ana@example.com",
        "Financial Status": "partially_refunded",
        "Paid at": "2026-11-02 09:30:05 -0800",
        "Fulfillment Status": "fulfilled",
        "Fulfilled at": "2026-11-03 10:00:00 -0800",
        "Currency": "USD",
        "Total": "34.99",
        "Created at": "2026-11-02 09:30:00 -0800",
        "Lineitem quantity": "2",
        "Lineitem name": "Enamel Mug - Red",
        "Lineitem price": "12.50",
        "Lineitem sku": "MUG-RED",
        "Lineitem discount": "1.00",
        "Billing Name": "Ana Li",
        "Billing Address1": "1 Elm St",
        "Shipping Street": "9 Oak Ave, Apt 4",
        "Shipping Address1": "9 Oak Ave",
        "Notes": "two\nlines",
        "Payment Method": "Shopify Payments",
        "Refunded Amount": "12.50",
        "Outstanding Balance": "0.00",
    },
    {
        "Name": "#2001",
        "Email": "ana@example.com",
        "Created at": "2026-11-02 09:30:00 -0800",
        "Lineitem quantity": "1",
        "Lineitem name": "Sticker",
        "Lineitem price": "4.99",
        "Lineitem discount": "0.00",
    },
    {
        "Name": "#2002",
        "Financial Status": "pending",
        "Fulfillment Status": "unfulfilled",
        "Currency": "USD",
        "Total": "12.50",
        "Created at": "2026-11-04 09:30:00 -0800",
        "Lineitem quantity": "1",
        "Lineitem name": "Enamel Mug - Red",
        "Lineitem price": "12.50",
        "Lineitem sku": "MUG-RED",
        "Lineitem discount": "0.00",
        "Payment Method": "manual",
        "Refunded Amount": "0.00",
        "Outstanding Balance": "12.50",
    },
]


def shopify_csv(rows: list[dict[str, str]]) -> str:
    """A file of Orders > Export."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _COLUMNS.split(","), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def woo_order(number: int, **more: Any) -> dict[str, Any]:
    """An order of WooCommerce's REST API v3: paid, not sent."""
    address = {
        "first_name": "Ana",
        "last_name": "Li",
        "company": "",
        "address_1": "1 Elm St",
        "address_2": "",
        "city": "Reno",
        "state": "NV",
        "postcode": "89501",
        "country": "US",
    }
    return {
        "id": number,
        "parent_id": 0,
        "number": str(number),
        "status": "processing",
        "currency": "USD",
        "prices_include_tax": False,
        "date_created": "2026-11-02T01:30:00",
        "date_created_gmt": "2026-11-02T09:30:00",
        "date_modified_gmt": "2026-11-09T12:00:00",
        "date_paid_gmt": "2026-11-02T09:30:05",
        "date_completed_gmt": None,
        "discount_total": "5.00",
        "shipping_total": "5.00",
        "total": "37.50",
        "total_tax": "0.00",
        "customer_id": 26,
        "billing": address | {"email": "ana@example.com", "phone": "555-0100"},
        "shipping": address | {"address_1": "9 Oak Ave", "phone": ""},
        "payment_method": "stripe",
        "payment_method_title": "Credit Card (Stripe)",
        "transaction_id": "ch_1",
        "meta_data": [{"id": 1, "key": "_stripe_fee", "value": "1.12"}],
        "line_items": [
            {
                "id": 315,
                "name": "Enamel Mug - Red",
                "parent_name": "Enamel Mug",
                "product_id": 93,
                "variation_id": 95,
                "quantity": 3,
                "subtotal": "37.50",
                "total": "32.50",
                "total_tax": "0.00",
                "sku": "MUG-RED",
                "price": 10.833333333333334,
                "meta_data": [
                    {
                        "id": 1,
                        "key": "pa_colour",
                        "value": "red",
                        "display_key": "Colour",
                        "display_value": "Red",
                    },
                    {
                        "id": 2,
                        "key": "_reduced_stock",
                        "value": "3",
                        "display_key": "_reduced_stock",
                        "display_value": "3",
                    },
                ],
            },
        ],
        "tax_lines": [],
        "shipping_lines": [{"id": 1, "method_title": "Flat rate", "total": "5.00"}],
        "fee_lines": [],
        "coupon_lines": [{"id": 1, "code": "autumn", "discount": "5.00"}],
        "refunds": [],
    } | more


STICKER = {
    "id": 316,
    "name": "Sticker",
    "parent_name": None,
    "product_id": 94,
    "variation_id": 0,
    "quantity": 2,
    "subtotal": "9.98",
    "total": "9.98",
    "sku": "",
    "price": 4.99,
    "meta_data": [],
}
TRACKED = {
    "id": 2,
    "key": "_wc_shipment_tracking_items",
    "value": [
        {"tracking_provider": "usps", "tracking_number": "9400", "date_shipped": "1793600000"}
    ],
}
WOO_ORDERS = [
    woo_order(727),
    woo_order(
        728,
        status="completed",
        date_completed_gmt="2026-11-06T10:00:00",
        line_items=[*woo_order(0)["line_items"], STICKER],
        meta_data=[TRACKED],
        refunds=[
            {"id": 1, "reason": "broken", "total": "-10.83"},
            {"id": 2, "reason": "", "total": "-4.99"},
        ],
    ),
    woo_order(
        729,
        status="on-hold",
        customer_id=0,
        payment_method="bacs",
        payment_method_title="Bank transfer",
        date_paid_gmt=None,
    ),
    woo_order(730, status="failed", date_paid_gmt=None, payment_method="paypal"),
    woo_order(
        731,
        status="refunded",
        date_completed_gmt="2026-11-06T10:00:00",
        refunds=[{"id": 3, "reason": "", "total": "-37.50"}],
    ),
    woo_order(732, total="0.00", payment_method="", payment_method_title=""),
]
WOO_CUSTOMERS = [
    {
        "id": 26,
        "email": "ana@example.com",
        "first_name": "Ana",
        "last_name": "Li-Ortega",
        "username": "ana",
        "billing": woo_order(0)["billing"],
    },
    {"id": 27, "email": "ben@example.com", "first_name": "Ben", "last_name": "", "billing": {}},
]
