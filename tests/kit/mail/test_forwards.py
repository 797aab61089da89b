"""Mails that somebody passes on: who wrote them, when, what, and what was said above."""

from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from shopbell.kit.mail.reading import Mail, MailReaders, read_mail
from shopbell.kit.mail.reading.forwards import bare_forward, innermost
from shopbell.kit.mail.reading.mails import Forwarded
from shopbell.kit.mail.reading.written_dates import read_date

MARA = ("Mara Kern", "mara@example.com")
NINE = datetime(2026, 11, 3, 9, 5)  # most forms below name no zone

# Language and program: subject, text.
TEXTS = {
    "English, Gmail": (
        "Fwd: Broken cup",
        "Can you take this?\n\n---------- Forwarded message ---------\n"
        "From: Mara Kern <mara@example.com>\nDate: Tue, Nov 3, 2026 at 9:05 AM\n"
        "Subject: Broken cup\nTo: <ada@lark.example>\n\n\n{}",
    ),
    "English, Outlook": (
        "FW: Broken cup",
        "Can you take this?\n\n________________________________\n"
        "From: Mara Kern <mara@example.com>\nSent: Tuesday, November 3, 2026 9:05 AM\n"
        "To: Ada <ada@lark.example>; Tom\n <tom@lark.example>\nSubject: Broken cup\n\n{}",
    ),
    "English, old Outlook": (
        "FW: Broken cup",
        "Can you take this?\n\n-----Original Message-----\n"
        "From: Mara Kern [mailto:mara@example.com]\nSent: Tuesday, November 3, 2026 9:05 AM\n"
        "To: Ada\nSubject: Broken cup\n\n{}",
    ),
    "English, Apple Mail": (
        "Fwd: Broken cup",
        "Can you take this?\n\nBegin forwarded message:\n\n"
        "> From: Mara Kern <mara@example.com>\n> Subject: Broken cup\n"
        "> Date: 3 November 2026 at 09:05\n> To: ada@lark.example\n> \n{quoted}",
    ),
    "English, Thunderbird": (
        "Fwd: Broken cup",
        "Can you take this?\n\n-------- Forwarded Message --------\n"
        "Subject: \tBroken cup\nDate: \tTue, 3 Nov 2026 09:05\n"
        "From: \tMara Kern <mara@example.com>\nTo: \tada@lark.example\n\n\n\n{}",
    ),
    "bold names, address twice": (
        "Fwd: Broken cup",
        "Can you take this?\n\n*From:* Mara Kern <mara@example.com <mailto:mara@example.com>>\n"
        "*Sent:* Tuesday, November 3, 2026 9:05 AM\n*To:* Ada\n*Subject:* Broken cup\n\n{}",
    ),
    "German, GMX": (
        "Fw: Broken cup",
        "Can you take this?\n\n\nGesendet: Dienstag, 03. November 2026 um 09:05 Uhr\n"
        'Von: "Mara Kern" <mara@example.com>\nAn: ada@lark.example\nBetreff: Broken cup\n\n{}',
    ),
    "German, Outlook": (
        "WG: Broken cup",
        "Can you take this?\n\nVon: Mara Kern <mara@example.com>\n"
        "Gesendet: Dienstag, 3. November 2026 09:05\nAn: Ada\nBetreff: Broken cup\n\n{}",
    ),
    "German, Apple Mail": (
        "Fwd: Broken cup",
        "Can you take this?\n\nAnfang der weitergeleiteten Nachricht:\n\n"
        "Von: Mara Kern <mara@example.com>\nBetreff: Broken cup\n"
        "Datum: 3. November 2026 um 09:05\nAn: ada@lark.example\n\n{}",
    ),
    "French, Outlook": (
        "TR: Broken cup",
        "Can you take this?\n\nDe : Mara Kern <mara@example.com>\n"
        "Envoyé : mardi 3 novembre 2026 09:05\nÀ : Ada\nObjet : Broken cup\n\n{}",
    ),
    "French, Apple Mail": (
        "Fwd: Broken cup",
        "Can you take this?\n\nDébut du message réexpédié :\n\n"
        "De: Mara Kern <mara@example.com>\nObjet: Broken cup\n"
        "Date: 3 novembre 2026 à 09:05\nÀ: ada@lark.example\n\n{}",
    ),
    "Spanish": (
        "RV: Broken cup",
        "Can you take this?\n\nDe: Mara Kern <mara@example.com>\n"
        "Enviado el: martes, 3 de noviembre de 2026 9:05\nPara: Ada\nAsunto: Broken cup\n\n{}",
    ),
    "Italian": (
        "I: Broken cup",
        "Can you take this?\n\nDa: Mara Kern <mara@example.com>\n"
        "Inviato: martedì 3 novembre 2026 09:05\nA: Ada\nOggetto: Broken cup\n\n{}",
    ),
    "Dutch": (
        "Doorst: Broken cup",
        "Can you take this?\n\n---------- Doorgestuurd bericht ---------\n"
        "Van: Mara Kern <mara@example.com>\nDatum: di 3 nov 2026 09:05\n"
        "Onderwerp: Broken cup\nAan: Ada\n\n{}",
    ),
    "Portuguese": (
        "ENC: Broken cup",
        "Can you take this?\n\nDe: Mara Kern <mara@example.com>\n"
        "Enviada em: terça-feira, 3 de novembro de 2026 09:05\nPara: Ada\n"
        "Assunto: Broken cup\n\n{}",
    ),
    "Polish": (
        "PD: Broken cup",
        "Can you take this?\n\n---------- Wiadomość przekazana ---------\n"
        "Od: Mara Kern <mara@example.com>\nData: wt., 3 lis 2026 o 09:05\n"
        "Temat: Broken cup\nDo: Ada\n\n{}",
    ),
    "Swedish": (
        "VB: Broken cup",
        "Can you take this?\n\nFrån: Mara Kern <mara@example.com>\n"
        "Skickat: den 3 november 2026 09:05\nTill: Ada\nÄmne: Broken cup\n\n{}",
    ),
    "Danish": (
        "Fwd: Broken cup",
        "Can you take this?\n\nFra: Mara Kern <mara@example.com>\n"
        "Sendt: 3. november 2026 09:05\nTil: Ada\nEmne: Broken cup\n\n{}",
    ),
    "Finnish": (
        "VL: Broken cup",
        "Can you take this?\n\nLähettäjä: Mara Kern <mara@example.com>\n"
        "Lähetetty: tiistai 3. marraskuuta 2026 9.05\nVastaanottaja: Ada\nAihe: Broken cup\n\n{}",
    ),
    "Czech": (
        "FW: Broken cup",
        "Can you take this?\n\nOd: Mara Kern <mara@example.com>\n"
        "Odesláno: úterý 3. listopadu 2026 9:05\nKomu: Ada\nPředmět: Broken cup\n\n{}",
    ),
    "Hungarian": (
        "Továbbítás: Broken cup",
        "Can you take this?\n\nFeladó: Mara Kern <mara@example.com>\n"
        "Elküldve: 2026. november 3., kedd 9:05\nCímzett: Ada\nTárgy: Broken cup\n\n{}",
    ),
    "Turkish": (
        "İLT: Broken cup",
        "Can you take this?\n\nKimden: Mara Kern <mara@example.com>\n"
        "Gönderildi: 3 Kasım 2026 Salı 09:05\nKime: Ada\nKonu: Broken cup\n\n{}",
    ),
    "Russian": (
        "Fwd: Broken cup",
        "Can you take this?\n\n-------- Пересылаемое сообщение --------\n"
        "От: Mara Kern <mara@example.com>\nДата: вт, 3 нояб. 2026 г. в 09:05\n"
        "Тема: Broken cup\nКому: Ada\n\n{}",
    ),
    "Ukrainian": (
        "Fwd: Broken cup",
        "Can you take this?\n\nВід: Mara Kern <mara@example.com>\n"
        "Надіслано: 3 листопада 2026 р. 09:05\nКому: Ada\nТема: Broken cup\n\n{}",
    ),
    "Greek": (
        "ΠΡΘ: Broken cup",
        "Can you take this?\n\nΑπό: Mara Kern <mara@example.com>\n"
        "Στάλθηκε: Τρίτη, 3 Νοεμβρίου 2026 9:05 π.μ.\nΠρος: Ada\nΘέμα: Broken cup\n\n{}",
    ),
    "Romanian": (
        "Fwd: Broken cup",
        "Can you take this?\n\nDe la: Mara Kern <mara@example.com>\n"
        "Trimis: marți, 3 noiembrie 2026 09:05\nCătre: Ada\nSubiect: Broken cup\n\n{}",
    ),
    "Japanese": (
        "Fwd: Broken cup",
        "Can you take this?\n\n差出人: Mara Kern <mara@example.com>\n"
        "送信日時: 2026年11月3日 9:05\n宛先: Ada\n件名: Broken cup\n\n{}",
    ),
    "Chinese": (
        "转发: Broken cup",
        "Can you take this?\n\n------------------ 转发邮件 ------------------\n"
        '发件人: "Mara Kern"<mara@example.com>;\n发送时间: 2026年11月3日(星期二) 上午9:05\n'
        '收件人: "Ada"<ada@lark.example>;\n主题: Broken cup\n\n{}',
    ),
    "Korean": (
        "Fwd: Broken cup",
        "Can you take this?\n\n---------- 전달된 메일 ---------\n"
        "보낸사람: Mara Kern <mara@example.com>\n날짜: 2026년 11월 3일 (화) 오전 9:05\n"
        "제목: Broken cup\n받는사람: Ada\n\n{}",
    ),
    "Hebrew": (
        "Fwd: Broken cup",
        "Can you take this?\n\n\u200f---------- הודעה שהועברה ---------\n"
        "\u200fמאת: \u202aMara Kern\u202c <mara@example.com>\n\u200fתאריך: 3.11.2026 9:05\n"
        "\u200fנושא: Broken cup\n\u200fאל: Ada\n\n{}",
    ),
    "Arabic": (
        "Fwd: Broken cup",
        "Can you take this?\n\nمن: Mara Kern <mara@example.com>\nتم الإرسال: 3 نوفمبر 2026 9:05\n"
        "إلى: Ada\nالموضوع: Broken cup\n\n{}",
    ),
}  # fmt: skip
BODY = "Hello,\n\none of the cups is cracked.\n> I had asked before\n\nMara"


def mail(subject: str, text: str, **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Ada <ada@lark.example>"
    made["To"] = "hello@lark.example"
    made["Subject"] = subject
    for name, value in headers.items():
        made[name] = value
    made.set_content(text)
    return made


def passed_on(subject: str, text: str) -> Forwarded:
    found = read_mail(mail(subject, text).as_bytes()).forwarded
    assert found is not None
    return found


@pytest.mark.parametrize("manner", TEXTS)
def test_a_mail_passed_on_in_the_text_is_found(manner: str) -> None:
    subject, text = TEXTS[manner]
    quoted = "\n".join(f"> {line}" for line in BODY.split("\n"))
    found = passed_on(subject, text.format(BODY, quoted=quoted))
    assert (found.name, found.address) == MARA
    assert found.subject == "Broken cup"
    assert found.sent_at == NINE
    assert found.text == BODY
    assert found.above == "Can you take this?"
    assert found.marked
    assert bare_forward(subject) == "Broken cup"


def test_a_page_without_a_text_is_read_as_well() -> None:
    made = mail("FW: Broken cup", "")
    made.set_content(
        "<p>Can you take this?</p><div style='border-top:solid #E1E1E1 1.0pt'><p><b>From:</b> Mara"
        " Kern &lt;<a href='mailto:mara@example.com'>mara@example.com</a>&gt;<br><b>Sent:</b>"
        " Tuesday, November 3, 2026 9:05 AM<br><b>To:</b> Ada<br><b>Subject:</b> Broken cup</p>"
        "</div><p>One of the cups is cracked.</p>",
        subtype="html",
    )
    found = read_mail(made.as_bytes()).forwarded
    assert found is not None
    assert (found.name, found.address) == MARA
    assert (found.sent_at, found.above) == (NINE, "Can you take this?")
    assert found.text == "One of the cups is cracked."


def test_the_signature_of_who_passes_it_on_is_no_word_of_theirs() -> None:
    subject, text = TEXTS["English, Gmail"]
    found = passed_on(subject, text.format(BODY).replace("this?\n", "this?\n\n-- \nAda, Lark\n"))
    assert found.above == "Can you take this?"
    assert passed_on(subject, text.format(BODY).removeprefix("Can you take this?\n\n")).above == ""


def test_an_attached_mail_is_the_one_passed_on() -> None:
    inner = EmailMessage()
    inner["From"] = "Mara Kern <mara@example.com>"
    inner["To"] = "Ada <ada@lark.example>"
    inner["Subject"] = "Broken cup"
    inner["Date"] = "Tue, 03 Nov 2026 10:05:00 +0100"
    inner["Message-ID"] = "<cup@example.com>"
    inner.set_content("One of the cups is cracked.")
    outer = mail("Broken cup, see below", "Can you take this?")
    outer.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="a.pdf")
    outer.add_attachment(inner)
    with MailReaders() as readers:  # through the pipe of a child
        read = readers.read(outer.as_bytes())
    assert isinstance(read, Mail)
    found = read.forwarded
    assert found is not None
    assert (found.name, found.address) == MARA
    assert found.sent_at == datetime(2026, 11, 3, 9, 5, tzinfo=UTC)
    assert (found.part, found.message_id) == (1, "<cup@example.com>")
    assert (found.above, found.text.strip()) == (
        "Can you take this?",
        "One of the cups is cracked.",
    )


def test_a_mail_passed_on_twice_is_that_of_its_first_writer() -> None:
    _, text = TEXTS["German, Outlook"]
    outer = (
        "Ours.\n\nFrom: Tom <tom@lark.example>\nSent: 4.11.2026 10:00\nTo: Ada\nSubject: WG: x\n\n"
    )
    first = passed_on("FW: x", outer + text.format(BODY))
    assert first.address == "tom@lark.example"
    found = innermost(first, {"tom@lark.example", "ada@lark.example"})
    assert found is not None
    assert (found.address, found.text) == ("mara@example.com", BODY)
    assert found.above == "Ours.\n\nCan you take this?"
    assert innermost(first, {"tom@lark.example", "mara@example.com"}) is None


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Broken cup", "From: the beginning\n\nI loved your shop. mara@example.com"),
        ("Broken cup", "To: all\nSubject: mugs\n\nwrite to mara@example.com"),
        ("Re: Broken cup", TEXTS["English, Outlook"][1].format(BODY)),
        ("AW: Broken cup", TEXTS["German, Outlook"][1].format(BODY)),
        ("Broken cup", "Thanks!\n\nOn 3 Nov 2026, Ada <ada@lark.example> wrote:\n> Yes"),
        ("Fwd: ", ""),
        ("Fwd: cup", "see above"),
    ],
)
def test_an_answer_and_plain_words_pass_nothing_on(subject: str, text: str) -> None:
    assert read_mail(mail(subject, text).as_bytes()).forwarded is None


def test_a_block_without_a_word_of_passing_on_says_so() -> None:
    assert not passed_on("Cup", TEXTS["English, Outlook"][1].format(BODY)).marked


def test_a_name_without_an_address_is_found_as_such() -> None:
    text = "From: Mara Kern\nSent: 3 Nov 2026 09:05\nTo: ada@lark.example\nSubject: Cup\n\nHello"
    found = passed_on("FW: Cup", text)
    assert (found.name, found.address, found.text) == ("Mara Kern", "", "Hello")


@pytest.mark.parametrize(
    "text",
    [
        "From: \n" * 3000 + "@",
        "From: a@b.example\nDate: 99/99/9999 99:99\nTo: \x00\nSubject: \ud800x\n",
        "> " * 3000 + "From: a@b.example\n> Date: x\n> Subject: y\n> To: z",
        "From: " + "<" * 50_000 + "@" + "\nDate: 1\nTo: 2\nSubject: 3",
        "From: a@b.example\nTo: " + ("x@y.example,\n" * 5000) + "Subject: z\nDate: 1.1.2026",
        "From: a@b.example\nDate: " + "1" * 5000 + "\nTo: b\nSubject: " + "نص" * 9000,
    ],
)
def test_odd_texts_never_raise(text: str) -> None:
    raw = b"From: ada@lark.example\r\nSubject: Fwd: x\r\n\r\n" + text.encode("utf-8", "replace")
    read = read_mail(raw)
    assert not [each for each in read.problems if "forwarded" in each]


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("Tue, 3 Nov 2026 10:05:07 +0100", "2026-11-03T10:05:07+01:00"),
        ("November 3, 2026 at 9:05:07 PM GMT+1", "2026-11-03T21:05:07+01:00"),
        ("mar, 3 mar 2026 a las 12:05 a. m.", "2026-03-03T00:05:00"),
        ("11/3/2026 10:05 AM", "2026-11-03T10:05:00"),
        ("3/11/2026 10:05", "2026-11-03T10:05:00"),
        ("2026. 11. 3. 오후 3:04", "2026-11-03T15:04:00"),
        ("2026-11-03", "2026-11-03T00:00:00"),
        ("31.2.2026 10:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_as_people_see_them(written: str, moment: str | None) -> None:
    found = read_date(written)
    assert (found.isoformat() if found else None) == moment
