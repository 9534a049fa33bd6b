"""What stands last under the keys of what has been published, made anew from the state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

from sqlalchemy import Connection, select

from correlator.adapters.sql import console, rows, schema
from correlator.adapters.sql.console_rows import text_from
from correlator.formats.wire import (
    INCIDENTS,
    LINKS,
    NETWORK,
    TEXTS,
    incident_message,
    link_message,
    network_message,
    text_message,
)
from correlator.model import Incident, IncidentChanged, LinkChanged, TextApproved
from correlator.ports import OutMessage

_Read: TypeAlias = "Callable[[Connection, str], OutMessage | None]"


def standing_messages(connection: Connection, sent: Iterable[OutMessage]) -> list[OutMessage]:
    """Return a message with the state as it is now for each key of these, in their order.

    Dead letters have none: they are not kept by key.
    """
    keys = dict.fromkeys((message.topic, message.key) for message in sent)
    found = []
    for topic, key in keys:
        read = _READ.get(topic)
        message = None if read is None or key is None else read(connection, key.decode())
        if message is not None:
            found.append(message)
    return found


def _incident_of(connection: Connection, incident: str) -> Incident | None:
    table = schema.incidents
    query = select(table.c.body).where(table.c.id == incident)
    row = connection.execute(query).mappings().first()
    return None if row is None else rows.incident_from(row)


def _incident(connection: Connection, key: str) -> OutMessage | None:
    incident = _incident_of(connection, key)
    return None if incident is None else incident_message(IncidentChanged(incident, "attributes"))


def _network(connection: Connection, key: str) -> OutMessage | None:
    incident = _incident_of(connection, key)
    return None if incident is None else network_message(IncidentChanged(incident, "attributes"))


def _link(connection: Connection, key: str) -> OutMessage | None:
    ticket, _, incident = key.rpartition("|")
    table = schema.links
    query = select(table).where(table.c.ticket == ticket, table.c.incident == incident)
    row = connection.execute(query).mappings().first()
    return None if row is None else link_message(LinkChanged(rows.link_from(row)))


def _text(connection: Connection, key: str) -> OutMessage | None:
    name, _, audience = key.rpartition("|")
    table = console.texts
    query = select(table).where(table.c.incident == name, table.c.audience == audience)
    row = connection.execute(query.order_by(table.c.n.desc()).limit(1)).mappings().first()
    incident = _incident_of(connection, name)
    if row is None or incident is None:
        return None
    return text_message(TextApproved(incident, text_from(row)))


_READ: Final[Mapping[str, _Read]] = MappingProxyType(
    {INCIDENTS: _incident, NETWORK: _network, LINKS: _link, TEXTS: _text}
)
