"""The wiring: from settings to running parts. Nothing here decides anything."""

from __future__ import annotations

import signal

import structlog
from threadpoolctl import threadpool_limits

import rules
import topology
from correlator.adapters.fits import begin_kept
from correlator.adapters.host import owner, settle, wall_clock
from correlator.adapters.joined import JoinedSource
from correlator.adapters.kafka import (
    KafkaPublisher,
    KafkaSource,
    ensure_topics,
    standard_topics,
)
from correlator.adapters.kafka.settings import require_extensions
from correlator.adapters.sql import IngestSource, RuleDesk, open_store
from correlator.config import Config
from correlator.engine import Engine
from correlator.formats.decode import DECODERS, INGESTED
from correlator.model import Millis
from correlator.ports import EventSource
from correlator.service.daemon import Daemon, Services
from correlator.service.metrics import Metrics
from correlator.service.reload import watched_topology
from correlator.service.status import StatusServer
from correlator.text import import_libraries
from correlator.workshop import FollowedRules

log = structlog.get_logger(__name__)

_STALE: Millis = 60_000  # a loop that has not come round for that long is not healthy


class UnexpectedEndError(Exception):
    """The daemon's loop was ended by something that nobody foresaw."""


def run(config: Config) -> None:
    """Run the daemon until SIGTERM or SIGINT. Raises what the configuration gets wrong."""
    require_extensions()
    inventory = topology.load(config.topology, config.attributes, core=config.core)
    rules.load(config.rules)  # a broken folder is the configuration's fault
    store = open_store(config.store_url, timeout=config.store_timeout / 1000)
    if config.daemon.create_topics:
        ensure_topics(config.kafka, standard_topics())
    import_libraries()  # a caller would wait for it at the first training
    publisher = KafkaPublisher(config.kafka)
    places = watched_topology(config.topology, config.attributes, config.core)
    followed = FollowedRules(RuleDesk(store.engine), config.rules, wall_clock)

    def sources() -> EventSource:
        posted = IngestSource(store.engine, INGESTED)
        return JoinedSource(posted, KafkaSource(config.kafka, tuple(DECODERS)))

    def engines() -> Engine:
        return Engine(places.latest or inventory, followed.current(), config.engine, begin_kept)

    archives = config.engine if config.archive is not None else None
    services = Services(
        store, sources, publisher, engines, (places, followed), archives=archives, settled=settle
    )
    metrics = Metrics()
    daemon = Daemon(services, config.daemon, owner(), metrics)
    status = _status(config, daemon, metrics)
    _stop_on_signals(daemon)
    try:
        with one_thread_each():
            daemon.run()
    except (ValueError, OSError) as error:
        # Not the configuration's fault, as the same kinds are before the loop runs.
        raise UnexpectedEndError(f"{type(error).__name__}: {error}") from error
    finally:
        status.close()
        publisher.close()
        store.close()
        places.close()
        followed.close()
        log.info("stopped")


def one_thread_each() -> threadpool_limits:
    """Return a context in which linear algebra takes no threads beside the one that asks.

    Its matrices are small here: other threads would only spin, each on a processor of its own.
    """
    return threadpool_limits(limits=1, user_api="blas")


def _status(config: Config, daemon: Daemon, metrics: Metrics) -> StatusServer:
    def healthy() -> bool:
        return wall_clock() - daemon.beat < _STALE

    settings = config.daemon
    return StatusServer(
        settings.http_port, metrics.registry, healthy, daemon.reasons, settings.http_host
    )


def _stop_on_signals(daemon: Daemon) -> None:
    def stop(number: int, _frame: object) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        daemon.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
