"""A real Apache Kafka broker on this machine, from the jars that Maven Central publishes.

The jars and a formatted, empty storage folder are kept in `.cache/kafka`; every broker works on a
copy of that folder. One broker takes about 6 s to start and 300 MB.
"""

import fcntl
import random
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

from kafka import KafkaAdminClient

from correlator.adapters.kafka.settings import KafkaSettings, open_client
from tests.harness.guard import Guard
from tests.harness.unavailable import ServerMissingError
from tests.harness.waiting import until

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache" / "kafka"
POM = Path(__file__).with_name("kafka") / "pom.xml"

READER = "reader"
PASSWORD = "open-sesame-42"  # of the SASL listener, to test that it never shows

_JVM = ("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
_READY_S = 60.0
_STOP_S = 20.0

# The voters are written here, not into the storage as `format --standalone` would: a copy of the
# storage must work on other ports. The short session lets a killed broker come back at once: before
# its end, Kafka takes the new one for an impostor. The last two lines let event time lie anywhere.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{plain},SASL://127.0.0.1:{sasl},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{plain},SASL://127.0.0.1:{sasl}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
listener.name.sasl.sasl.enabled.mechanisms=PLAIN
listener.name.sasl.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required user_{user}="{password}";
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:{controller}
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.min.isr=1
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.message.timestamp.after.max.ms=9223372036854775807
log.retention.ms=-1
"""


class Server:
    """The process of a broker, on a copy of the formatted storage; `running` is that process."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "broker.log"
        self.running: subprocess.Popen[bytes] | None = None
        self._folder = folder
        self._guard: Guard | None = None
        self._lib = jars()
        shutil.copytree(formatted(self._lib), folder / "data")

    def start(self) -> bool:
        """Start it, unless it runs; returns whether it had to be. It answers later."""
        if self.running is not None:
            return False
        with self.log.open("ab") as out:
            self.running = subprocess.Popen(
                [*java_command(self._lib), "kafka.Kafka", str(self._folder / "server.properties")],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self._guard = Guard(self.running.pid, signal.SIGKILL, self._folder)
        return True

    def stop(self, *, kill: bool = False) -> None:
        """Stop in good order, or at once as if the machine had lost power."""
        java, self.running = self.running, None
        if java is None:
            return
        java.send_signal(signal.SIGKILL if kill else signal.SIGTERM)
        try:
            java.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            java.kill()
            java.wait()
        if self._guard is not None:
            self._guard.dismiss()

    def check(self) -> None:
        """Raise with the end of the log if it has ended by itself."""
        if self.running is not None and self.running.poll() is not None:
            raise RuntimeError(f"Kafka did not start:\n{self.log.read_text()[-3000:]}")


class Broker:
    """One broker: `start` and `stop` as often as needed, same ports and same data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._plain, self._sasl, self._controller = free_ports(3)
        self._server = Server(folder)
        _write_properties(folder, self._plain, self._sasl, self._controller)

    @property
    def bootstrap(self) -> str:
        """Where clients connect without a password."""
        return f"127.0.0.1:{self._plain}"

    @property
    def sasl_bootstrap(self) -> str:
        """Where clients connect as READER with PASSWORD (SASL_PLAINTEXT, PLAIN)."""
        return f"127.0.0.1:{self._sasl}"

    def start(self) -> None:
        """Start and wait until the broker answers a client."""
        if self._server.start():
            self._wait_ready()

    def stop(self, *, kill: bool = False) -> None:
        """Stop in good order, or at once as if the machine had lost power."""
        self._server.stop(kill=kill)

    @contextmanager
    def outage(self, *, kill: bool = False) -> Iterator[None]:
        """Be down for a while, and up again afterwards whatever happens."""
        self.stop(kill=kill)
        try:
            yield
        finally:
            self.start()

    def create_topics(self, topics: Mapping[str, tuple[int, Mapping[str, str]]]) -> None:
        """Create `{name: (partitions, config)}` and wait until they can be used."""
        with self.admin() as admin:
            admin.create_topics(
                {
                    name: {"num_partitions": partitions, "configs": dict(config)}
                    for name, (partitions, config) in topics.items()
                },
                wait_for_metadata=True,
            )

    @contextmanager
    def admin(self) -> Iterator[KafkaAdminClient]:
        """Open an admin client for a moment."""
        settings = KafkaSettings(bootstrap_servers=(self.bootstrap,), connect_timeout_ms=60_000)
        with closing(open_client(KafkaAdminClient, settings)) as client:
            yield client

    def _wait_ready(self) -> None:
        """An open port is not enough: wait for the answer to a request."""
        try:
            until(self._listens, _READY_S)
        except BaseException:
            self.stop(kill=True)
            raise
        with self.admin() as admin:
            admin.describe_cluster()

    def _listens(self) -> bool:
        self._server.check()
        return listens(self._plain)


def jars() -> Path:
    """Return the folder with the jars of a broker."""
    return jars_of(CACHE, POM, "Kafka")


def jars_of(cache: Path, pom: Path, what: str) -> Path:
    """Return the folder with the jars of a pom, fetched when it has changed."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise ServerMissingError(f"there is no `{program}` (Java 17 and Maven are needed)")
    lib, stamp = cache / "lib", cache / "lib" / "pom.xml"
    with _alone(cache):
        if not stamp.exists() or stamp.read_bytes() != pom.read_bytes():
            fresh = cache / "lib.new"
            shutil.rmtree(fresh, ignore_errors=True)
            _fetch(pom, fresh, what)
            shutil.copy(pom, fresh / "pom.xml")
            shutil.rmtree(lib, ignore_errors=True)
            fresh.rename(lib)
    return lib


def _fetch(pom: Path, folder: Path, what: str) -> None:
    goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
    done = subprocess.run(
        [
            "mvn",
            "-q",
            "-B",
            "-f",
            pom,
            goal,
            f"-DoutputDirectory={folder}",
            "-DincludeScope=runtime",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ServerMissingError(f"Maven could not fetch {what}: {done.stdout.strip()[-500:]}")


def formatted(lib: Path) -> Path:
    """Return a formatted, empty storage folder to copy."""
    data = CACHE / "formatted"
    with _alone(CACHE):
        if not (data / "meta.properties").exists():
            fresh = CACHE / "format"
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            _write_properties(fresh, *free_ports(3))
            properties = str(fresh / "server.properties")
            tool = ["kafka.tools.StorageTool", "format", "-t", "A" * 22, "-c", properties]
            subprocess.run([*java_command(lib), *tool], check=True, capture_output=True)
            shutil.rmtree(data, ignore_errors=True)
            (fresh / "data").rename(data)
            shutil.rmtree(fresh)
    return data


def _write_properties(folder: Path, plain: int, sasl: int, controller: int) -> None:
    text = _PROPERTIES.format(
        plain=plain,
        sasl=sasl,
        controller=controller,
        data=folder / "data",
        user=READER,
        password=PASSWORD,
    )
    (folder / "server.properties").write_text(text)


def java_command(lib: Path) -> list[str]:
    return ["java", *_JVM, "-cp", f"{lib}/*"]


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Keep other test sessions out of a cache."""
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def free_ports(count: int) -> tuple[int, ...]:
    """Find free ports below those that the system gives to clients.

    Above, a client that tries again and again to reach a stopped broker may be given the broker's
    own port as its source, connect to itself and so keep the broker from coming back.
    """
    ports: list[int] = []
    while len(ports) < count:
        port = random.SystemRandom().randrange(15_000, 32_000)
        if port not in ports and _bindable(port):
            ports.append(port)
    return tuple(ports)


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
