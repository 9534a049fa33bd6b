"""Why an incident was raised: sentences from what was stored when it was."""

from __future__ import annotations

from correlator.formats.wording import Language, number, signed
from correlator.model import Incident
from correlator.web.words import say

_ALARMS = 3


def sentences(incident: Incident, lang: Language) -> tuple[str, ...]:
    """Return the sentences, the strongest first; none for an incident that a person made."""
    evidence = incident.evidence
    if evidence is None:
        return ()
    said = [
        say(lang, "because.window", observed=w.observed, minutes=w.minutes, expected=w.expected)
        for w in evidence.windows[:2]
        if w.observed
    ]
    if evidence.gain:
        gain, alarms = signed(evidence.gain, lang), signed(evidence.alarm_gain, lang)
        needed = number(evidence.gain_needed, lang)
        said.append(say(lang, "because.gain", gain=gain, needed=needed, alarms=alarms))
    if evidence.level is not None and evidence.level.threshold:
        share = evidence.level.value / evidence.level.threshold
        said.append(say(lang, "because.level", share=number(float(f"{share:.3g}"), lang)))
    for alarm in evidence.alarms[:_ALARMS]:
        values = {"cause": alarm.cause, "severity": alarm.severity, "domain": alarm.domain}
        said.append(say(lang, "because.alarm", **values))
    if evidence.silent:
        said.append(say(lang, "because.silent", silent=evidence.silent, lines=incident.customers))
    if incident.siblings:
        said.append(say(lang, "because.healthy", n=incident.healthy, of=incident.siblings))
    return tuple(said)
