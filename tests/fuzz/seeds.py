"""What fuzzing starts from: whole records and files, and the words that they are made of."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import yaml

from correlator.config import SHAPE
from correlator.formats.decode import decode_action
from correlator.model import Audience, ExternalState, Phase, RejectCode, Verb
from tests import payloads
from tests.payloads import but, deep

BETWEEN = b"\n--8<--\n"
"""Stands between the files of an input that has several."""

_ROOT = Path(__file__).resolve().parents[2]
_TIMES = ("2026-11-22T08:52:14Z", "2026-11-22T20:15:00.5+01:00", "9999-12-31T23:59:59-12:00")
_VALUES = ("null", "true", "1e400", "-1", "9007199254740993", "\\u0000", "\\ud83d", "é", "…")

_ACTIONS: dict[str, dict[str, Any]] = {
    "reject": {"code": "coincidence", "reason": "essai"},
    "link": {"tickets": ["T1", "T2"]},
    "scope": {"domain": "DSL-00042", "expects": 3},
    "merge": {"into": "GI-20261122-7f3a91c2"},
    "split": {"tickets": ["T1"], "domain": "DSL-00042"},
    "message": {"text": "un mot"},
    "assign": {"to": "bruno"},
    "declare": {"domain": "DSL-00042", "symptom": "no-sync", "text": "vu", "incidentId": None},
    "promise": {"restore": {"time": _TIMES[1], "source": "terrain", "confidence": "firm"}},
    "say": {"wording": {"audience": "sms", "phase": "timed", "fr": "Panne.", "en": "Fault."}},
    "external": {"external": {"owner": "nord", "number": "1", "state": "sent"}},
    "told": {"told": {"customer": "C1", "ticket": "T1", "channel": "phone", "promise": 1}},
}


def _variants(record: dict[str, Any]) -> Iterator[bytes]:
    """Yield a record whole, in every date, and nested as deeply as it may be."""
    yield json.dumps(record).encode()
    yield json.dumps(record, ensure_ascii=False, indent=1).encode()
    for time in (*_TIMES, *payloads.EMPTY_DATES[:3]):
        yield but(record, eventTime=time)
    yield but(record, eventId=payloads.GONE)
    for depth in (payloads_depth := (98, 101)):
        yield deep(record, depth, "[" if depth == payloads_depth[0] else '{"a":', "1", "")
        yield deep(record, depth, "[", "1", "]")


def tickets() -> Iterator[bytes]:
    """Yield records of tickets."""
    yield from _variants(payloads.TICKET)
    place = "event__troubleTicket__"
    for name, value in {
        "creationDate": "0001-01-01T00:00:00+01:00",
        "description": "é" * 10_001,
        "ticketType": "x" * 513,
        "relatedParty": [{"id": "x" * 513, "role": "agent"}, {"id": "C1", "role": "customer"}],
    }.items():
        yield but(payloads.TICKET, **{place + name: value})


def alarms() -> Iterator[bytes]:
    """Yield records of alarms."""
    yield from _variants(payloads.ALARM)
    for state in ("updated", "cleared"):
        yield but(
            payloads.ALARM, event__alarm__state=state, event__alarm__alarmClearedTime=_TIMES[1]
        )


def works() -> Iterator[bytes]:
    """Yield records of planned works."""
    yield from _variants(payloads.MAINTENANCE)
    yield but(payloads.MAINTENANCE, eventType="MaintenanceCancelEvent")
    yield but(payloads.MAINTENANCE, event__maintenance__end="1970-01-01T00:00:00-11:00")


def actions() -> Iterator[bytes]:
    """Yield records of actions, one of each verb."""
    yield from _variants(payloads.ACTION)
    for verb in Verb:
        changed = {"verb": verb.value, **_ACTIONS.get(verb.value, {})}
        yield but(payloads.ACTION, **{f"event__action__{k}": v for k, v in changed.items()})


def inbox() -> Iterator[bytes]:
    """Yield rows of the inbox: the same actions, as the console writes them."""
    for record in actions():
        try:
            yield msgspec.json.encode(decode_action(record))
        except ValueError:
            yield record


def forms() -> Iterator[bytes]:
    """Yield forms and JSON bodies of each verb."""
    for verb in (*(verb.value for verb in Verb), "cancel"):
        inner: dict[str, Any] = {}
        for name, value in _ACTIONS.get(verb, {}).items():
            inner |= value if isinstance(value, dict) else {name: value}
        inner |= {"restore": "20h15"} if verb == "promise" else {}
        inner |= {"domain": "CR-01"} if "domain" in inner else {}
        fields = {**inner, "verb": verb, "ids": "GI-1", "expects": "GI-1:3", "action": "X1"}
        fields |= {"held": "X1"} if verb == "cancel" else {}
        yield urlencode(fields, doseq=True).encode()
        yield json.dumps(fields).encode()


def inventories() -> Iterator[bytes]:
    """Yield inventories: the example, cut short, and small ones with what is special."""
    folder = _ROOT / "examples" / "topology"
    names = ("equipment.csv", "dependencies.csv", "customers.csv")
    whole = [(folder / name).read_bytes() for name in names]
    short = [b"\n".join(content.splitlines()[:12]) + b"\n" for content in whole]
    yield BETWEEN.join(short)
    small = [
        b"id,type,site,owner\nA,dslam,L1,\nA/1,line-card,L1,\nB,bng,L2,x\nC,bng,L2,x\n",
        b"id,depends_on,redundancy_group\nA/1,A,\nA,B,uplink\nA,C,uplink\n",
        b"customer_id,depends_on,cpe_model,cpe_firmware\nC1,A/1,N6,5.1\nC2,A B,N6,\nC3,C,N7,5.2\n",
    ]
    yield BETWEEN.join(small)
    yield BETWEEN.join([*small[:2], gzip.compress(small[2], mtime=0)])
    yield BETWEEN.join([content.replace(b"\n", b"\r\n") for content in small])
    yield BETWEEN.join([b"\xef\xbb\xbf" + small[0], small[1], small[2].replace(b"N6", b'"N""6"')])
    yield BETWEEN.join(small[:2])
    yield BETWEEN.join([small[0], b"id,depends_on\nA,B\nB,C\nC,A\n", small[2]])
    kinds = (
        b"id,depends_on,redundancy_group,kind\nA/1,A,,power\nA,B,uplink,service\n"
        b"A,C,uplink,\nA,A/1,,management\nC,B,m,management\n"
    )
    yield BETWEEN.join([small[0], kinds, small[2]])
    ring = [b"id,type\nA,core-router\nB,x\nC,x\nD,x\n", b"id,depends_on\nB,D\n"]
    yield BETWEEN.join([*ring, b"customer_id,depends_on\nC1,B\n", b"a,b\nA,B\nB,C\nC,A\nC,D\n"])


_SYMPTOMS = b"""symptoms:
- {id: no-sync, name: {fr: Synchro, en: No sync}, examples: [plus de synchro]}
- {id: bill, name: {fr: Facture, en: Bill}, fault: false}
"""
_RULE = b"""- id: one
  domains: [line-card]
  only: ["DSL-*"]
  symptoms: {no-sync: 6}
  other_symptoms: 0.2
  dial_share: 0.5
  raises: open
  title: {fr: "{symptom}", en: Fault}
  customer: {fr: "Panne. [Retour {restore}.|]", en: Fault.}
  procedure: https://wiki.example/x
  urgency: high
  impact: {medium: 5, high: 50}
  link: {linked: 0.5, suggested: 0.2}
  resolve: {quiet: 1h, alarms_cleared: 1m, close_after: 1d}
  predict: {customers: 30, after: 5m}
  alarms: [{follows: 0.5, causes: [loss], severities: [major]}]
  cause_gain: 4
"""
_OUTSIDE = (
    _RULE.replace(b"one", b"two")
    .replace(b'[line-card]\n  only: ["DSL-*"]', b'["*"]')
    .replace(b"no-sync: 6", b"bill: 1")
)
_DEFAULTS = b"""family: b
defaults:
""" + b"".join(line + b"\n" for line in _OUTSIDE.splitlines()[5:])


def catalogs() -> Iterator[bytes]:
    """Yield small catalogs: in one file and two, with defaults, with an alias, with slips."""
    yield BETWEEN.join(
        [_SYMPTOMS, b"family: a\nrules:\n" + _RULE, b"family: b\nrules:\n" + _OUTSIDE]
    )
    yield BETWEEN.join([_SYMPTOMS, b"family: a\nrules:\n" + _RULE + _OUTSIDE])
    short = (
        b"rules:\n- {id: b, domains: [x], symptoms: unnamed}\n- &c {id: c, domains: [y]}\n- *c\n"
    )
    yield BETWEEN.join([_SYMPTOMS, _DEFAULTS + short])
    yield BETWEEN.join([b"symptoms:\n- &a [*a]\n", b"{family: a, rules: [{? [b] : c}, {<<: {}}]}"])
    yield b"%YAML 1.1\n---\nsymptoms: !!set {a, b}\n..."


def languages() -> Iterator[bytes]:
    """Yield languages with sentences beside them, with slips in some."""
    terms = (
        "[short]\ntel = telephone\n[fillers]\nvraiment|tout\n[trouble]\nplus|pas [de|d]\nko\n"
        "[fine]\nok\n[breaks]\nmais\n[ignore]\nen ligne\n[says no-sync]\ndésynchro*\n"
        "etape <n>\n[about slow]\ninternet\n# left out\n[vague]\nça ne marche pas\n"
    ).encode()
    sentences = (
        b'{"text": "lent", "symptoms": ["slow"], "also": ["other"], "writer": "chat"}\n'
        b'{"text": "bonjour", "symptoms": []}\n'
    )
    yield BETWEEN.join([terms, sentences])
    yield BETWEEN.join([b"[says]\n[fine slow]\n[de]\n5ghz\n[x", b'{"text": 1}\n{}\n[]'])


def texts() -> Iterator[bytes]:
    """Yield what people write."""
    for text in (
        "plus d'internet ni de téléphone, la télé ok",
        "#PanneFibre dans le 92 !! synchro KO, étape 6",
        "débit 2 mega; ça coupe et ça revient (tjrs)",
    ):
        yield text.encode()


_WORLD = b"""start: 2026-03-09T07:00:00+01:00
topology:
  ranges: {d: 1-2}
  equipment: {"DSL-{d}": dslam, "DSL-{d}/C": line-card}
  dependencies: [{id: "DSL-{d}/C", on: "DSL-{d}", group: g}]
  customers: [{count: 3, prefix: "D{d}-", on: ["DSL-{d}/C"], attributes: {region: [n, s]}}]
background: {history: 3d, rates: {no-sync: 0.001}}
"""


def rule_tests() -> Iterator[bytes]:
    """Yield tests: a fault, a quiet day, works, and what people do."""
    events = (
        b"burst: {count: 3, under: DSL-1, symptoms: no-sync, every: 1m}, at: 1h",
        b"ticket: {customer: D1-1, symptom: no-sync, text: rien}, at: 0s",
        b"alarm: {id: A, object: DSL-1, cause: loss, severity: major, state: raised}, at: 5m",
        b"maintenance: {id: M, objects: [DSL-1], start: 0s, end: 1h}, at: 0s",
        b"action: {verb: confirm, cause: DSL-1, actor: anna, reason: vu}, at: 2h",
    )
    expected = (
        b"announced: {cause: DSL-1, rule: access-line-card, by: 2h, linked_at_least: 3}",
        b"not_announced: {domain: DSL-1}",
        b"suppressed: {code: maintenance}",
        b"resolved: {cause: DSL-1, by: 3h}",
        b"external: true",
    )
    for event, wanted in zip(events, expected, strict=True):
        one = b"- {name: x, events: [{%b}], expect: [{%b}]}\n" % (event, wanted)
        yield _WORLD + b"tests:\n" + one
    for path in sorted((_ROOT / "rules" / "catalog" / "tests").glob("*.yaml"))[:3]:
        yield path.read_bytes()[:1_200]


def configurations() -> Iterator[bytes]:
    """Yield the example, and every key once."""
    yield (_ROOT / "correlator.example.yaml").read_bytes()
    yield b"topology: {folder: t}\nstore: {url: 'sqlite:///x'}\n"
    yield b"topology: {folder: t}\nweb: {secret: 'env:HOME', host: 0.0.0.0}\n"
    yield b"topology: {folder: t}\nweb: {oidc: {issuer: x, client_id: y, roles: {a: cell}}}\n"
    for section in (
        b"rules: {folder: r}\nstore: {url: 'file:/nowhere', timeout: 10s}",
        b"engine: {false_incidents_per_week: 2, timezone: Europe/Paris}",
        b"kafka: {bootstrap_servers: ['k:1'], compression: gzip, request_timeout_ms: 5000}",
        b"kafka: {ssl_check_hostname: true, sasl_mechanism: PLAIN, sasl_plain_password: 'env:X'}",
        b"kafka: {group_id: !!str 1, delivery_timeout_ms: 0x7fff, client_id: &a b, group_id: *a}",
        b"daemon: {lateness: 0s, wall_clock: false, batch: 5, http_port: 0, name: x}",
        b"web: {host: 127.0.0.1, port: 80, allowed_hosts: [a], business: [offer=pro]}",
        b"log: {format: console, level: debug}",
    ):
        yield b"topology: {folder: t, attributes: [a]}\n" + section + b"\n"


def _keys(records: Iterable[bytes]) -> tuple[str, ...]:
    """Return the keys and the short words of JSON records, and values that are special."""
    found: dict[str, None] = {}

    def take(value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                found[key] = None
                take(inner)
        elif isinstance(value, list):
            for inner in value:
                take(inner)
        elif isinstance(value, str) and len(value) <= 40:
            found[value] = None

    for record in records:
        try:
            take(json.loads(record))
        except ValueError:
            continue
    return (*found, *_VALUES)


_WORDS = tuple(str(word) for kind in (Audience, Phase, ExternalState, RejectCode) for word in kind)
_YAML = (
    "&a", "*a", "<<", "? ", "!!int", "!!bool", "!!float", "!!binary", "!!timestamp", "!!set",
    "!!null", "|", ">-", '"\\x00"', '"\\ud800"', '"\\U00110000"', '"\\N"', "%YAML 1.1", "---",
    "...", "~", ".inf", "-.nan", "0x1f", "1_0", "1e9", "90s", "30m", "2h", "1d", "[]", "{}", "''",
    "\ufeff", "\u2028", "\x85", "{", "}", "[|]", "#", "\t",
)  # fmt: skip


def _names(*texts: bytes) -> tuple[str, ...]:
    """Return the keys of YAML files."""
    found: dict[str, None] = {}
    for text in texts:
        for part in text.split(BETWEEN):
            for token in yaml.scan(part.decode()):
                if isinstance(token, yaml.ScalarToken) and len(token.value) <= 30:
                    found[token.value] = None
    return (*found, *_YAML)


WORDS_OF_TICKETS = _keys(tickets())
WORDS_OF_ALARMS = _keys(alarms())
WORDS_OF_WORKS = _keys(works())
WORDS_OF_ACTIONS = (*_keys(actions()), *_WORDS)
WORDS_OF_ROWS = (*_keys(inbox()), *_WORDS)
WORDS_OF_FORMS = (
    *_keys(forms()), *_WORDS, "now", "20:15", "2026-11-22T21:00", "0001-01-01", "²", "%00",
    "%ED%A0%80", "GI-1:²", "GI-1:" + "9" * 20, "9" * 20, "x" * 513,
)  # fmt: skip
WORDS_OF_INVENTORIES = (
    "id", "type", "depends_on", "redundancy_group", "kind", "power", "management", "a", "b",
    "customer_id", "cpe_model", "cpe_firmware", "core-router",
    "offer", "region", "site", "owner", "A", "A/1", "B", "C", "C1", "*", "cpe_model=N6", '"', '""',
    ",", "\n", "\r", "\r\n", " ", "\0", "\ufeff", "=", "uplink", "x" * 513,
)  # fmt: skip
WORDS_OF_CATALOGS = _names(*catalogs())
WORDS_OF_LANGUAGES = (
    "[short]", "[fillers]", "[trouble]", "[fine]", "[says no-sync]", "[about slow]", "[vague]",
    "plus", "pas", "internet", "tele", "synchro*", "<n>", "|", "[de]", "*", "#", ",", ".", "é", "œ",
    "\x00", "\u0130", "\ufb01", "9" * 30, "a" * 300, "\n", '"text"', '"symptoms"', "mais", "ni",
)  # fmt: skip
WORDS_OF_TESTS = _names(*rule_tests())
WORDS_OF_CONFIGURATIONS = (
    *_names(*configurations()),
    *(name.rpartition(".")[2] for name in SHAPE.names()),
    "file:", "env:", "env:HOME", "file:/nowhere", '"env:\\0"', '"file:\\0"', "Europe", "..",
)  # fmt: skip
