# ruff: noqa: E501  (tables of phrases are not broken over lines)
"""Whether a customer is upset or pleased, from their own words, in the languages of the chat.

A list of phrases, weighed: strong ones are enough alone, weak ones need a second sign (another
phrase, shouting, a row of marks). It is made to be right when it speaks and silent otherwise: a
calm complaint ("the cup arrived broken") has no mood. A newcomer's mistake: deciding anything for
the customer by it. It sorts work for people.
"""

import re
import unicodedata
from functools import cache

from shopbell.conversations.models import Mood

_READ = 4_000  # characters
_ENOUGH = 2
_LOUD_WORDS = 3

# Words are folded (lower case, no accents); `|` separates phrases.
_STRONG = """
ridiculous|unacceptable|not acceptable|disgusting|disgusted|outrageous|outraged|furious|livid
|fed up|sick of (?:this|waiting|you)|worst (?:service|shop|store|company|experience|customer)
|never (?:again|order(?:ing)? (?:again|from|here)|buy(?:ing)? (?:again|from|anything|here))
|scam(?:mers?|med)?|ripped? ?off|rip-off|liars?|lying to (?:me|us)|what a joke|is a joke
|(?:total|complete|utter) (?:joke|waste|disaster|disgrace)|waste of (?:time|money)|disgrace(?:ful)?
|(?:my|a|our|your|with|the) (?:lawyer|attorney|solicitor)s?|legal action|small claims|trading standards|charge ?back
|report you|(?:one|1)[- ]star (?:review|rating)|(?:give|rate|giving|leave) (?:you|this|it)? ?(?:one|1|zero|0) stars?|(?:bad|negative|terrible) review|pathetic|appalling|incompetent|shame on you|wtf
|(?:so|very|really|extremely|deeply|beyond|incredibly|absolutely) (?:disappointed|frustrated|frustrating|angry|annoyed|annoying|upset|unhappy|dissatisfied|fed up)
|want my money back|give me (?:back )?my money back|at the end of my (?:rope|tether)|had enough|joke of a (?:company|shop)
|frechheit|unverschamt(?:heit)?|unmoglich von ihnen|unfassbar|unter aller (?:sau|kanone)|saftladen|schweinerei|sauerei
|nie wieder|betrug|betruger|abzocke|verarsch\\w*|(?:mein\\w*|einen|unser\\w*|zum) (?:rechts)?anwalt|verbraucherzentrale|rechtliche schritte
|(?:sehr|extrem|total|echt|mehr als|absolut|stink) ?(?:enttauscht|verargert|sauer|wutend|unzufrieden|frustriert|genervt)
|stinksauer|inakzeptabel|nicht akzeptabel|katastrophe|katastrophal\\w*|zumutung|lacherlich|schlechte bewertung|reicht(?:'s| es| mir)? (?:jetzt|langsam|mir)|zum kotzen|mahnung meines
|inadmissible|inacceptable|scandaleux|scandale|honteux|honte a vous|arnaque(?:urs?)?|escroc(?:s|querie)?|voleurs?|plus jamais|ras le bol|marre de|j'en ai marre|foutage de gueule|vous (?:vous )?moquez|avocat|mise en demeure|ufc|signal ?conso
|(?:tres|vraiment|extremement|plus que) (?:decue?|mecontente?|enervee?|fachee?|insatisfaite?)|(?:pire|lamentable) (?:service|site)|lamentable|remboursez[- ]moi
|inaceptable|verguenza|vergonzoso|indignante|estafa(?:dores)?|timo|ladrones|nunca mas|hart[oa]s? de|estoy hart[oa]|abogado|denuncia\\w*|hoja de reclamaciones|tomadura de pelo
|(?:muy|realmente|extremadamente|super) (?:decepcionad[oa]|enfadad[oa]|molest[oa]|frustrad[oa]|descontent[oa]|insatisfech[oa])|pesim[oa]s? (?:servicio|atencion|experiencia)|devuelvanme
|inaccettabile|vergognos[oa]|vergogna(?:tevi)?|scandalos[oa]|truffa(?:tori)?|ladri|mai piu|avvocato|vie legali|associazione consumatori|presa in giro|prendete in giro
|(?:molto|davvero|veramente|estremamente) (?:delus[oa]|arrabbiat[oa]|insoddisfatt[oa]|frustrat[oa])|pessim[oa] (?:servizio|esperienza|assistenza)|ridatemi
|onacceptabel|belachelijk|schandalig|schande|oplichters?|oplichting|nooit meer|advocaat|consumentenbond|spuugzat|te gek voor woorden|waardeloos|waardeloze
|(?:zeer|heel|erg|echt|enorm) (?:teleurgesteld|boos|ontevreden|gefrustreerd|geirriteerd)|wil mijn geld terug
|inaceitavel|vergonhoso|uma vergonha|absurdo|burla|golpe|ladroes|nunca mais|advogado|procon|reclame aqui|livro de reclamacoes|farto de|cansad[oa] de esperar|palhacada
|(?:muito|extremamente|realmente|bastante) (?:desapontad[oa]|decepcionad[oa]|irritad[oa]|chatead[oa]|insatisfeit[oa]|frustrad[oa])|pessimo (?:servico|atendimento)
|skandal(?:iczn\\w*)?|niedopuszczaln\\w*|nie do przyjecia|oszusci|oszustwo|zlodzieje|nigdy wiecej|prawnik\\w*|adwokat\\w*|uokik|rzecznik\\w* konsument\\w*|kpina|kpicie|zenada|zenujac\\w*|porazka
|(?:bardzo|naprawde|niezwykle|mega) (?:rozczarowan\\w*|zdenerwowan\\w*|niezadowolon\\w*|wkurzon\\w*|zawiedzion\\w*)
|غير مقبول|عيب عليكم|نصابين|نصب|احتيال|محامي|اسوا خدمه|اسوا تجربه|لن اشتري|لن اتعامل|غاضب جدا|مستاء جدا|محبط جدا|حمايه المستهلك
"""
_WEAK = """
disappointed|disappointing|frustrated|frustrating|annoyed|annoying|angry|upset|unhappy|not happy|dissatisfied|terrible|horrible|awful|useless|rude|worst|ignored|ignoring me|damn|hell
|still (?:waiting|no|not|haven't|have not|nothing)|no(?:body|[- ]one) (?:answers|replies|responds|cares|bothered)|(?:third|fourth|fifth|3rd|4th|5th) (?:time|mail|email|message)|how many times|again and again|for weeks|weeks now
|enttauscht|enttauschend|verargert|argerlich|sauer|wutend|unzufrieden|genervt|nervt|schlecht(?:er|e|es)? (?:service|kundenservice|erfahrung)|immer noch (?:nicht|nichts|kein\\w*|auf)|schon wieder|zum (?:dritten|vierten|x-ten) mal|niemand (?:antwortet|meldet|reagiert)|keine antwort|seit wochen
|decue?|mecontente?|enervee?|fachee?|insatisfaite?|nul|toujours (?:pas|rien|aucune?)|encore une fois|troisieme fois|personne ne (?:repond|reagit)|aucune reponse|depuis des semaines
|decepcionad[oa]|enfadad[oa]|molest[oa]|frustrad[oa]|insatisfech[oa]|horrible|todavia (?:no|nada)|aun no|otra vez|tercera vez|nadie (?:responde|contesta)|desde hace semanas
|delus[oa]|arrabbiat[oa]|insoddisfatt[oa]|orribile|ancora (?:niente|nulla|nessuna)|un'altra volta|terza volta|nessuno risponde|da settimane
|teleurgesteld|boos|ontevreden|gefrustreerd|nog steeds (?:niet|niets|geen)|alweer|derde keer|niemand (?:reageert|antwoordt)|al weken|slechte (?:service|ervaring)
|desapontad[oa]|decepcionad[oa]|irritad[oa]|chatead[oa]|insatisfeit[oa]|ainda (?:nao|nada)|outra vez|terceira vez|ninguem (?:responde|atende)|ha semanas
|rozczarowan\\w*|zdenerwowan\\w*|niezadowolon\\w*|wkurzon\\w*|zawiedzion\\w*|nadal (?:nie|nic)|wciaz (?:nie|nic)|po raz (?:trzeci|kolejny)|znowu|nikt nie (?:odpowiada|odpisuje)|od tygodni
|غاضب|مستاء|محبط|سيئه جدا|لم يرد احد|لا احد يرد|حتى الان لم|للمره الثالثه
"""
_WARM = """
thank you so much|thanks so much|thank you very much|thanks a (?:lot|million|bunch)|many thanks|(?:really|so|very|much) appreciate\\w*|(?:great|excellent|amazing|fantastic|wonderful|brilliant|outstanding|superb) (?:service|support|help|job|shop|store|work|team)|(?:i|we|she|he|they) (?:just )?love (?:it|them|my|your)|(?:so|very|really) (?:happy|pleased|glad|grateful)|you(?:'ve been| have been| were| are) (?:so|very|really|most) (?:kind|helpful)|you(?:'re| are) (?:the best|amazing|great|awesome|a star)|made my day|perfect|keep it up|can't thank you enough
|vielen(?: herzlichen)? dank|herzlichen dank|tausend dank|besten dank|danke (?:sehr|schon|vielmals)|(?:super|toller?|tolle|klasse|hervorragender?|ausgezeichneter?|spitzen) ?(?:service|support|kundenservice|beratung|laden|shop|arbeit)|(?:sehr|super|total|wirklich) (?:zufrieden|glucklich|nett|freundlich|hilfreich|begeistert)|begeistert|bin begeistert|spitze|weiter so|perfekt
|merci (?:beaucoup|infiniment|mille fois)|mille mercis|un grand merci|(?:super|excellent|formidable|tres bon) (?:service|travail|accueil|site)|(?:tres|vraiment|super) (?:contente?|satisfaite?|gentil(?:le)?|heureux|heureuse)|ravie?s?|parfait|bravo|j'adore
|muchas gracias|mil gracias|muchisimas gracias|(?:excelente|estupendo|fantastico|gran) (?:servicio|trabajo|atencion)|(?:muy|super) (?:contento|contenta|feliz|satisfech[oa]|amable)|encantad[oa]|perfecto|me encanta
|grazie mille|tante grazie|mille grazie|(?:ottimo|eccellente|fantastico) (?:servizio|lavoro|negozio)|(?:molto|davvero) (?:contento|contenta|felice|soddisfatt[oa]|gentil[ei])|perfetto|bravissimi|complimenti
|heel erg bedankt|hartelijk dank|hartelijk bedankt|dank u wel|dank je wel|(?:top|geweldige?|fantastische?|uitstekende?) ?(?:service|hulp|winkel)|(?:heel|erg|super) (?:blij|tevreden|vriendelijk)|perfect|helemaal top
|muito obrigad[oa]|(?:excelente|otimo|optimo) (?:servico|atendimento|trabalho)|(?:muito|super) (?:feliz|content[ea]|satisfeit[oa]|simpatic[oa])|perfeito|adorei|parabens
|bardzo dziekuje|dziekuje bardzo|serdecznie dziekuje|(?:swietna|super|doskonala) (?:obsluga|robota)|(?:bardzo|naprawde) (?:zadowolon\\w*|mil[ay]|szczesliw\\w*)|polecam|idealnie|perfekcyjnie
|شكرا جزيلا|شكرا جدا|خدمه ممتازه|خدمه رائعه|سعيد جدا|راضي جدا|ممتاز
"""
# Before a phrase these turn it round ("not angry", "kein Betrug"), unless they belong to it.
_NOT = frozenset(
    [
        "not",
        "never",
        "no",
        "isn't",
        "wasn't",
        "aren't",
        "don't",
        "nicht",
        "kein",
        "keine",
        "keinen",
        "ohne",
        "pas",
        "jamais",
        "sans",
        "non",
        "nunca",
        "sin",
        "niet",
        "geen",
        "nao",
        "sem",
        "nie",
        "bez",
        "ليس",
        "لا",
    ]
)
_MARKS = re.compile(r"[!?]\s*[!?]\s*[!?]")


def mood_of(text: str) -> Mood:
    """Return how somebody sounds who writes this."""
    said = text[:_READ]
    folded = _folded(said)
    upset = 2 * _hits(_STRONG, folded) + _hits(_WEAK, folded)
    if upset:
        upset += _is_loud(said) + bool(_MARKS.search(said))
    if upset >= _ENOUGH:
        return Mood.UPSET
    # A strong word turned round ("no scam") leaves nothing of either mood.
    return Mood.PLEASED if not upset and _hits(_WARM, folded) else Mood.NONE


@cache
def _pattern(phrases: str) -> re.Pattern[str]:
    joined = "".join(line.strip() for line in phrases.strip().splitlines())
    return re.compile(rf"(?<![\w'])(?:{joined})(?![\w'-])")


def _hits(phrases: str, folded: str) -> int:
    """Return how many different phrases there are that nothing turns round."""
    found = set()
    for hit in _pattern(phrases).finditer(folded):
        before = folded[max(0, hit.start() - 24) : hit.start()].split()[-2:]
        if not _NOT.intersection(before):
            found.add(hit[0])
    return len(found)


def _is_loud(text: str) -> bool:
    """Return whether most of it is written in capitals."""
    words = re.findall(r"[^\W\d_]{4,}", text)
    loud = [word for word in words if word.isupper()]
    return len(loud) >= _LOUD_WORDS and len(loud) * 2 > len(words)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold().replace("’", "'").replace("ß", "ss"))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    # Arabic is written with several forms of one letter; Polish has one that does not decompose.
    return bare.translate(_SAME)


_SAME = str.maketrans({"ł": "l", "أ": "ا", "إ": "ا", "آ": "ا", "ة": "ه", "ى": "ي"})
