"""The messages of an incident: what an agent reads in the ticket, as on the console."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from correlator.formats.wording import Language
from correlator.model import ExternalState, Incident, Millis
from correlator.ticket_tool import Picture
from correlator.writeback.words import say

_STANDS = frozenset({ExternalState.SENT, ExternalState.ACCEPTED, ExternalState.ANSWERED})


class Messages:
    """Words in one language, times where the hotline is."""

    def __init__(self, lang: Language, zone: ZoneInfo) -> None:
        self._lang = lang
        self._zone = zone

    def subject(self, incident: Incident) -> str:
        """Return the subject of the incident's own ticket."""
        return self._say("own.subject", incident=incident.id, cause=self._cause(incident))

    def opening(self, incident: Incident) -> str:
        """Return the first words of the incident's own ticket."""
        return self._say("own.text", **self._about(incident), customers=incident.customers)

    def known(self, picture: Picture) -> str:
        """Return what to say while it lasts, when it will be over, and what not to do."""
        incident = picture.incident
        lines = [self._say("known", **self._about(incident))]
        text = self._approved(picture)
        if text:
            lines.append(self._say("say", text=text))
        lines.append(self._restore(incident))
        lines.append(self._say("no_visit"))
        lines += [
            self._say("external", owner=one.owner, number=one.number)
            for one in incident.externals
            if one.state in _STANDS
        ]
        return "\n".join(lines)

    def restored(self, picture: Picture) -> str:
        """Return that the line is back, and what is left to do."""
        incident = picture.incident
        resolved = incident.changed if incident.resolved is None else incident.resolved
        told = self._say("restored", **self._about(incident), resolved=self._time(resolved))
        return f"{told}\n{self._say('restored.do')}"

    def withdrawn(self, incident: Incident) -> str:
        """Return that the incident does not explain the ticket after all."""
        return self._say("withdrawn", incident=incident.id)

    def _approved(self, picture: Picture) -> str:
        if picture.text is not None:
            wording = picture.text.wording
            return (wording.en if self._lang == "en" else wording.fr) or wording.fr
        return picture.incident.message or picture.incident.wordings.get(self._lang, "")

    def _restore(self, incident: Incident) -> str:
        if incident.promise is None:
            return self._say("no_time")
        return self._say("restore", time=self._time(incident.promise.restore.time))

    def _about(self, incident: Incident) -> dict[str, str]:
        onset = self._time(incident.onset)
        return {"incident": incident.id, "cause": self._cause(incident), "onset": onset}

    def _cause(self, incident: Incident) -> str:
        name = incident.names.get(self._lang, incident.rule)
        return f"{name} — {incident.domain or self._say('outside')}"

    def _time(self, time: Millis) -> str:
        form = "%d/%m %H:%M" if self._lang == "fr" else "%d %b %H:%M"
        return datetime.fromtimestamp(time / 1000, self._zone).strftime(form)

    def _say(self, key: str, **values: object) -> str:
        return say(self._lang, key, **values)
