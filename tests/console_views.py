"""Made-up views for pages of the console: usual ones, and the least and the most they may hold."""

from typing import Any

import msgspec

from correlator.model import MINUTE, Answer, Band
from correlator.web.pages.training import training_view
from correlator.web.views import (
    AgentView,
    ChangeView,
    DomainView,
    FeedView,
    FlashLine,
    FlashView,
    Frame,
    HandoverView,
    NetworkView,
    NodeView,
    PromiseView,
    Role,
    RowView,
    RuleRow,
    RulesView,
    RuleView,
    SpanView,
    TileView,
    WallView,
    WorkView,
)
from tests.trainings import comparison

NOW = 1_773_252_127_000  # 2026-03-11, 19:02:07 in Paris
ONSET = NOW - 26 * MINUTE
VERBS = ("link", "not-this", "told", "declare", "read", "handover")
SYMPTOMS = (("no-internet", "Plus d'accès à internet"), ("no-tv", "Plus de télévision"))
PROMISE = PromiseView(2, NOW + 73 * MINUTE, "wholesale", "likely", "l.petit", NOW - 10 * MINUTE)
LATE = PromiseView(1, NOW - 12 * MINUTE, "wholesale", "firm", "l.petit", ONSET, 12 * MINUTE)


def frame(page: str, lang: str = "fr", can: tuple[str, ...] = VERBS) -> Frame:
    feeds = (FeedView("tickets", 12_000, silent=False), FeedView("alarms", 4_000, silent=True))
    return Frame(page, lang, "l.petit", Role.CELL, frozenset(can), feeds, NOW, 7, "c5rf")


def row(domain: str = "AGG-0005", **fields: Any) -> RowView:
    usual: dict[str, Any] = {
        "id": f"GI-{domain}",
        "rev": 4,
        "version": 61,
        "band": Band.REPAIR,
        "state": "open",
        "priority": 2,
        "severity": "major",
        "title": f"Plus d'accès — {domain}",
        "symptom": "no-internet",
        "domain": domain,
        "domain_type": "aggregation-switch",
        "region": "Provence",
        "observed": 29,
        "expected": 0.8,
        "minutes": 9,
        "lines": 3417,
        "linked": 30,
        "why": "alarme sur la cause",
        "where": "AGG-0004 sain",
        "since": ONSET,
        "announced": ONSET,
        "owner": "l.petit",
    }
    return RowView(**(usual | fields))


def answer(word: Answer = Answer.YES, **fields: Any) -> AgentView:
    usual: dict[str, Any] = {
        "key": "T0088",
        "ticket": "T0088",
        "customer": "C0010",
        "say": "Une panne de notre réseau.",
        "because": "Sous AGG-0005, 104 clients ont appelé.",
        "avoid": "Ne pas envoyer de technicien.",
        "next": "",
        "symptom": "no-internet",
        "symptoms": SYMPTOMS,
        "assumed": True,
        "at": NOW,
        "incident": "GI-1",
        "rev": 4,
        "since": ONSET,
        "promise": PROMISE,
        "told": (ChangeView(ONSET, "m.durand", "promise", "", "pas encore d'heure"),),
    }
    return AgentView(word=word, **(usual | fields))


def rule_row(**fields: Any) -> RuleRow:
    usual: dict[str, Any] = {
        "id": "access-line-card",
        "title": "Carte d'accès",
        "status": "actif",
        "share": 0.16,
        "announced": 41,
        "confirmed": 33,
        "rejected": 4,
        "false": 2,
        "precision": 0.89,
        "margin": 0.09,
        "lead_minutes": -2.0,
        "nearest": 0.81,
        "nearest_at": ONSET,
        "tests": 3,
    }
    return RuleRow(**(usual | fields))


TOO_LITTLE = rule_row(
    id="new", precision=None, margin=None, lead_minutes=None, nearest=None, nearest_at=None
)


def flash_line(incident: str, state: str, **fields: Any) -> FlashLine:
    usual: dict[str, Any] = {
        "region": "",
        "symptom": "no-internet",
        "title": "Site vidéo",
        "fr": "Votre ligne va bien.",
        "en": "Your line is fine.",
        "restore": None,
        "approved": ONSET,
        "new": True,
    }
    return FlashLine(incident, state, **(usual | fields))


FLASHES = (
    FlashView((), (), (), (), {}, 0, read_by_me=True),
    FlashView((), (), ("Nord",), SYMPTOMS, {"region": "Nord"}, 1, read_by_me=False),
    FlashView(
        (flash_line("a", "failing", restore=NOW), flash_line("b", "external", en="")),
        (flash_line("c", "restored"),),
        ("Nord",),
        SYMPTOMS,
        {},
        41,
        read_by_me=False,
    ),
)
WALLS = (
    WallView((), (), 0, 0, 0.0, 0, 0, ()),
    WallView(
        tuple((band, n) for n, band in enumerate(Band)),
        (
            TileView("Provence", 41_200, tuple(row(f"D-{n}", promise=LATE) for n in range(7))),
            TileView("Alsace", 9_000, ()),
        ),
        3,
        212,
        61.2,
        1,
        1,
        tuple(row(f"E-{n}", external=True) for n in range(5)),
    ),
)
RULES = (RulesView((), "a3f", None), RulesView((rule_row(), TOO_LITTLE), "a3f", ONSET))
RULE = (
    RuleView(TOO_LITTLE, "access.yaml", (), (), (), 0, ()),
    RuleView(
        rule_row(),
        "access.yaml",
        ((1, "rules:"), (2, "  - id: access-line-card")),
        (row(), row("DSL-1", band=Band.OVER, state="closed")),
        (("coïncidence", 2),),
        3,
        ((ONSET, "DSL-00018/C03", 3.1, 4.0),),
    ),
)
_HANDOVERS = tuple(
    HandoverView(
        ONSET, NOW, "l.petit", incoming, rows, decided, promises, silences, 4, (), "", signed
    )
    for incoming, rows, decided, promises, silences, signed in (
        ("", (), (), (), (), None),
        (
            "m.durand",
            (row(owner=""), row("DSL-1", promise=LATE)),
            (ChangeView(ONSET, "l.petit", "état", "candidat", "ouvert", "sûr"),),
            (
                (row(), LATE),
                (row(), PromiseView(1, NOW, "NOC", "firm", "x", ONSET, 0, "kept")),
                (row(), PromiseView(1, NOW, "NOC", "firm", "x", ONSET, 0, "missed")),
                (row(), PromiseView(1, NOW, "NOC", "firm", "x", ONSET, 0, "superseded")),
            ),
            (("alarms", ONSET, NOW),),
            NOW,
        ),
    )
)
HANDOVERS = (
    *_HANDOVERS,
    msgspec.structs.replace(_HANDOVERS[0], visited=ONSET),
    msgspec.structs.replace(
        _HANDOVERS[0],
        visited=ONSET,
        by_visit=True,
        silent=26,
        silences=(("tickets", ONSET, ONSET + MINUTE), ("alarms", ONSET, NOW)),
    ),
)
TRAININGS = (
    training_view(None, "fr"),
    training_view(comparison(lines=(), missed=()), "fr"),
    training_view(comparison(), "fr"),
    training_view(comparison(has_cell=False, missed=()), "en"),
)
DOMAINS = (
    DomainView("AGG-5", "", known=False, near=("AGG-0005",)),
    DomainView("AGG-0005", "aggregation-switch", known=True),
    DomainView(
        "AGG-0005",
        "aggregation-switch",
        known=True,
        region="Provence",
        site="SITE5",
        network=NetworkView((NodeView("AGG-0005", "x", "cause", "healthy", 9, 0, 0.1),)),
        incidents=(row(),),
        earlier=(row(band=Band.OVER, state="merged"),),
        alarms=(
            SpanView("A", "DSL-1", "powerProblem", ONSET, None),
            SpanView("B", "DSL-2", "powerProblem", ONSET, NOW),
        ),
        works=(WorkView("W-1", ONSET, NOW, "carte"),),
        symptoms=SYMPTOMS,
    ),
)
