"""The GraphQL that is asked. One page of orders costs a few hundred points of Shopify's budget.

A newcomer's mistake: raising `first:` for fewer calls. The cost is the product of nested pages
and one query may cost 1,000 points at most; the client starts small and shrinks when told.
"""

SHOP = "query { shop { name myshopifyDomain currencyCode } }"

_MONEY = "{ shopMoney { amount currencyCode } }"
_ADDRESS = """{
  firstName lastName name company address1 address2 city zip province provinceCode
  countryCodeV2 phone
}"""

_CUSTOMER = """{
  id firstName lastName locale updatedAt verifiedEmail
  defaultEmailAddress {
    emailAddress marketingState marketingOptInLevel marketingUpdatedAt
  }
  defaultPhoneNumber {
    phoneNumber marketingState marketingOptInLevel marketingUpdatedAt
  }
  defaultAddress { countryCodeV2 phone }
}"""

_LINES = f"""{{
  pageInfo {{ hasNextPage endCursor }}
  nodes {{
    id title quantity currentQuantity sku variantTitle
    originalUnitPriceSet {_MONEY} totalDiscountSet {_MONEY}
    product {{ id }} variant {{ id }} image {{ url }}
  }}
}}"""

_FULFILLMENT = """{
  id status displayStatus createdAt updatedAt estimatedDeliveryAt
  trackingInfo(first: 5) { company number url }
  fulfillmentLineItems(first: 10) {
    pageInfo { hasNextPage }
    nodes { quantity lineItem { id } }
  }
  events(first: 10, sortKey: HAPPENED_AT, reverse: true) {
    nodes { id status happenedAt message city country estimatedDeliveryAt }
  }
}"""

_REFUND = f"""{{
  id createdAt note totalRefundedSet {_MONEY}
  refundLineItems(first: 10) {{ nodes {{ quantity restockType lineItem {{ id }} }} }}
}}"""
_RETURN = "{ nodes { id name status } }"

ORDERS = f"""
query Orders($first: Int!, $after: String, $query: String) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{
      id name createdAt processedAt updatedAt cancelledAt closedAt cancelReason test note tags
      email phone customerLocale currencyCode displayFinancialStatus statusPageUrl
      totalPriceSet {_MONEY} subtotalPriceSet {_MONEY} totalShippingPriceSet {_MONEY}
      totalTaxSet {_MONEY} totalDiscountsSet {_MONEY}
      shippingAddress {_ADDRESS}
      shippingLine {{ title }}
      customer {_CUSTOMER}
      lineItems(first: 20) {_LINES}
      fulfillments(first: 5) {_FULFILLMENT}
      refunds(first: 5) {_REFUND}
      returns(first: 3) {_RETURN}
    }}
  }}
}}"""

ORDER_LINES = f"""
query OrderLines($id: ID!, $after: String) {{
  order(id: $id) {{ lineItems(first: 100, after: $after) {_LINES} }}
}}"""

CUSTOMERS = f"""
query Customers($first: Int!, $after: String, $query: String) {{
  customers(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {_CUSTOMER}
  }}
}}"""

PRODUCTS = """
query Products($first: Int!, $after: String, $query: String) {
  shop { currencyCode }
  products(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id title status productType updatedAt onlineStoreUrl
      featuredMedia { preview { image { url } } }
      variants(first: 50) { nodes { id title sku price inventoryQuantity } }
    }
  }
}"""

COUNTS = {
    "orders": "query Count($query: String) { ordersCount(query: $query, limit: null) { count } }",
    "customers": "query Count($query: String) { customersCount(query: $query) { count } }",
    "products": "query Count($query: String) { productsCount(query: $query) { count } }",
}

SUBSCRIPTIONS = """
query Subscriptions($after: String) {
  webhookSubscriptions(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { id topic %(address)s }
  }
}"""

SUBSCRIBE = """
mutation Subscribe($topic: WebhookSubscriptionTopic!, $subscription: WebhookSubscriptionInput!) {
  webhookSubscriptionCreate(topic: $topic, webhookSubscription: $subscription) {
    webhookSubscription { id }
    userErrors { field message }
  }
}"""
