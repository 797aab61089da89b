"""The GraphQL with which Shopify is asked to do something, and to tell whether it was done.

A newcomer's mistake: changing the variables when a refund is tried again. Under one idempotency key
Shopify wants the very same request, and it remembers it for a day.
"""

from shopbell.connectors.shops.shopify.queries import _MONEY

MONEY_OF_ORDER = f"""
query MoneyOfOrder($id: ID!) {{
  order(id: $id) {{
    id cancelledAt
    transactions(first: 100) {{
      id kind status gateway amountSet {_MONEY} parentTransaction {{ id }}
    }}
    refunds(first: 100) {{ id createdAt note totalRefundedSet {_MONEY} }}
  }}
}}"""

_REFUND_BODY = f"""
    refund {{ id createdAt note totalRefundedSet {_MONEY} }}
    userErrors {{ field message }}"""

REFUND_ONCE = f"""
mutation Refund($input: RefundInput!, $key: String!) {{
  refundCreate(input: $input) @idempotent(key: $key) {{{_REFUND_BODY}
  }}
}}"""

REFUND = f"""
mutation Refund($input: RefundInput!) {{
  refundCreate(input: $input) {{{_REFUND_BODY}
  }}
}}"""

CANCEL = """
mutation Cancel(
  $orderId: ID!, $reason: OrderCancelReason!, $refundMethod: OrderCancelRefundMethodInput!,
  $staffNote: String
) {
  orderCancel(
    orderId: $orderId, reason: $reason, refundMethod: $refundMethod, restock: true,
    notifyCustomer: false, staffNote: $staffNote
  ) {
    job { id done }
    orderCancelUserErrors { field message code }
  }
}"""

CANCELLED = "query Cancelled($id: ID!) { order(id: $id) { id name cancelledAt } }"

GOODS_OF_ORDER = """
query GoodsOfOrder($id: ID!) {
  order(id: $id) {
    id name email
    customer { id }
    shippingAddress {
      firstName lastName company address1 address2 city zip provinceCode countryCodeV2 phone
    }
    lineItems(first: 100) { nodes { id title quantity variant { id } } }
  }
}"""

DRAFTS = """
query Drafts($query: String!) {
  draftOrders(first: 5, query: $query) {
    nodes { id status tags order { id name } }
  }
}"""

DRAFT = """
mutation Draft($input: DraftOrderInput!) {
  draftOrderCreate(input: $input) { draftOrder { id } userErrors { field message } }
}"""

COMPLETE = """
mutation Complete($id: ID!) {
  draftOrderComplete(id: $id) {
    draftOrder { id order { id name } }
    userErrors { field message }
  }
}"""

COUPON = """
mutation Coupon($basicCodeDiscount: DiscountCodeBasicInput!) {
  discountCodeBasicCreate(basicCodeDiscount: $basicCodeDiscount) {
    codeDiscountNode { id }
    userErrors { field message code }
  }
}"""

COUPON_BY_CODE = """
query CouponByCode($code: String!) { codeDiscountNodeByCode(code: $code) { id } }"""

RETURNABLE = """
query Returnable($orderId: ID!) {
  returnableFulfillments(orderId: $orderId, first: 20) {
    nodes {
      returnableFulfillmentLineItems(first: 100) {
        nodes { quantity fulfillmentLineItem { id lineItem { id } } }
      }
    }
  }
}"""

RETURN = """
mutation Return($returnInput: ReturnInput!) {
  returnCreate(returnInput: $returnInput) {
    return { id name status }
    userErrors { field message code }
  }
}"""

RETURNS = """
query Returns($id: ID!) {
  order(id: $id) {
    returns(first: 50) {
      nodes {
        id name status
        returnLineItems(first: 1) { nodes { ... on ReturnLineItem { returnReasonNote } } }
      }
    }
  }
}"""
