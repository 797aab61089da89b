"""What carriers write, in the languages customers of a European shop meet."""

import pytest

from shopbell.orders.ports import ShipmentStatus as S
from shopbell.orders.ports import SubStatus as U
from shopbell.orders.tracking.vocabulary import normalise

SENTENCES = """
info_received | The instruction data for this shipment have been provided by the sender to DHL electronically
info_received | Die Sendung wurde elektronisch angekündigt. Sobald sie bei uns eintrifft, erhalten Sie weitere Informationen.
info_received | Shipper created a label, UPS has not received the package yet.
info_received | Votre colis est en préparation chez votre expéditeur
info_received | Envío pre-registrado
info_received | Zending is aangemeld
info_received | Sender is preparing item
in_transit | Die Sendung wurde im Start-Paketzentrum bearbeitet.
in_transit | The shipment has been processed in the parcel center of origin
in_transit | Votre colis est en cours d'acheminement
in_transit | El envío está en tránsito
in_transit | Pakket is gesorteerd
in_transit | Item received at National Hub
in_transit | Your parcel has left the depot and will be delivered tomorrow
in_transit | Departed from Facility
out_for_delivery | Die Sendung wurde in das Zustellfahrzeug geladen.
out_for_delivery | Die Sendung befindet sich in Zustellung
out_for_delivery | Out for Delivery Today
out_for_delivery | Votre colis est en cours de livraison
out_for_delivery | En reparto
out_for_delivery | De bezorger is onderweg
out_for_delivery | In consegna
out_for_delivery | Przesyłka wydana do doręczenia
attempt_fail | Zustellung heute nicht erfolgreich
attempt_fail | We attempted delivery but could not reach you
attempt_fail | Votre colis n'a pas pu être livré
attempt_fail | No se ha podido entregar
attempt_fail | Pakket niet bezorgd
attempt_fail.nobody_home | Der Empfänger wurde nicht angetroffen. Die Sendung wird erneut zugestellt.
attempt_fail.nobody_home | Attempted - Recipient not available
attempt_fail.nobody_home | Destinataire absent, avis de passage déposé
attempt_fail.nobody_home | Destinatario ausente
attempt_fail.nobody_home | U was niet thuis
available_for_pickup | Die Sendung liegt in der Filiale zur Abholung bereit.
available_for_pickup | Your parcel is ready for collection
available_for_pickup | Disponible en point de retrait
available_for_pickup | Disponible para recoger en oficina
available_for_pickup | Je pakket ligt klaar bij het afhaalpunt
available_for_pickup | Available for Pickup
delivered | Die Sendung wurde erfolgreich zugestellt.
delivered | Delivered
delivered | Votre colis a été livré
delivered | Entregado
delivered | Pakket is bezorgd
delivered | Die Sendung wurde vom Empfänger abgeholt
delivered | Consegnata
delivered.with_neighbour | Die Sendung wurde einem Nachbarn zugestellt
delivered.with_neighbour | Delivered to a neighbour
delivered.with_neighbour | Bezorgd bij de buren
delivered.with_neighbour | Livré chez un voisin
delivered.safe_place | Delivered, Left in Safe Place
delivered.safe_place | Die Sendung wurde am Wunschort abgelegt
delivered.safe_place | Livré dans la boîte aux lettres
delivered.safe_place | Delivered, In/At Mailbox
delivered.signed | Delivered, signed by MUELLER
exception.returning | Die Sendung wird an den Absender zurückgesandt
exception.returning | The parcel is being returned to sender
exception.returning | Retour à l'expéditeur
exception.returning | En devolución al remitente
exception.returning | Retour afzender
exception.returned | Die Sendung wurde dem Absender zugestellt
exception.returned | Returned to sender
exception.lost | The package is lost
exception.damaged | Die Sendung wurde beschädigt
exception.damaged | Colis endommagé
exception.refused | Der Empfänger hat die Annahme verweigert
exception.refused | Package refused by recipient
exception.refused | Refusé par le destinataire
exception.wrong_address | Incorrect address - delivery not possible
exception.wrong_address | Der Empfänger ist unter der Anschrift nicht zu ermitteln
exception.wrong_address | Adresse incomplète
exception.customs | Held by customs
in_transit.customs | Your package was released by the customs agency.
in_transit.customs | Die Sendung befindet sich in der Zollabfertigung
in_transit.delayed | Die Zustellung verzögert sich
in_transit.delayed | Votre colis est retardé
in_transit.delayed | Package delayed
in_transit.weather | Delayed because of severe weather
"""  # noqa: E501

CASES = [tuple(part.strip() for part in line.split("|")) for line in SENTENCES.strip().splitlines()]


@pytest.mark.parametrize(("meaning", "sentence"), CASES)
def test_a_sentence_of_a_carrier_is_understood(meaning: str, sentence: str) -> None:
    status, _, sub_status = meaning.partition(".")
    assert normalise(text=sentence) == (S(status), U(sub_status))


def test_bad_news_wins_over_the_word_delivered_inside_it() -> None:
    assert normalise(text="Unfortunately your parcel could not be delivered")[0] is S.ATTEMPT_FAIL


def test_a_promise_of_delivery_is_not_a_delivery() -> None:
    for text in ("Will be delivered on Monday", "Ihr Paket wird am Montag zugestellt"):
        assert normalise(text=text)[0] is not S.DELIVERED


@pytest.mark.parametrize("code", ["OUT_FOR_DELIVERY", "outForDelivery", "out-for-delivery", "OFD"])
def test_a_code_is_read_however_it_is_spelt(code: str) -> None:
    assert normalise(code=code)[0] is S.OUT_FOR_DELIVERY


def test_a_short_code_means_what_its_carrier_means_by_it() -> None:
    assert normalise(code="DE", carrier="fedex")[0] is S.ATTEMPT_FAIL
    assert normalise(code="DE")[0] is S.IN_TRANSIT
    assert normalise(code="D", carrier="ups")[0] is S.DELIVERED
    assert normalise(code="0174", carrier="canada-post")[0] is S.OUT_FOR_DELIVERY


def test_the_code_decides_where_the_sentence_only_says_moving() -> None:
    assert normalise(code="DL", text="Package received", carrier="fedex")[0] is S.DELIVERED


def test_a_scan_nobody_understands_is_still_a_scan_and_nothing_is_pending() -> None:
    assert normalise(text="Zzyzx quux")[0] is S.IN_TRANSIT
    assert normalise() == (S.PENDING, U.NONE)
    assert normalise(text="   ")[0] is S.PENDING


@pytest.mark.parametrize("text", ["\0\ud800", "a" * 100_000, "配達完了", "(?:", "*" * 500])
def test_strange_text_never_raises(text: str) -> None:
    assert normalise(text=text, code=text)[0] in S
