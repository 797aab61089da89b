"""The words mail programs put around quotations, in the languages customers write.

Rules elsewhere look at form (a date, an address, a colon at the end, header after header), these
words only confirm it. A newcomer's mistake: a rule for one program. Add its word here instead.
"""

import re

# “… wrote:”
WROTE = re.compile(
    r"""(?:\b(?:
    wrote | writes | schrieb | schreef | geschreven | a\sécrit | écrit | écrivait | escribió
      | escribio
    | ha\sscritto | scrive | escreveu | napisał(?:\(a\))?a? | napisał/a | pisze | skrev | kirjoitti
    | napsal(?:\(a\))?a? | napísal(?:\(a\))?a? | je\snapisao | je\snapisala | je\snapisal
      | написал(?:\(а\))?а?
    | написав(?:\(ла\))? | написала | пише | пишет | писал | написа | ezt\sírta | írta
      | a\sscris | yazdı
    | έγραψε | kirjutas | va\sescriure | rašė | rakstīja | đã\sviết | menulis
    )(?:\b|(?<=\)))|写道|寫道|书写|書きました|のメール|님이\s?작성|님이\s?쓴|작성:|작성함|كتب|كتبت|نوشت|כתב|כתבה|เขียนว่า)""",
    re.I | re.X,
)

# How a line with a date and the writer begins.
OPENER = re.compile(
    r"\W{0,6}(?:on|am|le|el|il|op|em|dnia|w\sdniu|den|på|dne|dňa|la|pe|on\s|at|vào|στις|tarihinde|"
    r"в|at|pada|no|gio|ngày|бол|a|2\d{3})\b",
    re.I,
)

# A day, a year or a time of day, in whatever order and language.
DATED = re.compile(
    r"\b(?:19|20)\d\d\b|(?:19|20)\d\d\s?[年년]|\b\d{1,2}:\d\d\b"
    r"|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|"
    r"\b\d{1,2}\.(?:\s|$)|\b\d{1,2}[h.]\d\d\b"
)
ADDRESS = re.compile(r"[^\s<>()\[\],;:\"]{1,64}@[^\s<>()\[\],;:\"]{2,190}")

_KINDS = {
    "from": "from|von|de|da|van|fra|från|kimden|gönderen|od|от|від|差出人|送信者|发件人"
    "|寄件者|寄件人|보낸 사람|보낸사람"
    "|من|מאת|feladó|lähettäjä|de la|από|expéditeur|remitente|mittente|remetente|avsändare"
    "|afsender|nadawca|odesílatel|absender|saatja|nuo|dari|từ|จาก|از",
    "date": "sent|date|gesendet|datum|envoyé|envoyé le|enviado|enviado el|enviada|enviada em"
    "|enviado em|fecha|data"
    "|data invio|inviato|verzonden|verzonden op|sendt|dato|skickat|lähetetty|päivämäärä"
    "|päiväys|wysłano|wysłane|odesláno"
    "|gönderilme|tarih|gönderme tarihi|gönderildi|отправлено|дата|надіслано|送信日時|送信日"
    "|日付|日時|发送时间|日期|傳送日期"
    "|寄件日期|보낸 날짜|날짜|تاريخ|التاريخ|أرسلت|تم الإرسال|تاريخ الإرسال|נשלח|תאריך|בתאריך"
    "|elküldve|küldve|dátum|trimis"
    "|ημερομηνία|εστάλη|στάλθηκε|sent at|received|poslano|odoslané|poslané|изпратено|kuupäev"
    "|saadetud|išsiųsta|tanggal|dikirim|ngày|วันที่|تاریخ",
    "to": "to|an|à|a|para|aan|til|till|komu|do|кому|宛先|收件人|받는 사람|받는사람|إلى|אל"
    "|címzett|vastaanottaja|kime|către"
    "|catre|προς|destinatario|destinataire|destinatário|pour|alıcı|pro|k|la|za|до|saaja|per a"
    "|kepada|đến|ถึง|به|เรียน",
    "subject": "subject|betreff|objet|asunto|oggetto|onderwerp|assunto|temat|emne|ämne|aihe"
    "|předmět|тема|件名|主题|主旨"
    "|標題|主題|제목|الموضوع|נושא|הנדון|tárgy|konu|subiect|subiectul|θέμα|sujet|predmet"
    "|zadeva|относно|teema|tema|assumpte|subjek|perihal|chủ đề|เรื่อง|موضوع",
    "cc": "cc|kopie|copie|copia|kopia|kopi|копия|копія|抄送|副本|참조|bilgi|másolat|κοιν"
    "|reply-to|antwort an|répondre à"
    "|responder a|rispondi a|organization|importance|wichtigkeit|priorität|priority",
}
HEADER_LINE = re.compile(
    r"[\s>*_|]{0,12}(?:"
    + "|".join(f"(?P<{kind}>{words})" for kind, words in _KINDS.items())
    + r")[\s*_]{0,4}[:：][\s*_]{0,4}(?=\S|$)",
    re.I,
)

# “-----Original Message-----”
ORIGINAL = re.compile(
    r"""original\s(?:message|mail|e-?mail|appointment) | forwarded\s(?:message|mail)
      | begin\sforwarded | begin\sfwd
    | ursprüngliche\s(?:nachricht|e-?mail|mail) | original-?nachricht | originalnachricht
      | weitergeleitete[nr]?\s(?:nachricht|e-?mail)
    | message\s(?:d['’]origine|original|transféré|transmis) | mensaje\s(?:original
      |reenviado) | messaggio\s(?:originale|inoltrato)
    | oorspronkelijk(?:e)?\s(?:bericht|e-?mail) | doorgestuurd\sbericht
      | mensagem\s(?:original|encaminhada)
    | (?:oryginalna|wiadomość)\s(?:wiadomość|oryginalna) | wiadomość\sprzekazana
      | przekazana\swiadomość
    | ursprungligt\smeddelande | originalmeddelande | vidarebefordra
      | oprindelig\s(?:meddelelse|besked) | opprinnelig\smelding
    | videresendt | alkuperäinen\sviesti | edelleenlähetetty | välitetty\sviesti
      | původní\s(?:zpráva|e-?mail) | přeposlaná
    | pôvodná\sspráva | исходное\sсообщение | пересылаемое\sсообщение
      | оригинальное\sсообщение | пересланное\sсообщение
    | оригінальне\sповідомлення | переслане\sповідомлення | 元のメッセージ
      | 転送(?:された)?メッセージ | 原始邮件 | 原邮件 | 原始郵件
    | 转发(?:的)?邮件 | 轉寄(?:的)?郵件 | 轉寄訊息 | 원본\s?메[시세]지 | 전달된\s?메[시세]지
      | 원본\s?메일 | الرسالة\sالأصلية | رسالة\sمعاد
    | הודעה\sמקורית | הודעה\sשהועברה | orijinal\s(?:mesaj|ileti) | özgün\silet
      | iletilen\sileti | yönlendirilen
    | eredeti\süzenet | továbbított | mesaj(?:ul)?\s(?:original|redirecționat|inițial)
      | αρχικό\sμήνυμα | προωθημένο\sμήνυμα
    | d[ée]but\sdu\s(?:message|courriel) | inicio\sdel\smensaje
      | inizio\s(?:del\s)?messaggio | início\sda\smensagem
    | początek\sprzek | rozpoczęcie\sprzek | začátek\spřepos | начало\sпере | початок\sпере
      | továbbított\slevél
    | algne\skiri | originele\sbericht""",
    re.I | re.X,
)
# Those of them that say that somebody passes the mail on.
FORWARDED = re.compile(
    r"""forwarded\s(?:message|mail|by) | (?:begin|start)\s(?:of\s)?(?:the\s)?(?:forwarded|fwd)
    | weitergeleitete | weiterleitung | doorgestuurd | doorgezonden
    | (?:message|courriel)\s(?:transféré|transmis|réexpédié) | mensaje\sreenviado
    | messaggio\sinoltrato | mensagem\s(?:encaminhada|reencaminhada)
    | wiadomość\sprzekazana | przekazana\swiadomość | przekazywanej\swiadomości
    | vidarebefordra | videresendt | edelleenlähetetty | välitetty\sviesti | edelleen\slähetetty
    | přeposlan | přeposílan | preposlan | пересылаемое | пересланн | переслане | пересилан
    | препратено | proslijeđen | prosleđen | posredovan | edastatud | persiųst
    | 転送 | 转发 | 轉寄 | 轉發 | 전달된 | الرسالة\sالمعاد | رسالة\sمعاد | إعادة\sتوجيه
    | שהועברה | הודעה\sמועברת
    | iletilen\s(?:ileti|mesaj) | yönlendirilen | továbbított | redirecționat | προωθημένο
    | προωθούμενο | missatge\sreenviat | chuyển\stiếp | pesan\s(?:yang\s)?diteruskan""",
    re.I | re.X,
)
ABOVE = re.compile(
    r"reply\sabove\sthis\sline|reply\sabove\s(?:the|this)|type\syour\sreply\sabove"
    r"|above\sthis\sline\sto\sreply|"
    r"antworten?\s(?:sie\s)?(?:bitte\s)?(?:über|oberhalb)\sdieser\s(?:zeile|linie)"
    r"|répond\w*\sau-dessus\sde\scette\sligne",
    re.I,
)

# “Sent from my iPhone”: a device or program, and the form such lines have in a language. Forms are
# narrow, because customers write “I sent the phone back” and “das Handy habe ich verschickt”.
_DEVICE = (
    r"(?:iphone|ipad|ipod|ios|android|samsung|galaxy|huawei|xiaomi|redmi|oneplus|nokia|htc"
    r"|motorola"
    r"|pixel|sony|xperia|alcatel|oppo|blackberry|windows|outlook|mailbox|airmail|sparrow|k-?9"
    r"|spark"
    r"|proton\s?mail|yahoo|aol|mail\s?app|gmail|thunderbird|edison|blue\s?mail|tutanota|gmx"
    r"|web\.de"
    r"|mail\.ru|seznam|mobile?\b|mobil|móvil|m[oó]vel|mobiel|komórk|telefon|t[eé]l[eé]fon|tablet"
    r"|smartphone|handy|phone|cell|ti-\d|device(?!s)|apparaa?t|puhelime|smartfon|мобильн|телефон"
    r"|смартфон|携帯|スマート|スマホ|手机|手機|휴대폰|아이폰|mail\b|متصفح|هاتف|جوال|κινητό)"
)
_FIRST = (
    r"(?:sent|written|typed|posted|envoyée?|enviad[oa]|inviat[oa]|verzonden|verstuurd"
    r"|gesendet|wysłan\w*"
    r"|skickat|sendt|lähetetty|od[eo]slán\w*|poslán\w*|odoslan\w*|trimis|saadetud|enviat"
    r"|отправлен\w*"
    r"|надіслан\w*|послано|εστάλη|στάλθηκε|أرسلت|أُرسلت|مُرسل\w*|تم\sالإرسال|נשלח)"
)
_FROM = (
    r"(?:from|via|with|using|by|through|on|de|du|depuis|avec|à|sur|desde|con|a|com|do|da|dal"
    r"|dalla|pelo|van"
    r"|vanaf|met|mijn|von|mit|über|z|ze|za|přes|från|fra|med|ifrån|min|minun|iphone\w*|с|со"
    r"|из|з|із|через|від"
    r"|από|με|din|prin|cu|من|عبر|מ\S*|ב\S*|את)"
)
_LAST = (
    r"(?:から送信\S{0,6}|より送信\S{0,6}|傳送|传送|寄出|发送|보냄|보냈습니다|gönderildi"
    r"|küldve|küldtem|lähetetty"
    r"|ile\sgönderildi)"
)
_THIS = (
    r"(?:this|th[ei]s|dies[er]?|diese[rs]?|cet?|cette|est[ea]|quest[ao]|dit|deze|ten|ta|detta"
    r"|denne|dette|tämä"
    r"|tento|tato|это|этот|ця|цей|bu|acest|αυτό)\s(?:e-?mail|message|mail|nachricht|courriel"
    r"|mensaje|correo"
    r"|mensagem|messaggio|bericht|wiadomość|meddelande|besked|melding|viesti|zpráva|письмо"
    r"|сообщение|лист"
    r"|ileti|mesaj|μήνυμα)"
)
MOBILE = re.compile(
    rf"""[\W_]{{0,6}}(?:
    {_FIRST}\W{{1,3}}{_FROM}\b.{{0,40}}?{_DEVICE}.{{0,70}}
    | (?:\w{{1,20}}\s){{0,2}}(?:from|via)\s(?:my\s)?{_DEVICE}.{{0,20}}
    | sent\sby\s{_DEVICE}.{{0,20}}
    | (?:get|download|obtén|obtenga|obtenir|téléchargez|holen\ssie\ssich|scarica|ottieni
      |baixe|obter
      |pobierz|hämta|hent|hanki|загрузить|скачать|获取|獲取|取得)\W{{1,4}}{_DEVICE}.{{0,70}}
    | von\s(?:meine[mr]|unterwegs|mobil)\b.{{0,60}}(?:gesendet|geschickt|verschickt).{{0,60}}
    | (?:vanaf|vanuit|met|von|fra|från)\s(?:mijn|min|mit)\b.{{0,40}}{_DEVICE}.{{0,30}}
    | {_THIS}\b.{{0,50}}?{_FIRST}\b.{{0,40}}?{_DEVICE}.{{0,50}}
    | {_THIS}\b.{{0,50}}?{_DEVICE}.{{0,50}}?(?:{_FIRST}|verschickt|geschickt)\b.{{0,20}}
    | (?:\S{{1,20}}\s){{0,3}}?\S{{0,12}}{_DEVICE}\S{{0,20}}(?:\s\S{{1,20}}){{0,2}}?\s?{_LAST}
    | (?:发自|發自|從我的|从我的|寄自).{{0,40}}
    )$""",
    re.I | re.X,
)
FOOTER = re.compile(
    r"virus-?free\.?\s|.{0,40}(?:checked|scanned)\s(?:for\sviruses\s)?by\s|.{0,40}(?:avast"
    r"|avg)\b.{0,60}(?:virus|geprüft)|"
    r"(?:virenfrei|sans\svirus|libre\sde\svirus|privo\sdi\svirus|virusvrij)\b",
    re.I,
)
