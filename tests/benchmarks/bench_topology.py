"""How long an inventory takes to load, what it weighs, how fast it answers.

python tests/benchmarks/bench_topology.py [--customers N]
"""

import argparse
import csv
import ctypes
import gc
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[2]))

from topology import Topology, load

CARD, DSLAM, AGGREGATION, BNG, CORE = 48, 16, 12, 20, 10  # children of each
PLATFORMS = {"SVC-MAIL": 1.0, "SVC-DNS-1": 0.5, "SVC-IPTV": 0.4, "SVC-VOIP": 0.8, "SVC-VOD": 0.1}
MODELS = {
    f"NB{model}": [f"{model}.{minor}.{patch}" for minor in range(3) for patch in range(4)]
    for model in range(1, 7)
}
FILES = ("equipment.csv", "dependencies.csv", "customers.csv")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--weigh", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.weigh:
        weigh(asked.weigh)
        return
    with tempfile.TemporaryDirectory() as folder:
        write_inventory(Path(folder), asked.customers)
        measure(Path(folder))


def say(what: str, value: float, unit: str) -> None:
    sys.stdout.write(f"{what:<44}{value:>14,.3f} {unit}\n")
    sys.stdout.flush()


def measure(folder: Path) -> None:
    floor = min(iterate(folder) for _ in range(2))
    say("csv.reader floor", floor, "s")
    begin = perf_counter()
    topology = load(folder)
    seconds = perf_counter() - begin
    say("load", seconds, "s")
    say("load / floor", seconds / floor, "times")
    say("domains", topology.domain_count, "")
    measure_lookups(topology)
    measure_overlaps(topology)
    del topology
    command = [sys.executable, __file__, "--weigh", str(folder)]
    subprocess.run(command, check=True)


def iterate(folder: Path) -> float:
    begin = perf_counter()
    for name in FILES:
        with (folder / name).open(newline="", encoding="utf-8") as text:
            for _ in csv.reader(text):
                pass
    return perf_counter() - begin


def measure_lookups(topology: Topology) -> None:
    chosen = list(topology.customers_under(topology.domain_count - 1))
    random.Random(1).shuffle(chosen)
    chosen = ["".join(list(name)) for name in chosen[:300_000]]  # fresh strings, unhashed
    say("lookups, first", len(chosen) / look_up(topology, chosen), "per s")
    warm = chosen[-50_000:] * 10
    say("lookups, repeated", len(warm) / look_up(topology, warm), "per s")


def look_up(topology: Topology, names: list[str]) -> float:
    domains_of = topology.domains_of
    begin = perf_counter()
    for name in names:
        domains_of(name)
    return perf_counter() - begin


def measure_overlaps(topology: Topology) -> None:
    by_size = topology.sizes[:-1].argsort()
    for what, domain in (("biggest", by_size[-1]), ("median", by_size[by_size.size // 2])):
        begin = perf_counter()
        topology.shared_counts(int(domain))
        seconds = perf_counter() - begin
        name = f"{topology.name(int(domain))}, {topology.sizes[domain]:,}"
        say(f"shared_counts, {what} ({name})", seconds * 1000, "ms")
    for type_name, members in topology.types.items():
        begin = perf_counter()
        topology.shared_counts(int(members[0]))
        say(f"shared_counts, one {type_name}", (perf_counter() - begin) * 1000, "ms")


def weigh(folder: Path) -> None:
    before = resident()
    topology = load(folder)
    gc.collect()
    trim()
    after = resident()
    say("resident after load", after / 2**20, "MiB")
    say("resident per customer", (after - before) / topology.customer_count, "bytes")
    say("resident at the highest", peak() / 2**20, "MiB")


def resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def peak() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def trim() -> None:
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        sys.stdout.write("no malloc_trim here\n")


def write_inventory(folder: Path, customers: int) -> None:
    cards = -(-customers // CARD)
    rows = list(equipment(cards))
    write(folder / FILES[0], ("id", "type", "site"), ((i, t, s) for i, t, s, _ in rows))
    header = ("id", "depends_on", "redundancy_group")
    write(folder / FILES[1], header, ((i, d, g) for i, _, _, ds in rows for d, g in ds))
    header = ("customer_id", "depends_on", "cpe_model", "cpe_firmware", "offer")
    write(folder / FILES[2], header, subscribers(customers, random.Random(7)))


def write(path: Path, header: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as text:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


Row = tuple[str, str, str, tuple[tuple[str, str], ...]]


def equipment(cards: int) -> Iterator[Row]:
    dslams = -(-cards // DSLAM)
    aggregations = -(-dslams // AGGREGATION)
    gateways = -(-aggregations // BNG)
    cores = 2 * -(-gateways // (2 * CORE))
    for core in range(cores):
        yield f"CR-{core:02}", "core-router", f"POP{core}", ()
    for gateway in range(gateways):
        pair = 2 * (gateway // (2 * CORE))  # two uplinks, either will do
        uplinks = ((f"CR-{pair:02}", "uplink"), (f"CR-{pair + 1:02}", "uplink"))
        yield f"BNG-{gateway:03}", "bng", f"POP{pair}", uplinks
    for aggregation in range(aggregations):
        above = ((f"BNG-{aggregation // BNG:03}", ""),)
        yield f"AGG-{aggregation:04}", "aggregation-switch", f"AGG{aggregation}", above
    for dslam in range(dslams):
        site, name = f"NRA{dslam:05}", f"DSL-{dslam:05}"
        yield name, "dslam", site, ((f"AGG-{dslam // AGGREGATION:04}", ""),)
        for cable in range(3):
            yield f"{site}/T{cable:02}", "cable", site, ()
    for card in range(cards):
        dslam = f"DSL-{card // DSLAM:05}"
        yield f"{dslam}/C{card % DSLAM:02}", "line-card", f"NRA{card // DSLAM:05}", ((dslam, ""),)
    for platform in PLATFORMS:
        yield platform, "service-platform", "DC1", (("CR-00", ""),)


def subscribers(customers: int, dice: random.Random) -> Iterator[tuple[str, ...]]:
    for number in range(customers):
        card = number // CARD
        dslam = card // DSLAM
        needs = [f"DSL-{dslam:05}/C{card % DSLAM:02}", f"NRA{dslam:05}/T{dice.randrange(3):02}"]
        needs += [name for name, share in PLATFORMS.items() if dice.random() < share]
        model = dice.choice(list(MODELS))
        firmware, offer = dice.choice(MODELS[model]), f"offer-{dice.randrange(20):02}"
        yield f"C{number:08}", " ".join(needs), model, firmware, offer


if __name__ == "__main__":
    main()
