"""The files of a world."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from correlator.simulate.network import SERVICES, Network, customer_name
from correlator.simulate.settings import to_text
from correlator.simulate.values import columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from correlator.simulate.outages import Script

CHUNK = 100_000
"""Customers written at a time."""


def write_topology(network: Network, folder: Path) -> None:
    """Write equipment.csv, dependencies.csv, customers.csv and, where there are any, links.csv."""
    folder.mkdir(parents=True, exist_ok=True)
    things = network.equipment
    cells = zip(things.ids, things.types, things.sites, things.owners, strict=True)
    _write_rows(folder / "equipment.csv", "id,type,site,owner", map(",".join, cells))
    _write_dependencies(network, folder / "dependencies.csv")
    if network.rings:
        links = (pair for ring in network.rings for pair in pairwise(ring.chain))
        rows = (f"{things.ids[one]},{things.ids[other]}" for one, other in links)
        _write_rows(folder / "links.csv", "a,b", rows)
    header = "customer_id,depends_on,cpe_model,cpe_firmware,offer,region"
    if network.vendor is not None:
        header += ",vendor"
    _write_rows(folder / "customers.csv", header, _customer_rows(network))


def _write_dependencies(network: Network, path: Path) -> None:
    """Write what depends on what; of which kind, where there is more than one."""
    things, ups = network.equipment, network.ups
    header = "id,depends_on,redundancy_group"
    rows = (
        (name, parent, group)
        for name, uplinks in zip(things.ids, things.uplinks, strict=True)
        for parent, group in uplinks
    )
    if not ups:
        _write_rows(path, header, (f"{name},{things.ids[up]},{group}" for name, up, group in rows))
        return
    kinds = dict.fromkeys(ups, "power")
    told = [f"{n},{things.ids[up]},{group},{kinds.get(up, 'service')}" for n, up, group in rows]
    told += [f"{things.ids[one]},{things.ids[fed]},,management" for one, fed in ups.items()]
    _write_rows(path, f"{header},kind", told)


def _write_rows(path: Path, header: str, rows: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write(header + "\n")
        out.writelines(row + "\n" for row in rows)


def _customer_rows(network: Network) -> Iterator[str]:
    bundles = [
        "".join(f" {name}" for bit, name in enumerate(SERVICES) if code >> bit & 1)
        for code in range(1 << len(SERVICES))
    ]
    ids = network.equipment.ids
    for begin in range(0, network.customers, CHUNK):
        part = slice(begin, begin + CHUNK)
        rows = zip(
            network.numbers[part].tolist(),
            network.present[part].tolist(),
            network.written.access[part].tolist(),
            network.written.cable[part].tolist(),
            network.services[part].tolist(),
            _attributes(network, part),
            strict=True,
        )
        for number, present, access, cable, services, attributes in rows:
            if present:
                line = ids[access] if cable < 0 else f"{ids[access]} {ids[cable]}"
                yield f"{customer_name(number)},{line}{bundles[services]},{attributes}"


def _attributes(network: Network, part: slice) -> list[str]:
    cells = (np.array(values)[codes[part]].tolist() for values, codes in columns(network).values())
    return [",".join(row) for row in zip(*cells, strict=True)]


def write_events(path: Path, events: Iterable[dict[str, Any]]) -> int:
    """Write events, one a line; return how many."""
    encoder = msgspec.json.Encoder()
    count = 0
    with path.open("wb") as out:
        for event in events:
            out.write(encoder.encode(event) + b"\n")
            count += 1
    return count


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write one JSON document."""
    path.write_bytes(msgspec.json.encode(content) + b"\n")


def maintenance_events(script: Script, last: int) -> list[dict[str, Any]]:
    """Return the events of the maintenance feed before ``last`` (ms), sorted by time and id."""
    rows = []
    ordered = sorted(script.works, key=lambda works: (works.announced, works.objects))
    for number, works in enumerate(ordered, 1):
        record = {
            "id": f"M{number:04d}",
            "objects": list(works.objects),
            "start": to_text(works.start),
            "end": to_text(works.end),
            "title": works.title,
        }
        rows.append((works.announced, record["id"], "MaintenanceCreateEvent", record))
        if works.cancelled is not None:
            rows.append((works.cancelled, record["id"], "MaintenanceCancelEvent", record))
    rows.sort(key=lambda row: (row[0], row[1], row[2] == "MaintenanceCancelEvent"))
    return [
        {
            "eventId": f"EM{place:08d}",
            "eventType": kind,
            "eventTime": to_text(time),
            "event": {"maintenance": record},
        }
        for place, (time, _, kind, record) in enumerate(rows, 1)
        if time < last
    ]
