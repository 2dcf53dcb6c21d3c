"""Words that tell of danger to people, in every language that customers may choose (models.kit.languages.Language).

`*` stands for any ending; words that are harmless in another of the languages are left out. The choice is ours, after the
hazards of EU product recalls (Safety Gate: burns, choking, cuts, electric shock, fire, injuries, poisoning, suffocation).
"""

from models.kit.languages import Language

_WORDS: dict[Language, str] = {
    Language.EN: (
        "fire, caught fire, flames, burn, burns, burned, burnt, scald*, explod*, explosion*, electric shock*, "
        "electrocut*, injured, injury, injuries, wounded, bleeding, hospital, hospitalis*, hospitaliz*, "
        "ambulance, poison*, toxic, allergic, allergy, anaphyla*, choke, choked, choking, suffocat*, "
        "broken glass, glass splinter*, shard*, salmonella, listeria"
    ),
    Language.DE: (
        "Feuer, Brandgefahr, Brandwunde*, brannte, in Flammen, verbrannt*, Verbrennung*, verbrüh*, explodier*, "
        "Explosion*, Stromschlag*, Stromschläge*, verletzt*, Verletzung*, blutet*, Krankenhaus, Notarzt, "
        "Rettungswagen, vergift*, giftig*, allergisch*, Allergie*, anaphyla*, erstickt*, ersticken, Erstickung*, "
        "Glassplitter*, Glasscherbe*, Salmonelle*, Listerien"
    ),
    Language.FR: (
        "feu, incendie*, flammes, brûlé, brûlée, brûlés, brûlure*, ébouillant*, explosé*, explosion*, "
        "choc électrique, chocs électriques, électrocut*, blessé*, blessure*, saigne*, hôpital, urgences, "
        "empoisonn*, intoxication*, intoxiqué*, toxique*, allergi*, anaphyla*, étouffé, étouffer, étouffement*, "
        "suffoqu*, éclats de verre, verre brisé, salmonelle*, listéria"
    ),
    Language.ES: (
        "fuego, incendi*, en llamas, quemadura*, quemado, quemada, quemó, explot*, explosión, explosiones, "
        "descarga eléctrica, descargas eléctricas, electrocut*, herido*, herida*, lesion*, sangre, sangrando, "
        "ambulancia, envenen*, intoxicac*, intoxicad*, tóxic*, alérgic*, alergia*, anafil*, asfixi*, atragant*, "
        "cristales rotos, trozos de vidrio, vidrios rotos, salmonela, listeria"
    ),
    Language.IT: (
        "fuoco, incendi*, fiamme, ustion*, bruciatura*, bruciature, bruciato, bruciata, scottat*, esplos*, "
        "scossa elettrica, scosse elettriche, folgorat*, ferito, ferita, feriti, ferite, lesion*, sanguina*, "
        "ospedale, ambulanza, avvelen*, intossic*, tossic*, allergic*, allergia, allergie, anafil*, soffoc*, "
        "schegge di vetro, vetro rotto, salmonella"
    ),
    Language.PT: (
        "fogo, incêndi*, em chamas, queimadura*, queimado, queimada, queimou, explodi*, explos*, choque elétrico, "
        "choques elétricos, eletrocut*, ferido*, ferida*, ferimento*, lesão, lesões, sangue, sangrando, "
        "sangramento, ambulância, envenen*, tóxic*, alérgic*, alergia*, anafil*, asfix*, sufoc*, engasg*, "
        "vidro partido, cacos de vidro, estilhaço*, salmonela"
    ),
}

DANGER = {language: tuple(words.split(", ")) for language, words in _WORDS.items()}
"""By language, as people write them; case and accents do not matter when they are looked for."""


def danger_in_all_languages() -> tuple[str, ...]:
    """All of them once: a customer may write in another language than the one that was noted."""
    return tuple(dict.fromkeys(word for words in DANGER.values() for word in words))
