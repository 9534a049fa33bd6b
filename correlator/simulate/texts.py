"""What agents write in a ticket, in French, per symptom."""

from __future__ import annotations

from typing import Final

SYMPTOMS: Final = (
    "no-internet",
    "slow",
    "no-sync",
    "no-tv",
    "wifi",
    "no-phone",
    "billing",
    "mail",
    "box-reboot",
    "activation",
)
# How often each is heard when nothing is wrong with the network.
BACKGROUND: Final = (0.185, 0.15, 0.125, 0.11, 0.10, 0.08, 0.075, 0.075, 0.055, 0.045)

# {h} a number of hours, {n} a small number, {t} a telephone number, {d} a speed in Mb/s.
COPPER: Final = {
    "no-internet": (
        "plus d'accès internet depuis {h}h",
        "client synchro mais aucune page ne charge",
        "internet coupé sur tous les appareils",
        "pas de navigation, box synchro, ping KO",
        "connexion perdue depuis {h}h, voyant internet rouge",
        "pas d'adresse ip attribuée à la box",
        "session ppp ne monte pas",
        "cnx internet HS, box allumée normalement",
        "tous les sites en erreur, ordi et téléphone",
        "pb internet, rien ne passe depuis {h}h",
    ),
    "slow": (
        "débit très lent, {d} mega au test",
        "connexion lente en soirée",
        "ça rame, vidéos qui chargent sans arrêt",
        "débit tombé à {d} mb/s au lieu de l'habituel",
        "lenteurs sur tous les appareils depuis {h}h",
        "ping à {n}00 ms, jeux en ligne impossibles",
        "téléchargement interminable, client se plaint du débit",
        "micro-coupures et lenteur",
    ),
    "no-sync": (
        "plus de synchro depuis {h}h",
        "voyant adsl clignote, ne se fixe pas",
        "box ne synchronise pas malgré {n} redémarrages",
        "pas de signal adsl sur la ligne",
        "perte de synchronisation, test de ligne KO",
        "client désynchro depuis {h}h",
        "la box reste à l'étape 1, sans synchro",
        "voyant ligne éteint, prise testée ok",
        "pas de synchro, essai autre filtre sans effet",
    ),
    "no-tv": (
        "plus de chaînes sur le décodeur",
        "écran noir tv, internet ok",
        "décodeur en erreur {n}0{n}",
        "image qui se fige toutes les {n} minutes",
        "pas de télé depuis {h}h",
        "message service tv indisponible",
        "bouquet tv absent, chaînes locales comprises",
    ),
    "wifi": (
        "wifi introuvable sur le portable",
        "ne se connecte plus en wifi, filaire ok",
        "clé wifi refusée",
        "wifi coupe dans la chambre",
        "demande le mot de passe du wifi",
        "signal wifi faible à l'étage",
    ),
    "no-phone": (
        "pas de tonalité sur le fixe",
        "ligne fixe muette depuis {h}h",
        "ne peut ni appeler ni être appelé, internet ok",
        "voyant téléphone éteint",
        "appels entrants renvoyés sur messagerie",
        "client injoignable au {t}",
    ),
    "billing": (
        "conteste sa facture",
        "prélevé {n} fois ce mois",
        "ne comprend pas un hors forfait de {n}0 euros",
        "demande un avoir",
        "changement de rib non pris en compte",
    ),
    "mail": (
        "ne relève plus ses mails",
        "webmail en erreur",
        "envoi de mails refusé par le serveur",
        "mot de passe messagerie rejeté",
        "boîte mail vide depuis {h}h",
    ),
    "box-reboot": (
        "box redémarre en boucle",
        "box s'éteint et se rallume toutes les {n} min",
        "reboots de la box depuis {h}h",
        "box figée, il faut la débrancher",
        "la box redémarre seule {n} fois par heure",
    ),
    "activation": (
        "ligne commandée non activée",
        "en attente de raccordement",
        "technicien non venu au rendez-vous",
        "box reçue, service pas encore ouvert",
    ),
}
FIBRE: Final = {
    "no-sync": (
        "voyant fibre rouge depuis {h}h",
        "perte du signal optique",
        "pas de synchro fibre, jarretière vérifiée",
        "voyant LOS allumé sur le boîtier",
        "boîtier optique sans signal après {n} redémarrages",
        "plus de lumière sur la fibre",
    ),
}
OUTSIDE: Final = {
    "slow": (
        "plateforme vidéo très lente, le reste passe",
        "le streaming charge sans fin ce soir",
        "jeu en ligne inaccessible, autres sites corrects",
        "réseau social lent depuis {h}h",
    ),
    "no-internet": (
        "n'arrive plus sur un grand site de vidéos",
        "plusieurs gros sites ne répondent pas",
        "application de streaming en erreur, internet ok ailleurs",
        "appli du match ne se lance pas",
    ),
}
VAGUE: Final = (
    "plus rien ne marche",
    "ne fonctionne pas",
    "client en panne",
    "problème de box",
    "service HS",
    "souci depuis hier",
)
ENDINGS: Final = (
    "",
    "",
    "",
    "",
    "",
    "",
    ", client demande un rappel",
    ", tests N1 faits",
    ", box redémarrée sans effet",
    " - très mécontent",
    ", télétravail impossible",
)
NOTES: Final = (
    "rappel client: toujours en panne",
    "client rappelé, pas de réponse",
    "test de ligne relancé",
    "transmis au niveau 2",
)
TITLES: Final = (
    "travaux programmés",
    "mise à jour logicielle",
    "remplacement d'alimentation",
    "migration de lien",
)


def describe(symptom: str, place: str, draws: tuple[int, int, int], *, again: bool) -> str:
    """Return the text of a ticket.

    ``place`` is ``copper``, ``fibre``, ``outside`` (a surge from outside) or ``vague``; ``draws``
    are three random numbers in 0…9999 that pick the template, its numbers and its ending.
    """
    first, second, third = draws
    if place == "vague":
        choices: tuple[str, ...] = VAGUE
    elif place == "outside":
        choices = OUTSIDE.get(symptom, COPPER[symptom])
    elif place == "fibre":
        choices = FIBRE.get(symptom, COPPER[symptom])
    else:
        choices = COPPER[symptom]
    text = choices[first % len(choices)].format(
        h=1 + second % 9,
        n=2 + second % 4,
        d=1 + second % 7,
        t=f"0{1 + second % 5} {second % 90 + 10} {third % 90 + 10} 00 {first % 90 + 10}",
    )
    ending = ", deuxième appel" if again else ENDINGS[third % len(ENDINGS)]
    return text + ending
