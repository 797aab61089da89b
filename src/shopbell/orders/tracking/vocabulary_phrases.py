"""The phrase table of `vocabulary`: first match wins, so the order is part of the meaning.

Each row: status, sub-status, phrases that say it, phrases that take it back. Phrases are compared
without accents and capitals; `*` stands for up to four words, a trailing `-` for any ending.
Bad news stands above good news ("could not be delivered" contains "delivered").
"""

# ruff: noqa: E501 (a table reads better with one row a line)

from shopbell.orders.ports import ShipmentStatus as S
from shopbell.orders.ports import SubStatus as U

type Row = tuple[S, U, str, str]

_FUTURE = """
will be delivered|will * deliver-|to be delivered|expected delivery|estimated delivery|scheduled delivery|scheduled for delivery|delivery is planned|once delivered|before it is delivered
wird * zugestellt|wird * ausgeliefert|voraussichtlich-|soll * zugestellt|geplante zustellung|zustellung ist geplant
sera livre-|sera distribue-|livraison prevue|en cours de livraison|prochainement
sera entregad-|entrega prevista|se entregara|en curso de entrega
wordt * bezorgd|wordt * geleverd|verwachte bezorging|zal * bezorgd
sara consegnat-|consegna prevista
"""

_NOT = """
not delivered|undelivered|not been delivered|could not be delivered|cannot be delivered|not * able to deliver|unable to deliver|undeliverable|unsuccessful|failed
nicht zugestellt|nicht ausgeliefert|nicht zustellbar|unzustellbar|erfolglos
non livre-|pas pu etre|non distribu-|n a pu|na pu|na pas|impossible de livrer
no entregad-|no se ha podido|no ha sido entregad-|no ha podido|no se pudo
niet bezorgd|niet afgeleverd|niet worden bezorgd|niet geleverd|mislukt
non consegnat-|mancata consegna
"""

PHRASES: tuple[Row, ...] = (
    (
        S.EXCEPTION,
        U.RETURNED,
        """
        returned to sender|returned to the sender|returned to shipper|return delivered|delivered to sender|delivered to the sender|delivered * back to sender|returned to the shipper|delivered * original sender|return to sender complete-
        an den absender zuruckgegeben|dem absender zugestellt|an den absender zugestellt|absender * zuruckgeschickt|rucksendung zugestellt|rucksendung abgeschlossen
        retourne a lexpediteur|rendu a lexpediteur|remis a lexpediteur
        devuelto al remitente|entregado al remitente|devolucion entregada
        teruggezonden naar de afzender|retour afzender bezorgd|afgeleverd bij de afzender|geretourneerd aan afzender
        restituito al mittente|riconsegnato al mittente
        zwrocono do nadawcy|returnerad till avsandar-|returneret til afsender
        """,
        "will be|being|wird|sera|wordt|on its way|in transit|to be",
    ),
    (
        S.EXCEPTION,
        U.RETURNING,
        """
        return to sender|returning to sender|return to shipper|returning to shipper|being returned|will be returned|returned to sender|on its way back|way back to * sender|return in progress|return initiated|back to sender|back to the sender|returned to the sender|return to the sender|returned to shipper
        rucksendung|zuruck an den absender|an den absender zuruck-|zuruck zum absender|retoure an absender|wird * zuruckgesandt|wird * zuruckgeschickt|zurucksendung|an den versender zuruck-|zuruck an den versender
        retour a lexpediteur|retour expediteur|retourne a lexpediteur|renvoye a lexpediteur|retour vers lexpediteur|en cours de retour
        devolucion al remitente|en devolucion|devuelt- al remitente|sera devuelto|retorno al remitente|en proceso de devolucion
        retour afzender|retour naar afzender|teruggestuurd|terug naar * afzender|retour naar de afzender|wordt * teruggezonden
        reso al mittente|rientro al mittente|in restituzione|zwrot do nadawcy|retur till avsandar-|retur til afsender|devolvido ao remetente|devolucao ao remetente
        """,
        "label",
    ),
    (
        S.EXCEPTION,
        U.LOST,
        """
        lost|declared lost|package is missing|cannot be located|could not be located|not be found|missing in transit|unable to locate
        verloren|verlust|nicht auffindbar|verschollen
        perdu|colis perdu|introuvable
        extraviad-|perdid-|no localizado
        verloren gegaan|vermist|zoekgeraakt|kwijtgeraakt
        smarrit-|zaginion-|zagubion-|forsvunn-|extraviad-
        """,
        "address|anschrift|adresse",
    ),
    (
        S.EXCEPTION,
        U.DAMAGED,
        """
        damaged|damage|destroyed|broken package|contents damaged
        beschadigt|beschadigung|zerstort
        endommage-|abime-|avarie-|deteriore-
        danad-|averiad-|deteriorad-
        beschadigd|schade
        danneggiat-|uszkodzon-|skadad-|beskadiget|danificad-
        """,
        "",
    ),
    (
        S.EXCEPTION,
        U.REFUSED,
        """
        refused|refusal|rejected by * recipient|rejected by * customer|recipient declined|delivery rejected|declined by
        annahme verweigert|verweigert-|abgelehnt|annahmeverweigerung
        refuse-|refus du destinataire
        rehusad-|rechazad-
        geweigerd|weiger-
        rifiutat-|odmowa|odmowil|nekad-|nagtet|recusad-
        """,
        "",
    ),
    (
        S.EXCEPTION,
        U.WRONG_ADDRESS,
        """
        incorrect address|wrong address|invalid address|insufficient address|address is incorrect|address incomplete|incomplete address|bad address|no such number|address unknown|unknown address|recipient unknown|addressee unknown|moved left no address|address could not be|address not found|address information needed|address correction|receiver has moved|recipient moved|vacant|addressing error|address is wrong
        adresse * falsch|anschrift * falsch|falsche adresse|falsche anschrift|adresse * unvollstandig|anschrift * unvollstandig|unvollstandige adresse|unvollstandige anschrift|empfanger unbekannt|empfanger * nicht ermittel-|adresse * nicht gefunden|unbekannt verzogen|adressfehler|nicht zu ermitteln|anschrift * nicht ermittel-|adresse * nicht korrekt
        adresse incorrecte|adresse erronee|adresse incomplete|adresse insuffisante|destinataire inconnu|n habite pas|nhabite pas|defaut dacces ou dadressage|adresse inconnue|defaut dadressage
        direccion incorrecta|direccion incompleta|direccion erronea|destinatario desconocido|direccion insuficiente|desconocido en * direccion|senas incorrectas
        onjuist adres|verkeerd adres|adres * onjuist|onvolledig adres|adres * onvolledig|adres onbekend|geadresseerde onbekend|adres * niet gevonden|adres * onbekend
        indirizzo errato|indirizzo incompleto|destinatario sconosciuto|bledny adres|felaktig adress|forkert adresse|endereco incorreto|endereco insuficiente
        """,
        "possible delay|attempting to correct",
    ),
    (
        S.ATTEMPT_FAIL,
        U.NOBODY_HOME,
        """
        nobody home|nobody was home|no one home|nobody * available|no one * available|not at home|not home|recipient not available|receiver not available|customer not available|addressee not available|recipient * unavailable|business closed|premises closed|recipient absent|not in|customer unavailable|no access to|notice left no authorized|no authorized recipient|no secure location|carded|card left|left a card|missed you|was absent|premises * closed|receiver not at home|recipient not at home
        nicht angetroffen|niemand angetroffen|nicht zuhause|nicht zu hause|nicht anwesend|empfanger abwesend|niemanden angetroffen|geschaft geschlossen|firma geschlossen|benachrichtigungskarte|benachrichtigt|niemand zuhause|niemand zu hause
        absent|absence du destinataire|avis de passage|etablissement ferme|personne * absente|magasin ferme|avis depose
        ausente|ausencia|nadie en casa|aviso de llegada|cerrado|destinatario ausente|se deja aviso|dejado aviso
        niet thuis|niemand thuis|afwezig|niemand aanwezig|bedrijf gesloten|niet aanwezig|bezoekkaart|bericht achtergelaten
        assente|destinatario assente|avviso lasciato|nieobecn-|awizo|ej hemma|ikke hjemme|avi lamnad
        """,
        "not in your|in case|if you are|label|transit|falls|not in transit",
    ),
    (
        S.AVAILABLE_FOR_PICKUP,
        U.NONE,
        """
        available for pickup|available for pick up|available for collection|ready for pickup|ready for pick up|ready for collection|ready to be collected|ready to collect|awaiting collection|awaiting pickup by * recipient|can be collected|can be picked up|to pickup parcelshop|pickup parcelshop|delivered to * parcelshop|delivered to * parcel shop|delivered to * pickup point|delivered to * pick up point|delivered to * service point|arrived at * pickup point|arrived at * parcelshop|arrived at * service point|arrived at * collection point|delivered to * collection point|delivered to * access point|held at * access point|held for pickup|hold at location|held at post office|held at * location|at * retail point|at pickup location|held at * for pickup|held at * for customer|in the parcelshop|in the parcel shop|at the parcelshop|in your * parcelshop|available at * pickup|deposited in * locker|card for pickup|final notice|ready for customer pickup|arrived at pick up
        zur abholung bereit|abholbereit|liegt * bereit|bereit zur abholung|kann * abgeholt werden|in die filiale|in der filiale|im paketshop|im parcelshop|in den paketshop|in die packstation eingestellt|in der packstation|an der packstation|in eine packstation|wartet * auf abholung|hinterlegt|zur abholung|im pickup paketshop|gls paketshop|in eine filiale|im abholstandort|im shop
        disponible en point|disponible au|disponible dans|disponible pour * retrait|en attente de retrait|a disposition|disponible a|mis a disposition|pret a etre retire|peut etre retire|depose en point|en point relais|attend * dans son point|au point de retrait|en instance
        disponible para recog-|disponible en|listo para recog-|puede recoger-|a disposicion del destinatario|en oficina de|en espera de recogida|en punto de recogida|en la oficina|pendiente de recogida|en lista
        klaar om * opgehaald|ligt klaar|klaar voor afhalen|afgehaald worden|beschikbaar * afhaal-|afhaalpunt|af te halen|bij het afhaalpunt|op te halen|in de pakketautomaat|opgehaald worden|servicepunt
        disponibile per il ritiro|in giacenza|pronto per il ritiro|gotowa do odbioru|do odbioru|oczekuje na odbior|klar att hamta|kan hamtas|klar til afhentning|disponivel para levantamento|finns att hamta
        """,
        "has been picked up|wurde * abgeholt|collected by|picked up by|delivery attempt|unsuccessful|"
        "clearance|customs|picked up from|on its way to|wird * gebracht|unterwegs|on the way to",
    ),
    (
        S.OUT_FOR_DELIVERY,
        U.NONE,
        """
        out for delivery|out for deliveries|on vehicle for delivery|on fedex vehicle for delivery|on * vehicle for delivery|loaded on delivery vehicle|loaded onto * delivery vehicle|with delivery courier|with courier|with driver|with the driver|on its way to the consignee|on its way to the recipient|on its way to * consignee|on its way to you|out with courier|delivery vehicle|item out for delivery|being delivered today|is being delivered|driver is on|delivery courier|left * delivery centre * consignee|out with * driver|with your driver|with your courier
        in zustellung|in auslieferung|zustellfahrzeug|in die zustellung|in der zustellung|auf dem weg zum empfanger|auf dem weg zu ihnen|auf dem weg zur zustellung|unterwegs zum empfanger|in der auslieferung|an den zusteller|zusteller unterwegs|im zustellfahrzeug|wird heute zugestellt|auf zustelltour|beim zusteller|auslieferungsfahrzeug|in das zustellfahrzeug
        en cours de livraison|en livraison|en cours de distribution|prepare pour la distribution|charge dans le vehicule|parti en livraison|avec le livreur|en tournee|en cours dacheminement vers le destinataire|va etre livre|sera livre aujourdhui|remis au livreur
        en reparto|salida a reparto|en proceso de entrega|en distribucion|repartidor|en ruta de entrega|salio para entrega|en camino al destinatario|con el repartidor|sera entregado hoy
        onderweg naar de ontvanger|bezorger onderweg|bezorger is onderweg|met bezorger|uitgeleverd aan bezorger|in bezorging|onderweg voor bezorging|pakket is bij de bezorger|bezorger|wordt vandaag bezorgd|op weg naar de ontvanger|chauffeur is onderweg
        in consegna|fuori per la consegna|wydana do doreczenia|wydanie przesylki do doreczenia|w doreczeniu|ute for leverans|under udlevering|ute till leverans|saiu para entrega|em distribuicao|lastad for utkorning
        """,
        _NOT + "\ndelivered|zugestellt|unsuccessful|will be loaded|attempt|return-",
    ),
    (
        S.ATTEMPT_FAIL,
        U.NONE,
        """
        delivery attempt|attempted delivery|delivery attempted|attempt fail-|failed attempt|failed delivery|delivery failed|unsuccessful delivery|could not be delivered|not been able to deliver|unable to deliver|delivery could not|could not deliver|not delivered|unable to be delivered|was not possible to deliver|delivery * not possible|attempted|delivery not completed|not able to deliver|undelivered|couldnt deliver|were unable|was unable|customer requested * another day|delivery unsuccessful|unsuccessful attempt
        zustellversuch|konnte nicht zugestellt|nicht zugestellt|konnte * nicht zugestellt|zustellung * nicht moglich|zustellung * erfolglos|nicht ausgeliefert|konnten * nicht zustellen|nicht zustellen|zustellhindernis|zustellung fehlgeschlagen|erfolglos-|konnte * nicht ausgeliefert|zustellung * nicht erfolgreich|zustellung nicht erfolgreich
        tentative de livraison|na pu etre livre|na pas pu etre|livraison impossible|pas pu vous livrer|echec de livraison|non livre-|livraison infructueuse|n a pas pu etre|tentative infructueuse|na pu etre distribue|echec de la livraison
        intento de entrega|no se ha podido entregar|no entregad-|entrega fallida|no ha sido posible|entrega no realizada|intento fallido|no ha podido ser entregad-|no se pudo entregar
        bezorgpoging|niet bezorgd|kon niet * bezorgd|niet kunnen bezorgen|niet afgeleverd|niet gelukt|mislukt-|niet kunnen afleveren|bezorging niet mogelijk|niet bezorgen
        tentativo di consegna|mancata consegna|tentata consegna|non consegnat-|proba doreczenia|nieudana proba|leveransforsok|leveringsforsog|tentativa de entrega|nao entregue
        """,
        "",
    ),
    (
        S.INFO_RECEIVED,
        U.NONE,
        """
        label created|created * label|not received the package yet|label printed|label has been created|label generated|shipment information sent|shipment information received|shipping information received|shipment information|information received|information sent|info received|electronically|electronic|pre advice|preadvice|pre shipment|preshipment|pre notification|awaiting item|awaiting pickup|awaiting parcel|awaiting package|data was entered|data * received|data has been|order created|order processed|order processed ready for ups|billing information received|manifest received|manifest-|shipment created|shipment has been created|shipment registered|order information|ready to be shipped|ready for ups|label purchased|sender is preparing|expecting your parcel|we re expecting|were expecting|not yet received|details received|is preparing|yet to receive|will be handed over|booking|booked|advised
        elektronisch|angekundigt|vorangekundigt|sendungsdaten|auftragsdaten|paketdaten|daten * ubermittelt|daten * erfasst|daten * eingegangen|label erstellt|versandetikett|versandlabel|etikett erstellt|avisiert|vorbereitet|auftrag * erfasst|auftrag * erstellt|sendung angelegt
        etiquette|informations * recues|informations dexpedition|information electronique|electroniquement|pris connaissance|attente de prise en charge|en preparation|bientot confie|informe de|annonce de colis|prepare chez|prepare son envoi|declaratif recu|pas encore * pris en charge|donnees recues|annonce de lenvoi
        etiqueta|informacion recibida|informacion * envio|pre registrad-|prerregistro|prerregistrad-|preadmision|pre admision|pendiente de * recep-|datos recibidos|registrado electronicamente|grabad-|admision electronica|documentado
        aangemeld|voorgemeld|verzendlabel|gegevens ontvangen|digitaal|elektronisch|label aangemaakt|wordt verwacht|verwacht|informatie ontvangen|nog niet ontvangen
        etichetta|dati ricevuti|presa in carico elettronica|dane * przesylki|przygotowan-|przyjeto dane|nadanie elektroniczne|forhandsavisering|avisering|elektroniskt|information mottagen|modtaget information|objeto registrado|etiqueta criada
        """,
        "delivered|customs|clearance|zugestellt|zoll|signature|expected delivery|verwachte|data centre|unsuccessful|delay-",
    ),
    (
        S.DELIVERED,
        U.WITH_NEIGHBOUR,
        """
        neighbour|neighbor|with neighbour|with neighbor
        nachbar-|beim nachbarn|nebenan
        voisin-|chez un voisin
        vecin-|vecino
        buren|buur-|buurman|buurvrouw
        vicino di casa|sasiad-|granne|nabo|vizinho
        """,
        _NOT + "\nplease|attempt|bitte",
    ),
    (
        S.DELIVERED,
        U.SAFE_PLACE,
        """
        safe place|safeplace|left in * porch|front door|left at door|back door|mailbox|mail box|letterbox|letter box|garage|left at * location|porch|patio|garden|side door|left unattended|secure location|left in a safe|in or at mailbox|through letterbox|delivered * locker|parcel locker
        ablageort|abstellort|wunschort|briefkasten|abstellgenehmigung|abgestellt|garagenvertrag|ablagevertrag|hausbriefkasten
        boite aux lettres|lieu sur|boite a lettres|depose devant|endroit sur
        buzon|lugar seguro|puerta principal
        brievenbus|veilige plek|afgesproken plek
        cassetta postale|luogo sicuro|brevlada|brevladan|postkasse|caixa de correio|skrzynk-
        """,
        _NOT + _FUTURE + "\nout for|please|bitte|pickup point|ready",
    ),
    (
        S.DELIVERED,
        U.CASH_ON_DELIVERY,
        """
        cash collected|cash on delivery * received|cod * collected|cod collected|cod amount collected|delivered * cash on delivery|delivered * cod
        nachnahme * kassiert|nachnahmebetrag|zugestellt * nachnahme
        contre remboursement * encaisse|livre * contre remboursement
        reembolso cobrado|entregado * reembolso
        rembours * betaald|rembours ontvangen
        contrassegno incassato
        """,
        _NOT + _FUTURE,
    ),
    (
        S.DELIVERED,
        U.SIGNED,
        """
        signed by|signed for|delivered * signed|signature obtained|signature recorded|signature image recorded|delivered * signature|delivered * individual|proof of delivery
        gegen unterschrift|unterschrift * empfang-|quittiert|unterschrieben
        contre signature|signe par|livre * signature
        firmad-|entregado * firma|con firma
        getekend|handtekening ontvangen|voor ontvangst getekend
        firmat-|podpisan-|kvitterad|signerad|assinad-
        """,
        _NOT + _FUTURE + "\nrequired|erforderlich|requise|obligatoria|verplicht|vereist",
    ),
    (
        S.DELIVERED,
        U.NONE,
        """
        delivered|delivery completed|delivery successful|successfully delivered|delivery complete|handed to * resident|handed over to * recipient|picked up by * customer|picked up by * recipient|picked up by * consignee|collected by * customer|collected by * recipient|collected by * consignee|customer has collected|delivery made|picked up at * access point|left with individual|left with * receptionist|received by * customer|has been collected|parcel collected by|delivery was successful|picked up from * parcelshop|delivered to * parcelshop * collected
        zugestellt|ausgeliefert|erfolgreich zugestellt|dem empfanger * ubergeben|zustellung erfolgreich|an den empfanger ubergeben|vom empfanger abgeholt|wurde abgeholt|abgeholt worden|dem empfanger ausgehandigt|empfanger * abgeholt|zustellung erfolgt|erfolgreiche zustellung
        livre|livree|colis livre|distribue|distribuee|remis au destinataire|livraison effectuee|remis a * destinataire|retire par * destinataire|retire par|remise effectuee|a ete livre|livraison reussie
        entregad-|entrega realizada|entrega efectuada|recogido por el destinatario|recogid- por|entrega con exito
        bezorgd|afgeleverd|geleverd|aflevering geslaagd|opgehaald door|afgehaald door|pakket is opgehaald|pakket is afgehaald|uitgereikt
        consegnat-|consegna effettuata|doreczon-|przesylka odebrana|odebran-|levererad|leveret|utlamnad|udleveret|entregue|toimitettu
        """,
        _NOT
        + _FUTURE
        + "\nto * agent|to agent|to usps|to * depot|to customs|to * carrier|to local post|an * zustellbasis",
    ),
    (
        S.EXCEPTION,
        U.CUSTOMS,
        """
        held * customs|customs hold|customs * delay-|clearance delay|customs * inspection|customs documents|customs * missing|customs * required|customs * payment|duties * due|duties * unpaid|held by customs|awaiting customs|customs charges|seized|on hold * customs|clearance * on hold|import fees|customs clearance failed|retained by customs
        vom zoll angehalten|zoll * zuruckgehalten|verzogerung * zoll|zollunterlagen * fehlen|zollbeschau|zollgebuhren|beim zoll zuruck-|verzollung * verzoger-|zollamt hinterlegt
        retenu * douane|bloque * douane|frais de douane|controle douanier|retenu par la douane|droits de douane
        retenid- * aduana|retencion * aduana|pendiente * aduana|gastos de aduana
        vastgehouden * douane|douanekosten|wacht op douane|aangehouden * douane
        fermo in dogana|zatrzyman- * celn-|fast i tullen
        """,
        "released|cleared|completed|freigegeben|abgeschlossen|vrijgegeven",
    ),
    (
        S.IN_TRANSIT,
        U.CUSTOMS,
        """
        customs|clearance|international shipment release|import scan|export scan|inward office of exchange|outward office of exchange
        zoll|verzollung|zollabfertigung|zollabwicklung|einfuhrabfertigung|importabfertigung|exportabfertigung
        douane|dedouanement|douanes|dedouane
        aduana|aduanas|despacho aduanero
        inklaring|ingeklaard|douane
        dogana|sdoganamento|odprawa celna|tull|tullen|told|alfandega
        """,
        "",
    ),
    (
        S.IN_TRANSIT,
        U.WEATHER,
        """
        weather|storm|snow|flood-|hurricane|severe conditions|natural disaster
        wetter|unwetter|witterung-|schnee|sturm|hochwasser
        meteo|intemperies|conditions climatiques|tempete|neige
        meteorolog-|clima|temporal|nieve
        weer|weersomstandigheden|storm|sneeuw
        maltempo|pogod-|vader|vejr
        """,
        "",
    ),
    (
        S.IN_TRANSIT,
        U.DELAYED,
        """
        delay|delayed|delays|running late|late|missed connection|rescheduled|reschedule|postponed|later than|missorted|mis sorted|missort|misrouted|mechanical failure|operational disruption|not expected * in time|strike|delivery date has changed
        verspat-|verzoger-|verschoben|verschiebt|fehlgeleitet|fehlleitung|streik|spater als
        retard|retarde-|reporte-|replanifie-|differe-|erreur dacheminement|greve
        retras-|demora-|aplazad-|reprogramad-|huelga
        vertraag-|vertraging|later dan|uitgesteld|staking|verkeerd gesorteerd
        ritard-|posticipat-|opoznion-|forsenad|forsinket|atrasad-|atraso
        """,
        "late fee",
    ),
    (
        S.EXCEPTION,
        U.NONE,
        """
        exception|on hold|held|shipment cancelled|cancelled|canceled|cannot be processed|action required|undeliverable|problem|incident|disposed|voided|returned to depot|contact us|contact * customer service|security check failed|dangerous goods|prohibited
        unzustellbar|nicht zustellbar|storniert|zuruckgehalten|angehalten|problem|klarung|abweichung|storung
        incident|anomalie|bloque-|annule-|probleme|en souffrance|non distribuable
        incidencia|anulad-|cancelad-|problema|retenid-|estacionad-
        geannuleerd|probleem|aangehouden|onbestelbaar|vastgehouden
        anomalia|annullat-|bloccat-|svincolo|anulowan-|avvikelse|undtagelse|incidente
        """,
        "resolved|no problem",
    ),
    (
        S.IN_TRANSIT,
        U.NONE,
        """
        in transit|arrived|arrival|departed|departure|left|processed|in possession|picked up|pickup scan|origin scan|accepted|acceptance|collected|handed over|received|sorted|sorting|hub|facility|depot|on the way|on its way|en route|dispatched|despatched|shipped|shipment arriving|forwarded|transferred|tendered|loaded|transported|distribution centre|distribution center|parcel centre|parcel delivery centre|terminal|processing|posted
        in bearbeitung|bearbeitet|eingetroffen|angekommen|verlassen|sortiert|transport-|paketzentrum|unterwegs|ubergeben|abgeholt|eingeliefert|verladen|depot|region des empfangers|zustellbasis|weitergeleitet|abgegangen|startpaketzentrum|zielpaketzentrum|weitertransport|ankunft|abgang|umgeschlagen
        en transit|arrive-|depart|parti|pris en charge|trie|achemin-|plateforme|agence|expedie-|en cours dacheminement|traite-|remis a la poste|site de distribution|en transport
        en transito|llegad-|salida|en camino|recogid-|admitid-|clasificad-|centro de|en curso|delegacion|en ruta|salido|almacen
        onderweg|gesorteerd|sorteercentrum|aangekomen|vertrokken|opgehaald|ontvangen|verwerkt|distributiecentrum|in ontvangst|depot
        in transito|arrivat-|partit-|ritirat-|in lavorazione|w drodze|przyjet-|nadan-|under transport|ankommit|ankommet|em transito|hub
        """,
        "",
    ),
)
