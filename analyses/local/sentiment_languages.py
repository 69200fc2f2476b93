"""Small word lists of our own for texts that are not in English; enough for plain praise and plain anger."""

from __future__ import annotations

from analyses.local.words import word_set

STRONG, MILD = 2.6, 1.6  # on VADER's scale of -4 to 4

_LISTS: dict[str, tuple[str, str, str, str]] = {  # strongly good, good, bad, strongly bad
    "de": (
        "hervorragend fantastisch wunderbar großartig ausgezeichnet begeistert perfekt liebe genial traumhaft spitze",
        "gut gute guter gutes super schön schnell freundlich freundliche lecker zufrieden gerne empfehlen toll tolle danke nett hilfreich",
        "schlecht schlechte teuer langsam kaputt leider enttäuscht unfreundlich laut defekt ärgerlich mangelhaft problem langweilig",
        "furchtbar schrecklich katastrophe grauenhaft nie wieder unverschämt miserabel ekelhaft hasse betrug frechheit",
    ),
    "fr": (
        "excellent excellente parfait parfaite magnifique merveilleux merveilleuse génial géniale adore superbe formidable ravie ravi",
        "bon bonne bien beau belle rapide agréable délicieux délicieuse merci content contente recommande aimable sympa aime",
        "mauvais mauvaise cher lent lente déçu déçue décevant cassé froid bruyant dommage problème ennuyeux",
        "horrible affreux catastrophe nul nulle scandaleux honte honteux déteste arnaque inadmissible dégoûtant pire",
    ),
    "es": (
        "excelente perfecto perfecta maravilloso maravillosa fantástico fantástica increíble encanta encantó genial espectacular",
        "bueno buena bien bonito rápido rápida amable rico deliciosa delicioso gracias contento recomiendo feliz gusta",
        "malo mala caro lento lenta roto decepcionado decepción frío ruidoso problema lástima aburrido",
        "horrible terrible pésimo pésima asco estafa vergüenza odio peor inaceptable fatal nunca",
    ),
    "it": (
        "eccellente perfetto perfetta meraviglioso meravigliosa fantastico fantastica splendido ottimo ottima adoro stupendo",
        "buono buona bene bello bella veloce gentile delizioso grazie contento consiglio piace gentilissimi",
        "cattivo cattiva caro lento rotto deluso delusa deludente freddo rumoroso problema peccato noioso",
        "orribile terribile pessimo pessima schifo truffa vergogna odio peggio peggiore inaccettabile",
    ),
    "pt": (
        "excelente perfeito perfeita maravilhoso maravilhosa fantástico incrível adorei amei ótimo ótima espetacular",
        "bom boa bem bonito rápido simpático delicioso obrigado obrigada feliz recomendo gostei",
        "mau má ruim caro lento quebrado decepcionado decepção frio barulhento problema pena chato",
        "horrível terrível péssimo péssima nojo golpe vergonha odeio pior inaceitável",
    ),
    "nl": (
        "uitstekend perfect fantastisch geweldig geweldige prachtig heerlijk fenomenaal schitterend",
        "goed goede mooi snel vriendelijk lekker dank tevreden leuk aanrader fijn",
        "slecht slechte duur traag kapot teleurgesteld helaas koud onvriendelijk jammer saai",
        "verschrikkelijk vreselijk ramp waardeloos schandalig walgelijk oplichting haat",
    ),
    "ru": (
        "отлично отличный прекрасно прекрасный великолепно замечательно обожаю супер",
        "хорошо хороший хорошая быстро вкусно спасибо рекомендую доволен довольна нравится",
        "плохо плохой дорого медленно сломан жаль разочарован проблема скучно",
        "ужасно ужасный отвратительно кошмар ненавижу обман худший",
    ),
}
_NEGATORS = {
    "de": word_set("nicht kein keine keinen nie niemals ohne"),
    "fr": word_set("pas jamais sans aucun aucune"),
    "es": word_set("no nunca sin ningún ninguna"),
    "it": word_set("non mai senza nessun nessuna"),
    "pt": word_set("não nunca sem nenhum nenhuma"),
    "nl": word_set("niet geen nooit zonder"),
    "ru": word_set("не нет никогда без"),
}


def foreign_words(language: str) -> dict[str, float]:
    """Words with their valence in `language`; empty for English and for languages without a list."""
    if language not in _LISTS:
        return {}
    valences = (STRONG, MILD, -MILD, -STRONG)
    return {
        word: value for value, line in zip(valences, _LISTS[language], strict=True) for word in line.split()
    }


def foreign_negators(language: str) -> frozenset[str]:
    """The words that turn a feeling round in `language`."""
    return _NEGATORS.get(language, frozenset())
