"""What agents and voice servers ask: what to tell a customer, and what an action would move."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from correlator.formats.times import to_rfc3339
from correlator.web.api.models import Answer, Preview, answered
from correlator.web.console import in_thread
from correlator.web.pages.agent import Asked, agent_view, known
from correlator.web.pages.preview import preview_of
from correlator.web.responses import problem
from correlator.web.views import AgentView
from correlator.web.visits import visit
from correlator.web.words import say


async def answer(request: Request) -> Response:
    """What to tell a customer: verdict, sentence, restore time, why, what not to do."""
    here = visit(request)
    console, query = here.console, request.query_params
    asked = Asked(
        request.path_params["key"][:200], query.get("customer", "")[:200], query.get("symptom", "")
    )
    is_customer = console.board.topology.domains_of(asked.key) is not None
    found = await in_thread(lambda: known(console.reads, asked, is_customer=is_customer))
    console.audit.note(here.who, console.clock(), "look", asked.key)
    if found.ticket is None and not is_customer and not asked.customer:
        message = say(here.lang, "ans.unknown_key", key=asked.key)
        return problem(404, "not-found", message)
    return answered(_answer(agent_view(console, asked, found, here.lang)))


def _answer(view: AgentView) -> Answer:
    promise = view.promise
    return Answer(
        key=view.key,
        verdict=view.word.value,
        sentence=view.say,
        because=view.because,
        do_not=[view.avoid] if view.avoid else [],
        next=view.next,
        incident_id=view.incident or None,
        symptom=view.symptom or None,
        symptom_assumed=view.assumed,
        since=None if view.since is None else to_rfc3339(view.since),
        restore_time=None if promise is None else to_rfc3339(promise.restore),
        restore_overdue=bool(promise and promise.overdue),
        linked=view.linked,
        at=to_rfc3339(view.at),
    )


async def preview(request: Request) -> Response:
    """What a scope, a merge, a split or a link would move."""
    here = visit(request)
    sentence = await preview_of(here.console, request.query_params, here.lang)
    return answered(Preview(sentence=sentence or ""))
