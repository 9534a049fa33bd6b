"""The routes of the rule workshop, for the NOC and administrators."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from correlator.adapters.sql import DraftGoneError, DraftMovedError, RulesMovedError
from correlator.model import OPEN_DRAFTS, Draft, DraftState, JobKind
from correlator.web.acting import Outcome
from correlator.web.console import in_thread
from correlator.web.fields import Fields, WrongFieldError, fields_of, whole
from correlator.web.pages.workshop import (
    EDITED,
    draft_view,
    edit_view,
    ruleset_view,
    workshop_view,
)
from correlator.web.responses import page, refused, shown
from correlator.web.views import EditView, OutcomeView
from correlator.web.visits import Visit, visit
from correlator.web.words import say
from correlator.workshop import GateError, NeverInForceError, NoChangeError, ReasonError
from rules.findings import CatalogError

ROOM = "workshop"
"""Who may see drafts and the shadow, and change the rules."""
_MOST_DAYS = 400
_DAYS = 28
_FIRST_FILE = "access.yaml"
_MOST_OF_A_FILE = 1_000_000  # bytes of a form: a file in it is longer than it is


async def workshop(request: Request) -> Response:
    """What is in force, the drafts, what was before."""
    here = visit(request)
    view = await in_thread(lambda: workshop_view(here.console.workshop, here.lang))
    return page(here, "workshop.html", under="rules", workshop=view)


async def draft(request: Request) -> Response:
    """A draft."""
    return await _draft_as(request, "draft.html")


async def draft_part(request: Request) -> Response:
    """How far the trials of a draft are."""
    return await _draft_as(request, "parts/draft_trials.html")


async def _draft_as(request: Request, template: str) -> Response:
    here = visit(request)
    console = here.console
    found = await in_thread(lambda: console.workshop.desk.draft(request.path_params["id"]))
    if found is None:
        return refused(here, "page.unknown", 404)
    view = await in_thread(lambda: draft_view(console.workshop, found, here.lang))
    html = console.templates.render(template, here.frame("rules"), draft=view)
    return shown(here, html)


async def ruleset(request: Request) -> Response:
    """A set of rules against the one before."""
    here = visit(request)
    bench = here.console.workshop
    found = await in_thread(lambda: bench.desk.ruleset(request.path_params["id"]))
    if found is None:
        return refused(here, "page.unknown", 404)
    view = await in_thread(lambda: ruleset_view(bench, found, here.lang))
    return page(here, "ruleset.html", under="rules", ruleset=view)


# ------------------------------------------------------------------------------------- editing


async def edit(request: Request) -> Response:
    """A file to be changed, of a draft or of the rules in force; a change of it."""
    here = visit(request)
    fields = await _sent(request, here)
    if request.method == "POST" and (fields is None or not here.sent(fields)):
        return refused(here, "page.forbidden", 403)
    name = request.query_params.get("brouillon", "")
    file = request.query_params.get("fichier", _FIRST_FILE)
    view = await in_thread(lambda: _edited(here, name, file))
    if view is None:
        return refused(here, "page.unknown", 404)
    if fields is None:
        return page(here, "edit.html", under="rules", edit=view)
    sent, wrong_field = _sent_file(view, fields)
    where, errors = await in_thread(lambda: _save(here, sent, wrong_field))
    here.console.audit.note(here.who, here.console.clock(), "draft", where, str(len(errors)))
    if where:
        return RedirectResponse(f"/atelier/b/{quote(where)}", 303)
    wrong = msgspec.structs.replace(sent, errors=errors)
    return page(here, "edit.html", under="rules", status=422, edit=wrong)


async def _sent(request: Request, here: Visit) -> Fields | None:
    if request.method != "POST":
        return None
    return await fields_of(request, here.lang, _MOST_OF_A_FILE)


def _sent_file(view: EditView, fields: Fields) -> tuple[EditView, str]:
    """Return what was sent, with the set that was seen then; and why it cannot be taken, or ""."""
    named = ("text", "seen") if view.draft else ("text", "seen", "reason")
    raw = {name: next(iter(fields.all(name)), "") for name in named}
    sent = msgspec.structs.replace(view, **raw)
    try:
        text = fields.one("text", EDITED).replace("\r\n", "\n") + "\n"
        fields.text("reason")
    except WrongFieldError as error:
        return sent, error.sentence
    return msgspec.structs.replace(sent, text=text), ""


def _edited(here: Visit, name: str, file: str) -> EditView | None:
    desk = here.console.workshop.desk
    found = desk.draft(name) if name else None
    if name and (found is None or found.state not in OPEN_DRAFTS):
        return None
    now = desk.in_force()
    wanted = found.ruleset if found is not None else now.ruleset if now is not None else ""
    files = desk.ruleset(wanted)
    return None if files is None else edit_view(files, found, file)


def _save(here: Visit, sent: EditView, wrong_field: str) -> tuple[str, tuple[str, ...]]:
    """Return the id of the draft that was made or changed, or "" and what is wrong."""
    if wrong_field:
        return "", (wrong_field,)
    try:
        return _saved(here, sent).id, ()
    except CatalogError as error:
        return "", tuple(str(finding) for finding in error.findings)
    except NoChangeError:
        wrong = "edit.same"
    except (DraftMovedError, DraftGoneError):
        wrong = "edit.moved"
    except ReasonError:
        wrong = "edit.reason_missing"
    return "", (say(here.lang, wrong),)


def _saved(here: Visit, sent: EditView) -> Draft:
    bench, actor = here.console.workshop, here.who.actor
    files = bench.desk.ruleset(sent.seen)
    if files is None:
        raise DraftGoneError(sent.seen)
    changed = files.files | {sent.file: sent.text}
    if not sent.draft:
        return bench.begin(changed, sent.seen, actor, sent.reason)
    return bench.change(bench.draft(sent.draft), changed, actor, seen=sent.seen)


# ------------------------------------------------------------------------------- what is asked


def _tests(here: Visit, found: Draft, _fields: Fields) -> None:
    here.console.workshop.ask(found, JobKind.TESTS, here.who.actor)


def _backtest(here: Visit, found: Draft, fields: Fields) -> None:
    days = whole(fields.one("days")) or _DAYS
    here.console.workshop.ask(
        found, JobKind.BACKTEST, here.who.actor, max(1, min(days, _MOST_DAYS))
    )


def _shadow(here: Visit, found: Draft, _fields: Fields) -> None:
    here.console.workshop.move(found, DraftState.SHADOW)


def _unshadow(here: Visit, found: Draft, _fields: Fields) -> None:
    here.console.workshop.move(found, DraftState.DRAFT)


def _withdraw(here: Visit, found: Draft, _fields: Fields) -> None:
    here.console.workshop.move(found, DraftState.WITHDRAWN)


def _promote(here: Visit, found: Draft, fields: Fields) -> None:
    if found.ruleset != fields.one("seen"):
        raise DraftMovedError(found.id)
    here.console.workshop.promote(found, here.who.actor, fields.text("override"))


_ASKED: dict[str, Callable[[Visit, Draft, Fields], None]] = {
    "draft-tests": _tests,
    "draft-backtest": _backtest,
    "draft-shadow": _shadow,
    "draft-unshadow": _unshadow,
    "draft-promote": _promote,
    "draft-withdraw": _withdraw,
}


def _asked(verb: str) -> Callable[[Visit, Fields], Awaitable[list[Outcome]]]:
    async def do(here: Visit, fields: Fields) -> list[Outcome]:
        if not here.who.may(ROOM):
            return [_outcome(403, say(here.lang, "do.forbidden", what=verb))]
        name = fields.one("draft")
        return [await in_thread(lambda: _carry_out(here, verb, name, fields))]

    return do


def _carry_out(here: Visit, verb: str, name: str, fields: Fields) -> Outcome:
    lang = here.lang
    try:
        _ASKED[verb](here, here.console.workshop.draft(name), fields)
    except GateError:
        return _outcome(412, say(lang, "do.rules.gates"))
    except RulesMovedError:
        return _outcome(412, say(lang, "do.rules.moved"))
    except DraftMovedError:
        return _outcome(412, say(lang, "edit.moved"))
    except DraftGoneError:
        return _outcome(412, say(lang, "do.rules.gone"))
    except CatalogError:
        return _outcome(412, say(lang, "do.rules.unreadable"))
    return _outcome(200, say(lang, f"do.{verb.replace('-', '.')}"))


async def roll_back(here: Visit, fields: Fields) -> list[Outcome]:
    """Put a set of rules in force again."""
    if not here.who.may(ROOM):
        return [_outcome(403, say(here.lang, "do.forbidden", what="rules-back"))]
    wanted, seen, reason = fields.one("ruleset"), fields.one("seen"), fields.text("reason")

    def back() -> Outcome:
        try:
            here.console.workshop.roll_back(wanted, here.who.actor, reason, seen)
        except RulesMovedError:
            return _outcome(412, say(here.lang, "do.rules.moved"))
        except NoChangeError:
            return _outcome(412, say(here.lang, "do.rules.same"))
        except CatalogError:
            return _outcome(412, say(here.lang, "do.rules.unreadable"))
        except ReasonError:
            return _outcome(422, say(here.lang, "do.rules.reason"))
        except NeverInForceError:
            return _outcome(422, say(here.lang, "do.rules.never"))
        return _outcome(200, say(here.lang, "do.rules.back"))

    return [await in_thread(back)]


def _outcome(status: int, sentence: str) -> Outcome:
    return Outcome(OutcomeView("", "", status, sentence))


DONE_HERE: dict[str, Callable[[Visit, Fields], Awaitable[list[Outcome]]]] = {
    **{verb: _asked(verb) for verb in _ASKED},
    "rules-back": roll_back,
}
"""By verb of `/do`: what is carried out here, without the engine."""

WORKSHOP = [
    Route("/atelier", workshop),
    Route("/atelier/editer", edit, methods=["GET", "POST"]),
    Route("/atelier/b/{id}", draft),
    Route("/atelier/v/{id}", ruleset),
    Route("/f/atelier/b/{id}", draft_part),
]
