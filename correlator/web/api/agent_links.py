"""Links that open an agent's page in the frame of a CRM: made by its token, good once."""

from __future__ import annotations

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from correlator.adapters.sql.sessions import Link
from correlator.formats.times import to_rfc3339
from correlator.web.api.models import AgentLink, AgentLinkRequest, answered
from correlator.web.console import in_thread
from correlator.web.fields import Fields, WrongFieldError, read_body
from correlator.web.responses import problem
from correlator.web.visits import visit
from correlator.web.words import say

_MOST_OF_A_NAME = 60
_MOST_OF_AN_ID = 200


async def make(request: Request) -> Response:
    """Make a link."""
    here = visit(request)
    console = here.console
    if console.provider is None:
        return problem(409, "refused", "agents have pages in frames where people log in: web.oidc")
    body = await read_body(request)
    if body is None:
        return problem(413, "too-large", say(here.lang, "do.too_large"))
    try:
        asked = msgspec.json.decode(body, type=AgentLinkRequest)
        given = msgspec.structs.asdict(asked)
        fields = Fields({name: [value] for name, value in given.items() if value}, here.lang)
        link = Link(
            fields.needed("agent", _MOST_OF_A_NAME),
            fields.needed("ticket", _MOST_OF_AN_ID),
            fields.one("customer", _MOST_OF_AN_ID),
        )
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, WrongFieldError) as error:
        return problem(422, "invalid", str(error))
    now, system = console.clock(), here.who.actor
    key, until = await in_thread(lambda: console.sessions.link(link, system, now))
    console.audit.note(here.who, now, "agent-link", link.ticket, link.agent)
    url = f"{console.settings.url}/a/k/{key}"
    return answered(AgentLink(url=url, expires=to_rfc3339(until)), 201)
