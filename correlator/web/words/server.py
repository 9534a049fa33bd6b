"""What the server says in sentences of its own: reasons, outcomes, answers."""

WORDS = {
    "where.alarm": (
        "[{n} alarme|{n} alarmes] sur la cause ou dessous",
        "[{n} alarm|{n} alarms] on the cause or below",
    ),
    "where.no_alarm": ("sans alarme", "no alarm"),
    "where.healthy": (
        "[{n} voisin sain|{n} voisins sains] sur {of}",
        "[{n} neighbour healthy|{n} neighbours healthy] of {of}",
    ),
    "where.outside": ("hors de notre réseau", "outside our network"),
    "where.predicted": ("alarme seule, aucun appel", "alarm only, no call"),
    "because.window": (
        "{observed} clients en {minutes} min, {expected} attendus",
        "{observed} customers in {minutes} min, {expected} expected",
    ),
    "because.gain": (
        "{gain} nats pour cette cause, il en faut {needed} (alarmes {alarms})",
        "{gain} nats for this cause, {needed} needed (alarms {alarms})",
    ),
    "because.level": (
        "statistique de salve : {share} fois son seuil",
        "burst statistic: {share} times its threshold",
    ),
    "because.alarm": (
        "alarme {cause} ({severity}) sur {domain}",
        "alarm {cause} ({severity}) on {domain}",
    ),
    "because.silent": (
        "{silent} lignes sur {lines} n'ont pas appelé",
        "{silent} lines of {lines} have not called",
    ),
    "because.healthy": (
        "[{n} voisin de même type sur {of} est sain|{n} voisins de même type sur {of} sont sains]",
        "[{n} neighbour of its type of {of} is|{n} neighbours of its type of {of} are] healthy",
    ),
    "closing.alarms": ("Alarmes terminées", "Alarms cleared"),
    "closing.alarms.met": (
        "aucune alarme de la cause n'est en cours",
        "no alarm of the cause stands",
    ),
    "closing.alarms.open": (
        "[{n} alarme de la cause est|{n} alarmes de la cause sont] en cours",
        "[{n} alarm of the cause stands|{n} alarms of the cause stand]",
    ),
    "closing.rate": ("Appels revenus à l'habitude", "Calls back to usual"),
    "closing.rate.said": (
        "{quiet} h d'activité sans appel, il en faut {needed}",
        "{quiet} h of hotline activity without a call, {needed} needed",
    ),
    "closing.rate.unknown": (
        "les appels ne sont pas encore mesurés",
        "calls have not been measured yet",
    ),
    "closing.rate.silent": (
        "le flux des tickets est muet : on ne peut rien en dire",
        "the ticket feed is silent: nothing can be said",
    ),
    "closing.promise": ("Promesse tenue ou répondue", "Promise kept or answered"),
    "closing.promise.none": ("aucune heure n'a été promise", "no time was promised"),
    "closing.promise.open": ("une heure promise court encore", "a promised time still runs"),
    "closing.promise.over": ("l'heure promise est passée", "the promised time is past"),
    "closing.promise.met": ("la promesse est close", "the promise is closed"),
    "closing.told": ("Clients prévenus du retour", "Customers told it is back"),
    "closing.told.met": ("un texte « rétabli » est approuvé", "a “restored” text is approved"),
    "closing.told.open": (
        "aucun texte « rétabli » n'est approuvé",
        "no “restored” text is approved",
    ),
    "do.done": ("Fait : {what}", "Done: {what}"),
    "do.held": (
        "{what} : dans {left} s, on peut encore l'annuler",
        "{what}: in {left} s, can still be taken back",
    ),
    "do.waiting": (
        "Enregistré, en attente du corrélateur : {what}",
        "Recorded, waiting for the correlator: {what}",
    ),
    "do.taken_back": ("Annulé : {what}", "Taken back: {what}"),
    "do.too_late": ("Trop tard : c'est déjà fait", "Too late: it is done already"),
    "do.refused": ("Refusé : {why}", "Refused: {why}"),
    "do.stale": (
        "{actor} a changé cet incident à {at} : {field}",
        "{actor} changed this incident at {at}: {field}",
    ),
    "do.stale_by_system": (
        "Cet incident a changé à {at} : {field}",
        "This incident changed at {at}: {field}",
    ),
    "do.forbidden": (
        "Votre rôle ne permet pas : {what}",
        "Your role does not allow: {what}",
    ),
    "do.read": ("Lu", "Read"),
    "do.too_large": ("C'est trop long", "That is too long"),
    "do.saved": ("Enregistré", "Saved"),
    "do.signed": ("Relève signée", "Hand-over signed"),
    "shift.decided": ("Décisions du poste", "Decisions of the shift"),
    "shift.kept": ("Promesses tenues", "Promises kept"),
    "shift.told": ("Clients informés par un agent", "Customers told by an agent"),
    "do.unmet": (
        "[{n} condition manque|{n} conditions manquent] : dire pourquoi clore malgré cela",
        "[{n} condition is|{n} conditions are] not met: say why to close",
    ),
    "do.no_incident": ("Aucun incident choisi", "No incident chosen"),
    "needed.agent": ("l'agent", "the agent"),
    "needed.ticket": ("le ticket", "the ticket"),
    "needed.into": ("l'incident qui reste", "the incident that stays"),
    "needed.to": ("à qui", "to whom"),
    "needed.domain": ("la cause", "the cause"),
    "needed.tickets": ("les tickets", "the tickets"),
    "needed.text": ("le texte", "the text"),
    "needed.fr": ("le texte en français", "the French text"),
    "needed.restore": ("l'heure de retour", "the restore time"),
    "needed.owner": ("l'opérateur", "the operator"),
    "needed.customer": ("le client", "the customer"),
    "needed.name": ("le nom", "the name"),
    "do.missing": ("Il manque : {field}", "Missing: {field}"),
    "do.wrong_time": (
        "« {text} » n'est pas une heure : écrire 20:15",
        "“{text}” is no time: write 20:15",
    ),
    "do.past_time": ("{at} est déjà passé", "{at} is past already"),
    "do.wrong_choice": ("« {text} » n'est pas un choix", "“{text}” is no choice"),
    "do.too_long": (
        "{n} caractères, {most} au plus",
        "{n} characters, {most} at most",
    ),
    "do.control": (
        "Caractère de contrôle à la position {at}",
        "Control character at position {at}",
    ),
    "do.unknown_ticket": ("Ticket inconnu : {ids}", "Unknown ticket: {ids}"),
    "do.unavailable": (
        "La base ne répond pas ; rien n'est perdu, réessayez",
        "The database does not answer; nothing is lost, try again",
    ),
    "ans.yes": (
        "Sous {cause}, {n} clients ont appelé depuis {at}, {expected} attendus",
        "Below {cause}, {n} customers have called since {at}, {expected} expected",
    ),
    "ans.candidate": (
        "Une cause possible est en cours d'examen : {cause}",
        "A possible cause is being looked at: {cause}",
    ),
    "ans.restored": (
        "La panne de {cause} est terminée depuis {at}",
        "The failure of {cause} has been over since {at}",
    ),
    "ans.works": (
        "Travaux programmés {id}, de {at} à {until}",
        "Planned works {id}, {at} to {until}",
    ),
    "ans.no": (
        "{n} chemins vérifiés, aucun incident",
        "{n} paths checked, no incident",
    ),
    "ans.no_near": (
        "{n} chemins vérifiés ; le plus proche : {cause}, le client n'est pas dessous",
        "{n} paths checked; the nearest: {cause}, the customer is not below it",
    ),
    "ans.no_symptom": (
        "{n} chemins vérifiés ; {cause} est en panne, mais pas pour ce trouble",
        "{n} paths checked; {cause} has failed, but not with this trouble",
    ),
    "ans.silent.gi.tickets": (
        "Le flux des tickets est muet : l'absence de panne ne peut pas être affirmée",
        "The ticket feed is silent: that nothing fails cannot be said",
    ),
    "ans.silent.gi.alarms": (
        "Le flux des alarmes est muet : l'absence de panne ne peut pas être affirmée",
        "The alarm feed is silent: that nothing fails cannot be said",
    ),
    "ans.stopped": (
        "Le corrélateur est arrêté ou en retard : l'absence de panne ne peut pas être affirmée",
        "The correlator has stopped or is late: that nothing fails cannot be said",
    ),
    "ans.changing": (
        "Inconnu : inventaire en cours de changement",
        "Unknown: the inventory is being changed",
    ),
    "ans.unknown_customer": (
        "Client inconnu de l'inventaire",
        "Customer unknown to the inventory",
    ),
    "ans.no_customer": ("Le ticket ne nomme aucun client", "The ticket names no customer"),
    "ans.unknown_key": (
        "Ni un ticket ni un client connu : {key}",
        "Neither a known ticket nor a known customer: {key}",
    ),
    "ans.linked": (
        "Le ticket est rattaché à cet incident depuis {at}",
        "The ticket has been linked to this incident since {at}",
    ),
    "ans.say.hold": (
        "Nous vérifions en ce moment une panne possible dans votre secteur.",
        "We are checking a possible failure in your area just now.",
    ),
    "ans.say.restored": (
        "La panne est terminée. Redémarrez la box une fois ; si cela ne suffit pas, rappelez-nous.",
        "The failure is over. Restart the box once; if that does not help, call again.",
    ),
    "ans.say.works": (
        "Des travaux programmés sont en cours sur votre ligne jusqu'à {until}.",
        "Planned works are under way on your line until {until}.",
    ),
    "ans.avoid.yes": (
        "pas de visite de technicien, pas d'échange de box",
        "no technician's visit, no box swap",
    ),
    "ans.avoid.wait": (
        "ne rien commander avant la réponse de la cellule",
        "order nothing before the cell has answered",
    ),
    "ans.next.no": (
        "diagnostic habituel de la ligne et de la box",
        "usual diagnosis of line and box",
    ),
    "ans.next.restored": (
        "redémarrer la box une fois ; sinon, diagnostic habituel",
        "restart the box once; otherwise the usual diagnosis",
    ),
    "ans.told.none": ("pas encore d'heure", "no time yet"),
    "ans.outside": ("une cause hors du réseau", "a cause outside the network"),
    "preview.scope": (
        "{lines} lignes au lieu de {before} ; {stay} tickets restent, {leave} ne sont pas dessous",
        "{lines} lines instead of {before}; {stay} tickets stay, {leave} are not below",
    ),
    "preview.merge": (
        "{tickets} tickets suivent vers {into} ; {id} se termine",
        "{tickets} tickets go along to {into}; {id} ends",
    ),
    "preview.split": (
        "{moved} tickets partent vers {domain} ({lines} lignes), {stay} restent",
        "{moved} tickets move to {domain} ({lines} lines), {stay} stay",
    ),
    "preview.link": ("{n} tickets seront rattachés", "{n} tickets will be linked"),
    "preview.unknown": ("inconnu : {what}", "unknown: {what}"),
    "page.unknown_incident": ("Aucun incident {id}", "No incident {id}"),
    "page.unknown": ("Cette page n'existe pas", "There is no such page"),
    "page.not_allowed": ("Cela ne se fait pas ici", "That is not done here"),
    "page.forbidden": (
        "Cette page n'est pas ouverte à votre rôle",
        "This page is not open to your role",
    ),
    "page.unavailable": (
        "La base ne répond pas. Ce qui est affiché ailleurs reste lisible.",
        "The database does not answer. What is shown elsewhere stays readable.",
    ),
    "page.too_many": (
        "Trop de demandes. Réessayez dans un instant.",
        "Too many requests. Try again in a moment.",
    ),
    "page.too_slow": ("La demande n'est pas arrivée à temps", "The request did not come in time"),
    "page.failed": ("Erreur du serveur", "Server error"),
    "ended.merged": ("fusionné dans {parent}", "merged into {parent}"),
    "ended.rejected": ("rejeté", "rejected"),
    "ended.closed": ("clos", "closed"),
    "mark.onset": ("début", "onset"),
    "mark.announced": ("annonce", "announced"),
    "mark.taken": ("pris par {by}", "taken by {by}"),
    "mark.confirmed": ("confirmé", "confirmed"),
    "mark.promise": ("retour prévu", "restore time"),
    "mark.text": ("texte {audience}", "text {audience}"),
    "mark.restored": ("rétabli", "restored"),
}
