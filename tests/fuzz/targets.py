"""What is fuzzed: one function for each reader of foreign bytes.

A target returns for whatever its reader takes, and for whatever it refuses with the error it has
documented. Everything else that it raises is a defect: an error of another class, or `BrokenError`
where the reader took something that must not go further.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol

import msgspec

from correlator.config import load_config
from correlator.config_file import ConfigError
from correlator.formats.decode import (
    BadRecordError,
    decode_action,
    decode_alarm,
    decode_maintenance,
    decode_ticket,
)
from correlator.formats.decode.record import MOST_OF_A_TEXT, MOST_OF_AN_ID
from correlator.formats.times import LATEST
from correlator.model import Action, Alarm, Event, Maintenance, Ticket
from correlator.ports import InboxRow
from correlator.service.inbox import arrivals
from correlator.service.recovery import decode_inputs, encode_inputs
from correlator.text import SymptomClassifier, begin
from correlator.text.lexicon import Lexicon
from correlator.web.settings import load_web_settings
from rules import CatalogError, load, parse
from rules.findings import Report
from rules.sentences import read_sentences
from rules.terms import plain
from rules.testing import parse_tests
from rules.words import read_language
from tests.fuzz import posted, seeds
from tests.fuzz.files import folder, read_inventory
from tests.fuzz.form import sent_by
from tests.fuzz.seeds import BETWEEN

ENGINE_TIME = 1_795_339_000_000
"""2026-11-22, in the morning: of an action that comes from the inbox."""

_TEXTS = frozenset({"text", "reason", "title", "fr", "en"})
"""Fields of 10,000 characters; all others have 512."""


class BrokenError(AssertionError):
    """What was taken breaks a promise of docs/formats.md."""


class Run(Protocol):
    """Hands bytes to a reader; raises for a defect."""

    def __call__(self, data: bytes, /) -> None: ...


class Target(NamedTuple):
    """Something that reads foreign bytes; `form` says how they are changed in a useful way."""

    run: Run
    seeds: Callable[[], Iterator[bytes]]
    words: tuple[str, ...]
    form: str


def _hold(true: bool, otherwise: str) -> None:  # noqa: FBT001 - an assertion with its message
    if not true:
        raise BrokenError(otherwise)


# What comes through Kafka


def _decoded(decode: Callable[[bytes], Event], data: bytes) -> Event | None:
    """Return what a decoder takes, after all that holds of every event; None if it refuses."""
    try:
        event = decode(data)
    except BadRecordError as error:
        _hold(error.reason in {"not-json", "invalid"}, "a reason that is not documented")
        _hold(0 < len(str(error).encode()) <= 10_000, "a message that is empty, or very long")
        return None
    for name, value in strings(event):
        _hold("\0" not in value, f"{name} holds a NUL")
    survives(event)
    _hold(0 <= event.arrived <= LATEST, "arrived at no time")
    _hold(bool(event.id) and bool(getattr(event, "event_id", "")), "an event without id")
    return event


def strings(struct: msgspec.Struct) -> Iterator[tuple[str, str]]:
    """Yield each string of an event with the name of its field."""
    for name in struct.__struct_fields__:
        value = getattr(struct, name)
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, tuple):
            yield from ((name, one) for one in value)
        elif isinstance(value, msgspec.Struct):
            yield from strings(value)


def survives(event: Event) -> None:
    """Raise `BrokenError` for an event that no database holds or no recovery brings back."""
    for name, value in strings(event):
        _hold(len(value) <= (MOST_OF_A_TEXT if name in _TEXTS else MOST_OF_AN_ID), f"long {name}")
        value.encode()
    _hold(decode_inputs(encode_inputs([event])) == [event], "recovery brings back another event")


def ticket(data: bytes) -> None:
    """Read a record of `gi.tickets`."""
    event = _decoded(decode_ticket, data)
    if isinstance(event, Ticket):
        _hold(0 <= event.occurred <= event.arrived, "occurred after it arrived")
        _hold(event.symptom != "" and event.customer != "", "an empty symptom or customer")


def alarm(data: bytes) -> None:
    """Read a record of `gi.alarms`."""
    event = _decoded(decode_alarm, data)
    if isinstance(event, Alarm):
        _hold(0 <= event.occurred <= event.arrived, "occurred after it arrived")
        _hold(bool(event.managed_object) and bool(event.severity), "an alarm on nothing")


def maintenance(data: bytes) -> None:
    """Read a record of `gi.maintenance`."""
    event = _decoded(decode_maintenance, data)
    if isinstance(event, Maintenance):
        planned = bool(event.objects) and 0 < event.start < event.end <= LATEST
        _hold(event.cancelled or planned, "works without objects, or that end before they start")


def action(data: bytes) -> None:
    """Read a record of `gi.actions`."""
    event = _decoded(decode_action, data)
    if isinstance(event, Action):
        _hold(bool(event.incident) or event.verb == "declare", "an action on nothing")


# What comes through the console


def inbox(data: bytes) -> None:
    """Read a row of the inbox, which holds what a database can: text."""
    body = data.decode(errors="replace").replace("\0", "\ufffd")
    row = InboxRow(1, "X1", ENGINE_TIME, body)
    found = arrivals([row], ENGINE_TIME, ENGINE_TIME)
    _hold(found.taken == ("X1",), "a row that stays")
    _hold(len(found.actions) + len(found.letters) == 1, "a row that is lost, or two things at once")
    for one in found.actions:
        _hold(one.arrived == ENGINE_TIME, "arrived at another time")
        survives(one)
    for letter in found.letters:
        _hold(letter.record.value == body.encode(), "a letter with another text")
        _hold(bool(letter.error.encode()), "a letter that does not say why")


def form(data: bytes) -> None:
    """Read a form of the console and carry it out, up to the inbox and out of it again."""
    for body in sent_by(data):
        found = arrivals([InboxRow(1, "X1", ENGINE_TIME, body)], ENGINE_TIME, ENGINE_TIME)
        for letter in found.letters:
            raise BrokenError(f"the inbox does not take what the form took: {letter.error}")
        for one in found.actions:
            survives(one)


def body(data: bytes) -> None:
    """Read a body of the API, as everything that it may be posted as."""
    for event in posted.events_of(data):
        survives(event)


# What stands in files


def inventory(data: bytes) -> None:
    """Read an inventory: equipment, dependencies, customers, links, with `BETWEEN` between them."""
    network, findings = read_inventory(data.split(BETWEEN, 3))
    for finding in findings:
        _hold(finding.line >= 1 and bool(finding.message), "a finding without its place")
        _hold(finding.file.split(".")[1] == "csv", "a finding in no file")
        str(finding).encode()
    _hold((network is None) == bool(findings), "refused for no reason")
    if network is None:
        return
    for number, name in enumerate(network.names):
        _hold(network.domain(name) == number, "a domain that is not found by its name")
        _hold(len(name) <= MOST_OF_AN_ID, "a long name")
        both = {*network.equipment_under(number)}.intersection(network.hidden_by(number))
        _hold(not both, "hidden, and down")
        _hold({*network.powered_by(number)} <= {*network.equipment_under(number)}, "not down")
    for arc in network.arcs(range(network.domain_count)):
        _hold(len(arc) > 1 and max(arc) < len(network.graph), "an arc of something else")
    outside = network.domain("*")
    _hold(outside is not None, "nothing outside")
    for customer in network.customers_under(outside or 0):
        under = network.domains_of(customer)
        _hold(under is not None and outside in under, "a customer who is nowhere")


def _checked(read: Callable[[], object]) -> None:
    """Read files of YAML; what is refused must say where."""
    try:
        read()
    except (CatalogError, ConfigError) as error:
        _hold(bool(error.findings), "refused for no reason")
        for finding in error.findings:
            _hold(finding.line >= 1 and finding.column >= 1, "a finding without its place")
            _hold(bool(finding.message), "a finding without words")


def catalog(data: bytes) -> None:
    """Read a catalog: symptoms, then files of rules, with `BETWEEN` between them."""
    names = ("symptoms.yaml", "one.yaml", "two.yaml")
    _checked(lambda: parse(dict(zip(names, data.split(BETWEEN, 2), strict=False))))


def words(data: bytes) -> None:
    """Read a language, and beside it sentences, of a catalog that has these symptoms."""
    language, _, sentences = data.partition(BETWEEN)
    report = Report()
    known = ("no-sync", "slow")
    found = read_language("language.txt", language, known, report)
    read_sentences("sentences.jsonl", sentences, known, report)
    _checked(report.raise_if_any)
    Lexicon(found, known).read(plain(data[:512].decode("utf-8", "replace")))


_READER = SymptomClassifier(begin(load()))


def text(data: bytes) -> None:
    """Read the text of a ticket: shares that are probabilities, whatever is written."""
    found = _READER.predict(data.decode("utf-8", "replace"))
    shares = [share for _, share in found.shares]
    _hold(0.0 <= found.probability <= 1.0, "no probability")
    _hold(all(0.0 < share <= 1.0 for share in shares) and sum(shares) <= 1.01, "no distribution")
    _hold(found.symptom is None or found.probability > 0.0, "a symptom that is impossible")


_SHIPPED = load()


def rule_tests(data: bytes) -> None:
    """Read a file of rule tests beside the catalog that comes along."""
    _checked(lambda: parse_tests({"tests.yaml": data}, _SHIPPED))


def configuration(data: bytes) -> None:
    """Read a configuration, as the daemon and as the console do."""
    file = folder() / "correlator.yaml"
    file.write_bytes(data)
    _checked(lambda: load_config(file))
    _checked(lambda: load_web_settings(file))


TARGETS: Mapping[str, Target] = {
    "ticket": Target(ticket, seeds.tickets, seeds.WORDS_OF_TICKETS, "json"),
    "alarm": Target(alarm, seeds.alarms, seeds.WORDS_OF_ALARMS, "json"),
    "maintenance": Target(maintenance, seeds.works, seeds.WORDS_OF_WORKS, "json"),
    "action": Target(action, seeds.actions, seeds.WORDS_OF_ACTIONS, "json"),
    "inbox": Target(inbox, seeds.inbox, seeds.WORDS_OF_ROWS, "json"),
    "form": Target(form, seeds.forms, seeds.WORDS_OF_FORMS, "form"),
    "body": Target(body, posted.bodies, posted.WORDS, "json"),
    "inventory": Target(inventory, seeds.inventories, seeds.WORDS_OF_INVENTORIES, "text"),
    "catalog": Target(catalog, seeds.catalogs, seeds.WORDS_OF_CATALOGS, "text"),
    "words": Target(words, seeds.languages, seeds.WORDS_OF_LANGUAGES, "text"),
    "text": Target(text, seeds.texts, seeds.WORDS_OF_LANGUAGES, "text"),
    "rule_tests": Target(rule_tests, seeds.rule_tests, seeds.WORDS_OF_TESTS, "text"),
    "configuration": Target(
        configuration, seeds.configurations, seeds.WORDS_OF_CONFIGURATIONS, "text"
    ),
}
"""Everything that reads foreign bytes."""
