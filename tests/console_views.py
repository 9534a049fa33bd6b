"""Made-up views for pages of the console: usual ones, and the least and the most they may hold."""

from typing import Any

import msgspec

from correlator.model import MINUTE, Answer, Band
from correlator.web.pages.training import training_view
from correlator.web.views import (
    AgentView,
    ChangeView,
    DomainView,
    DraftRow,
    DraftView,
    EditView,
    FeedView,
    FlashLine,
    FlashView,
    Frame,
    GateView,
    HandoverView,
    InForceView,
    JobView,
    LineView,
    NetworkView,
    NodeView,
    PromiseView,
    Role,
    RowView,
    RuleRow,
    RulesetView,
    RulesView,
    RuleView,
    SpanView,
    TileView,
    VersionRow,
    WallView,
    WorkshopView,
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
    RuleView(TOO_LITTLE, "access.yaml", (), (), (), 0, (), ()),
    RuleView(
        rule_row(),
        "access.yaml",
        ((1, "rules:"), (2, "  - id: access-line-card")),
        (row(), row("DSL-1", band=Band.OVER, state="closed")),
        (("coïncidence", 2),),
        3,
        ((ONSET, "DSL-00018/C03", 3.1, 4.0),),
        (
            VersionRow("b7c1", "0f3a", NOW, "plus tôt", 4, 3, 1, (("coincidence", 1),), None, None),
            VersionRow("a3f0", "", None, "", 90, 71, 9, (("coincidence", 9),), 0.89, 0.06),
        ),
    ),
)
LINES = tuple(
    LineView(kind, text)
    for kind, text in (
        ("file", "--- access.yaml"), ("file", "+++ access.yaml"), ("place", "@@ -1 +1 @@"),
        ("same", "rules:"), ("less", "-  close_after: 12h"), ("more", "+  close_after: 13h"),
    )
)  # fmt: skip
_IN_FORCE = (
    InForceView("0f3a", "b7c1", "brouillon promu", "zoé", "plus tôt", "l'orage", NOW, now=True),
    InForceView("9d2e", "a3f0", "par le dossier", "files", "the first", "", ONSET, now=False),
)
_DRAFT = DraftRow("2046642d", "fermer plus tard", "zoé", "brouillon", NOW, open=True)
_OVER = DraftRow("d24995b6", "fermer plus tôt", "yves", "retiré", ONSET, open=False)
WORKSHOPS = (WorkshopView(None, (), ()), WorkshopView(_IN_FORCE[0], (_DRAFT, _OVER), _IN_FORCE))
_GATES = tuple(GateView(passed=n > 1, says=f"Condition {n}.") for n in range(4))
DRAFTS = (
    DraftView(
        _OVER, "77aa", shadowed=False, shadow="", costs="", tests=None, backtest=None,
        gates=_GATES, passed=False, moved=True, files=(), lines=(),
    ),
    DraftView(
        _DRAFT, "77aa", shadowed=True, shadow="shadow-1", costs="31 µs",
        tests=JobView("tests", "2 écarts.", "act", ("tests/access.yaml:3:1: x", "y"), ""),
        backtest=JobView("backtest", "Fait.", "ok", (), "2046642d-7"),
        gates=_GATES[2:], passed=True, moved=False,
        files=("access.yaml", "tests/access.yaml"), lines=LINES,
    ),
    DraftView(
        _DRAFT, "77aa", shadowed=True, shadow="", costs="", tests=None, backtest=None,
        gates=_GATES, passed=False, moved=True, files=(), lines=(),
    ),
    DraftView(
        _DRAFT, "77aa", shadowed=False, shadow="", costs="",
        tests=JobView("tests", "En attente.", "mute", (), ""), backtest=None,
        gates=_GATES, passed=False, moved=False, files=("access.yaml",), lines=LINES,
    ),
)  # fmt: skip
EDITS = (
    EditView("", "0f3a", "access.yaml", "a: 1\n", "", ("access.yaml", "b.yaml"), ()),
    EditView(
        "2046642d", "77aa", "access.yaml", "a: <1>\n", "fermer plus tard",
        ("access.yaml",), ("access.yaml:1:1: unknown key 'a'", "b"),
    ),
)  # fmt: skip
RULESETS = (
    RulesetView("0f3a", "b7c1", "zoé", "plus tôt", NOW, back=False, seen="0f3a", lines=LINES),
    RulesetView("9d2e", "a3f0", "files", "the first", ONSET, back=True, seen="0f3a", lines=()),
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
