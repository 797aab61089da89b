"""Codes of carriers and aggregators, as capitals without separators.

`CODES` are words that mean the same wherever they occur. Short codes live in `CODES_BY_CARRIER`
under the first part of the carrier's key, because `X` is an exception at UPS and something else
elsewhere. Sources are the carriers' public tracking references.
"""

# ruff: noqa: E501 (a table reads better with one row a line)

from shopbell.orders.ports import ShipmentStatus as S
from shopbell.orders.ports import SubStatus as U

type Meanings = dict[str, tuple[S, U]]


def _table(rows: str) -> Meanings:
    """Read lines `status[.sub_status]: CODE CODE …`."""
    table: Meanings = {}
    for line in rows.strip().splitlines():
        meaning, codes = line.split(":")
        status, _, sub_status = meaning.strip().partition(".")
        for code in codes.split():
            table[code] = (S(status), U(sub_status))
    return table


CODES: Meanings = _table("""
    pending: PENDING UNKNOWN NOTFOUND
    info_received: PRETRANSIT INFORECEIVED LABELCREATED LABELPRINTED LABELPURCHASED CONFIRMED PREADVICE INTIALPREADVICE INITIALPREADVICE REGISTERED ANNOUNCED MANIFESTED SHIPMENTINFORMATIONRECEIVED
    in_transit: TRANSIT INTRANSIT PICKEDUP DEPOT BETWEENDEPOTS DEPARTED ARRIVED HUBSCAN INTIALNORMAL INITIALNORMAL INWAREHOUSE INDELIVERYDEPOT COLLECTED ACCEPTED
    in_transit.delayed: DELAYED DELIVERYDELAYED DELAY
    out_for_delivery: OUTFORDELIVERY INDELIVERY COURIER OFD DELIVERYINPROGRESS WITHDRIVER
    attempt_fail: ATTEMPTFAIL ATTEMPTED ATTEMPTEDDELIVERY DELIVERYATTEMPTED DELIVERYFAILURE DELIVERYFAILED FAILEDATTEMPT NOTDELIVERED UNDELIVERED RETURNINGFROMDELIVERY
    available_for_pickup: AVAILABLEFORPICKUP READYFORPICKUP PARCELSHOP PICKUPPOINT INPARCELSHOP DELIVEREDPS AWAITINGCOLLECTION
    delivered: DELIVERED DELIVEREDTOCUSTOMER POD
    delivered.with_neighbour: DELIVEREDTONEIGHBOUR DELIVEREDTONEIGHBOR
    exception: EXCEPTION FAILURE ERROR CANCELLED CANCELED ONHOLD HELD PROBLEM
    exception.returning: RETURN RETURNTOSENDER RTS RETURNING RETURNED2DEPOT
    exception.returned: RETURNED RETURNEDTOSENDER
    exception.lost: LOST MISSING
    exception.damaged: DAMAGED DAMAGE
    exception.refused: REFUSED REJECTED
    exception.customs: CUSTOMS CUSTOMSHOLD INCUSTOMS
    expired: EXPIRED
""")

CODES_BY_CARRIER: dict[str, Meanings] = {
    # developer.ups.com, tracking: currentStatus and activity type codes.
    "ups": _table("""
        info_received: M MP MV
        in_transit: I P W DP AR OR XD
        out_for_delivery: O OT OF
        attempt_fail: NA
        available_for_pickup: 2Q ZP
        delivered: D KB F4 FS
        exception: X
        exception.returning: RS
    """),
    # developer.fedex.com, Track API: derived and event codes.
    "fedex": _table("""
        info_received: OC IN
        in_transit: PU IT AR DP AF OX PX AO AE IX TR PF PL AX LO FD HP EO EP EA ED ER CC CH CU OF PM RR
        in_transit.delayed: DY DD DR
        in_transit.customs: CP
        out_for_delivery: OD AD
        attempt_fail: DE
        available_for_pickup: HL
        delivered: DL
        exception: SE CA HA
        exception.customs: CD
        exception.returning: RS RP
    """),
    # usps.com, Web Tools Track & Confirm: event codes.
    "usps": _table("""
        info_received: GX MA GA
        in_transit: 03 OA 10 A1 T1 L1 TL SF EF UL NT 07 AD DA PC TM VC CC VR VS
        out_for_delivery: OF DG OD
        attempt_fail: 02 51 52 53 54 55 56
        available_for_pickup: 14 16 17 39 PT
        delivered: 01 41 42 43 I0 60 63
        exception: 04 22 25 27
        exception.refused: 05 21
        exception.returning: 09 23 29 31 28
        exception.damaged: 18
        exception.wrong_address: 06 24
    """),
    # DHL Parcel Germany: ICE and standard event codes.
    "dhl": _table("""
        info_received: VA ES1
        in_transit: AA AE EE HI VS UV LA
        out_for_delivery: PO
        attempt_fail: NZ
        available_for_pickup: ZB KA AUSLAGE
        delivered: ZU ZF
        exception.returning: RT ZR
    """),
    # Canada Post: event identifiers of the tracking details service.
    "canada": _table("""
        info_received: 3000 3001 3002
        in_transit: 0100 0170 0171 0172 0300 0400 0500 0800 0900
        in_transit.delayed: 0173
        out_for_delivery: 0174
        attempt_fail: 1479 1480 1481 1482 1483 1484 1491 1492 1493 1494 1495
        available_for_pickup: 1407 1408 1409 1410 1411 1412 1413 1414 1415 1435 1436 1437 1438 1477 1478 1487 1488 1489 1490
        delivered: 1496 1497 1498 1499 1421 1422 1423 1424 1425 1426 1427 1428 1429 1430 1431 1432 1433 1434
        exception: 2600 2800
    """),
}
