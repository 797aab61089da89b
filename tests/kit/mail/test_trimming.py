"""Replies taken apart: what is new, what is quoted, what is signature. All texts are our own."""

import pytest

from shopbell.kit.mail.reading import trim_html, trim_text

REPLIES = {
    "Chinese": (
        "好的，谢谢！\n\n"
        "张三 <zhang@example.cn> 于2026年3月5日周四 下午3:04写道：\n\n> 您好\n> 您的订单",
        "好的，谢谢！",
    ),
    "Chinese, QQ": (
        (
            '好的\n\n------------------ 原始邮件 ------------------\n发件人: "店"<a@b.cn>;\n'
            '发送时间: 2026年3月5日(星期四) 下午3:04\n收件人: "x"<c@d.cn>;\n主题: 订单\n\n您好'
        ),
        "好的",
    ),
    "Japanese": (
        "ありがとうございます。\n\n"
        "2026年3月5日(木) 15:04 山田 <yamada@example.jp>:\n\n> こんにちは",
        "ありがとうございます。",
    ),
    "Japanese, iPhone": (
        (
            "了解です\n\niPhoneから送信\n\n2026/03/05 15:04、山田 <yamada@example.jp>のメール:\n\n"
            "> こんにちは"
        ),
        "了解です",
    ),
    "Korean": (
        "네, 감사합니다.\n\n2026년 3월 5일 (목) 오후 3:04, 가게 <a@b.kr>님이 작성:\n\n> 안녕하세요",
        "네, 감사합니다.",
    ),
    "Hebrew": (
        (
            "תודה רבה\n\n"
            "בתאריך יום ה׳, 5 במרץ 2026 ב-15:04 מאת חנות <\u202aa@b.co.il\u202c\u200f>:\u202c\n"
            "\n> שלום"
        ),
        "תודה רבה",
    ),
    "Arabic": (
        (
            "شكرا جزيلا\n\n"
            "في الخميس، 5 مارس 2026 في 3:04 م تمت كتابة ما يلي بواسطة <\u202aa@b.ae\u202c\u200f>:\n"
            "\n> مرحبا"
        ),
        "شكرا جزيلا",
    ),
    "Turkish": (
        (
            "Teşekkürler\n\n"
            "Mağaza <a@b.tr>, 5 Mar 2026 Per, 15:04 tarihinde şunu yazdı:\n\n> Merhaba"
        ),
        "Teşekkürler",
    ),
    "Hungarian": (
        ("Köszönöm!\n\nBolt <a@b.hu> ezt írta (időpont: 2026. márc. 5., Cs, 15:04):\n\n> Szia"),
        "Köszönöm!",
    ),
    "Romanian": (
        ("Mulțumesc\n\nPe joi, 5 mar. 2026 la 15:04, Magazin <a@b.ro> a scris:\n\n> Bună"),
        "Mulțumesc",
    ),
    "Greek": (
        (
            "Ευχαριστώ\n\n"
            "Στις Πέμ 5 Μαρ 2026 στις 3:04 μ.μ., ο χρήστης Shop <a@b.gr> έγραψε:\n\n"
            "> Γεια"
        ),
        "Ευχαριστώ",
    ),
    "Swedish": (
        "Tack!\n\nDen tors 5 mars 2026 kl 15:04 skrev Butik <a@b.se>:\n\n> Hej",
        "Tack!",
    ),
    "Danish": (
        "Tak\n\nDen tor. 5. mar. 2026 kl. 15.04 skrev Butik <a@b.dk>:\n\n> Hej",
        "Tak",
    ),
    "Norwegian": (
        "Takk\n\ntor. 5. mars 2026 kl. 15:04 skrev Butikk <a@b.no>:\n\n> Hei",
        "Takk",
    ),
    "Finnish": (
        "Kiitos\n\nto 5. maalisk. 2026 klo 15.04 Kauppa (a@b.fi) kirjoitti:\n\n> Hei",
        "Kiitos",
    ),
    "Czech": (
        ("Děkuji\n\nčt 5. 3. 2026 v 15:04 odesílatel Obchod <a@b.cz> napsal:\n\n> Dobrý den"),
        "Děkuji",
    ),
    "Czech, Seznam": (
        (
            "Děkuji\n\n---------- Původní e-mail ----------\nOd: Obchod <a@b.cz>\n"
            "Komu: x@y.cz\nDatum: 5. 3. 2026 15:04:00\nPředmět: Objednávka\nDobrý den"
        ),
        "Děkuji",
    ),
    "Portuguese": (
        ("Obrigado\n\nEm qui., 5 de mar. de 2026 às 15:04, Loja <a@b.pt> escreveu:\n\n> Olá"),
        "Obrigado",
    ),
    "Dutch": (
        "Bedankt\n\nOp do 5 mrt 2026 om 15:04 schreef Winkel <a@b.nl>:\n\n> Hoi",
        "Bedankt",
    ),
    "Ukrainian": (
        "Дякую\n\nчт, 5 бер. 2026 р. о 15:04 Крамниця <a@b.ua> пише:\n\n> Привіт",
        "Дякую",
    ),
    "Russian": (
        ("Спасибо\n\n5 марта 2026 г., в 15:04, Магазин <a@b.ru> написал(а):\n\n> Привет"),
        "Спасибо",
    ),
    "Russian, Mail.ru": (
        ("Спасибо\n\n>Четверг, 5 марта 2026, 15:04 +03:00 от Магазин <a@b.ru>:\n>\n>Привет"),
        "Спасибо",
    ),
    "Russian, Yandex": (
        (
            "Спасибо\n\n-- \nС уважением,\nИван\n\n\n"
            '05.03.2026, 15:04, "Магазин" <a@b.ru>:\n\nПривет\nтекст'
        ),
        "Спасибо",
    ),
    "German, Outlook": (
        (
            "Danke!\n\nVon: Shop <a@b.de>\nGesendet: Donnerstag, 5. März 2026 15:04\n"
            "An: x@y.de\nBetreff: Ihre Bestellung\n\nHallo"
        ),
        "Danke!",
    ),
    "German, web.de": (
        (
            "Danke!\n\nGesendet: Donnerstag, 05. März 2026 um 15:04 Uhr\n"
            'Von: "Shop" <a@b.de>\nAn: x@y.de\nBetreff: Ihre Bestellung\nHallo'
        ),
        "Danke!",
    ),
    "German, iPhone": (
        (
            "Danke!\n\nVon meinem iPhone gesendet\n\n"
            "> Am 05.03.2026 um 15:04 schrieb Shop <a@b.de>:\n> \n> \ufeffHallo"
        ),
        "Danke!",
    ),
    "French, Outlook": (
        (
            "Merci\n\nDe : Boutique <a@b.fr>\nEnvoyé : jeudi 5 mars 2026 15:04\n"
            "À : x@y.fr\nObjet : Votre commande\n\nBonjour"
        ),
        "Merci",
    ),
    "Spanish": (
        ("Gracias\n\nEl jue, 5 mar 2026 a las 15:04, Tienda (<a@b.es>) escribió:\n\n> Hola"),
        "Gracias",
    ),
    "Italian, wrapped": (
        (
            "Grazie\n\nIl giorno gio 5 mar 2026 alle ore 15:04 Negozio <a@b.it> ha\n"
            "scritto:\n\n> Ciao"
        ),
        "Grazie",
    ),
    "Polish": (
        "Dziękuję\n\nczw., 5 mar 2026 o 15:04 Sklep <a@b.pl> napisał(a):\n\n> Cześć",
        "Dziękuję",
    ),
    "Outlook on a phone": (
        (
            "Yes please\n\nGet Outlook for Android<https://aka.ms/x>\n"
            "________________________________\nFrom: Shop <a@b.example>\n"
            "Sent: Thursday, March 5, 2026 3:04:00 PM\nTo: x@y.example <x@y.example>\n"
            "Subject: Order\n\nHello"
        ),
        "Yes please",
    ),
    "Yahoo on a phone": (
        (
            "Yes please\n\nSent from Yahoo Mail on Android\n\n"
            "  On Thu, Mar 5, 2026 at 15:04, Shop<a@b.example> wrote:   Hello there"
        ),
        "Yes please",
    ),
    "Samsung": (
        (
            "Yes please\n\n\n\nSent from my Galaxy\n\n\n"
            "-------- Original message --------\nFrom: Shop <a@b.example>\n"
            "Date: 05/03/2026 15:04 (GMT+00:00)\nTo: x@y.example\nSubject: Order\n\nHello"
        ),
        "Yes please",
    ),
    "forwarded by Apple": (
        (
            "see this\n\nBegin forwarded message:\n\nFrom: Shop <a@b.example>\n"
            "Subject: Order\nDate: 5 March 2026 at 15:04:00 CET\nTo: x@y.example\n\nHello"
        ),
        "see this",
    ),
    "forwarded by Apple, German": (
        (
            "siehe hier\n\nAnfang der weitergeleiteten Nachricht:\n\n"
            "Von: Shop <a@b.example>\nBetreff: Order\n"
            "Datum: 5. März 2026 um 15:04:00 MEZ\nAn: x@y.example\n\nHello"
        ),
        "siehe hier",
    ),
    "Proton": (
        (
            "yes\n\nSent with Proton Mail secure email.\n\n"
            "On Thursday, March 5th, 2026 at 3:04 PM, Shop <a@b.example> wrote:\n\n"
            "> Hello"
        ),
        "yes",
    ),
}

# Nothing in these is a quotation, though some of it looks like one.
WHOLE = {
    "order list": (
        "My orders:\n\n1) 1001 of 3.5.2026\n2) 1002\n\nFrom: Berlin\nTo: Hamburg\n\nplease ship"
    ),
    "said": ("On 3 May 2026 you wrote that it ships tomorrow.\nIt is now the 10th:\nwhere is it?"),
    "said2": 'The seller wrote:\n"it will come on 5.5.2026"\nbut nothing came',
    "table": "| a | b |\n| c | d |\n| e | f |\nok?",
    "sent": "I sent the phone back yesterday.\nThe iPhone was sent by UPS",
    "sent2": "Where is my order?\nIt was sent from the wrong address",
}


def folded(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("name", REPLIES)
def test_the_new_words_are_found(name: str) -> None:
    text, new = REPLIES[name]
    assert folded(trim_text(text).new) == folded(new)


@pytest.mark.parametrize("name", REPLIES)
def test_no_word_disappears(name: str) -> None:
    text, _ = REPLIES[name]
    trimmed = trim_text(text)
    kept = folded(f"{trimmed.new} {trimmed.quoted} {trimmed.signature}").split()
    assert sorted(kept) == sorted(folded(text).split())


@pytest.mark.parametrize("name", WHOLE)
def test_what_is_no_quotation_stays(name: str) -> None:
    assert folded(trim_text(WHOLE[name]).new) == folded(WHOLE[name])


def test_answers_between_quotations_keep_what_they_answer() -> None:
    trimmed = trim_text(
        "On 5 Mar 2026, at 15:04, Shop <a@b.example> wrote:\n\n> Which size?\n\nThe large one.\n\n"
        "> Which colour?\n\nBlue.\n\n> Regards\n> Shop"
    )
    assert trimmed.new == "> Which size?\n\nThe large one.\n\n> Which colour?\n\nBlue."
    assert "Regards" in trimmed.quoted


def test_words_below_a_quotation_are_new() -> None:
    assert trim_text("> Which size?\n\nLarge").new == "Large"
    text = (
        "Hi Anna,\n\nOn 5 Mar 2026, Shop <a@b.example> wrote:\n> Which size?\n\n"
        "The large one please."
    )
    assert folded(trim_text(text).new) == "Hi Anna, The large one please."


def test_a_forward_without_words_is_all_quotation() -> None:
    text = (
        "---------- Forwarded message ---------\nFrom: A <a@b.example>\nDate: Tue\nSubject: x\n\nhi"
    )
    assert trim_text(text).new == ""
    assert "hi" in trim_text(text).quoted


def test_a_signature_is_set_apart_and_a_greeting_is_not() -> None:
    trimmed = trim_text("Please call.\n\nBest regards,\nMia\n\n-- \nMia Lark\n+44 20 7946 0000")
    assert trimmed.new == "Please call.\n\nBest regards,\nMia"
    assert trimmed.signature == "--\nMia Lark\n+44 20 7946 0000"


def test_an_empty_text_gives_nothing() -> None:
    assert trim_text("").new == ""


GMAIL = (
    "<div dir='ltr'>Yes please</div><br><div class='gmail_quote gmail_quote_container'><div "
    "class='gmail_attr'>"
    "Am Do., 5. März 2026 um 15:04 Uhr schrieb Shop &lt;<a href='mailto:a@b.example'>"
    "a@b.example</a>&gt;:<br></div>"
    "<blockquote class='gmail_quote'>Old words</blockquote></div>"
)
OUTLOOK_WEB = (
    "<div>Yes please</div><div id='appendonsend'></div><hr><div id='divRplyFwdMsg'><b>From:</b> "
    "Shop<br></div>"
    "<div>Old words</div>"
)
OUTLOOK = (
    "<div class=WordSection1><p>Yes please</p><div><div style='border:none;border-top:solid "
    "#E1E1E1 1.0pt'>"
    "<p><b>Von:</b> Shop<br><b>Gesendet:</b> heute<br><b>An:</b> Mia<br><b>Betreff:</b> "
    "Größe</p></div></div>"
    "<p>Old words</p></div>"
)
APPLE = (
    "<div>Yes please</div><div><br><blockquote type='cite'><div>On 5 Mar 2026, at 15:04, Shop "
    "&lt;a@b.example&gt; wrote:</div><div>Old words</div></blockquote></div>"
)
YAHOO = (
    "<div class='ydp1'>Yes please</div><div id='ydp2yahoo_quoted_1' class='ydp2yahoo_quoted'>"
    "<div>On Thursday, Shop wrote:</div><div>Old words</div></div>"
)
THUNDERBIRD = (
    "<p>Yes please</p><div class='moz-cite-prefix'>Shop kirjutas 5.03.2026:<br></div>"
    "<blockquote type='cite'>Old words</blockquote>"
)
PAGES = {
    "Gmail": GMAIL,
    "Outlook on the web": OUTLOOK_WEB,
    "Outlook": OUTLOOK,
    "Apple": APPLE,
    "Yahoo": YAHOO,
    "Thunderbird": THUNDERBIRD,
}


@pytest.mark.parametrize("name", PAGES)
def test_html_of_the_common_programs_is_cut_before_the_quotation(name: str) -> None:
    new, quoted = trim_html(PAGES[name])
    assert "Yes please" in new
    assert "Old words" not in new
    assert "Shop" not in new
    assert "Old words" in quoted
    assert "Yes please" not in quoted


def test_html_answered_below_loses_the_quotation_only() -> None:
    new, quoted = trim_html(
        "<div class='moz-cite-prefix'>On 05.03.26 15:04, Shop wrote:<br></div>"
        "<blockquote type='cite'>Old words</blockquote><p>Yes please</p>"
    )
    assert "Yes please" in new
    assert "Old words" not in new
    assert "wrote" not in new
    assert "Old words" in quoted


def test_html_answered_between_the_lines_stays_whole() -> None:
    page = (
        "<div>On 5 Mar 2026, Shop &lt;a@b.example&gt; wrote:</div><blockquote type='cite'>Which "
        "size?</blockquote>"
        "<p>The large one.</p><blockquote type='cite'>Which colour?</blockquote><p>Blue it is, "
        "please.</p>"
    )
    assert trim_html(page) == (page, "")


@pytest.mark.parametrize(
    "page",
    ["", "<p>Hello</p>", "<div>" * 1000, "<?xml version='1.0' encoding='utf-8'?><p>x</p>", "\0<"],
)
def test_html_without_a_quotation_comes_back_as_it_was(page: str) -> None:
    assert trim_html(page) == (page, "")
