"""A real Request Tracker 5, as Debian has it, on a database of its own; nothing under /etc is used.

Debian's packages: request-tracker5 rt5-db-sqlite rt5-standalone starlet. Only `make test-tools`
asks for it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness.broker import free_ports
from tests.harness.unavailable import ServerMissingError
from tests.harness.waiting import until

EMPTY = Path("/var/lib/dbconfig-common/sqlite3/request-tracker5/rtdb")
SERVER = Path("/usr/share/request-tracker5/libexec/rt-server")
_STARTS_WITHIN = 120.0
_SITE = """
Set($rtname, 'test'); Set($Organization, 'test');
Set($WebDomain, '127.0.0.1'); Set($WebPort, {port}); Set($WebBaseURL, 'http://127.0.0.1:{port}');
Set($DatabaseType, 'SQLite'); Set($DatabaseName, '{folder}/rtdb'); Set($MailCommand, 'mbox');
Set($WebSessionClass, 'Apache::Session::File');
Set($WebSessionProperties, {{ Directory => '{folder}/sess', LockDirectory => '{folder}/sess' }});
Set($LogToFile, 'warning'); Set($LogDir, '{folder}/log');
Set($LogToSyslog, undef); Set($LogToSTDERR, undef);
1;
"""
_DATA = """
@Queues = ({ Name => 'Incidents' }, { Name => 'Hotline' });
@CustomFields = (
  map { { Name => $_->[0], Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket',
          Queue => [$_->[1]], MaxValues => 1 } }
  (['External Id', 'Incidents'], ['Customer', 'Hotline'], ['Symptom', 'Hotline'])
);
@Users = ({ Name => 'correlator', EmailAddress => 'correlator@example.org', Privileged => 1 });
1;
"""
_TOKEN = """
use lib '/usr/share/request-tracker5/lib'; use RT; RT::LoadConfig(); RT::Init();
my $user = RT::User->new(RT->SystemUser); $user->Load('correlator');
$user->PrincipalObj->GrantRight(Right => $_, Object => $RT::System) for qw(
  SeeQueue ShowTicket ShowTicketComments CreateTicket CommentOnTicket ReplyToTicket ModifyTicket
  OwnTicket SeeCustomField ModifyCustomField);
my $token = RT::AuthToken->new(RT->SystemUser);
my ($ok, $said, $secret) = $token->Create(Owner => $user->Id, Description => 'correlator');
print "$secret\\n";
"""


@contextmanager
def running_request_tracker() -> Iterator[tuple[str, str]]:
    """Run one; yields its address and the token of our account. ServerMissingError: not here."""
    if not EMPTY.exists() or not SERVER.exists() or os.geteuid() != 0:
        raise ServerMissingError("Debian's request-tracker5 and root are needed")
    with tempfile.TemporaryDirectory(prefix="gi-rt-", dir="/tmp") as name:
        folder = Path(name)
        (port,) = free_ports(1)
        for inside in ("sess", "log", "site.d"):
            (folder / inside).mkdir()
        shutil.copy(EMPTY, folder / "rtdb")
        (folder / "RT_SiteConfig.pm").write_text(_SITE.format(port=port, folder=folder))
        (folder / "data").write_text(_DATA)
        (folder / "token.pl").write_text(_TOKEN)
        subprocess.run(["chown", "-R", "www-data:www-data", name], check=True)
        _run(folder, f"rt-setup-database-5 --action insert --datafile {folder}/data --skip-create")
        token = _run(folder, f"perl {folder}/token.pl").split()[-1]
        line = f"{SERVER} --server Starlet --host 127.0.0.1 --port {port}"
        with serving(_command(folder, line), port) as url:
            yield url, token


def _command(folder: Path, line: str) -> list[str]:
    own = f"RT_SITE_CONFIG={folder}/RT_SiteConfig.pm RT_SITE_CONFIG_DIR={folder}/site.d"
    return as_www_data(f"{own} exec {line}")


def _run(folder: Path, line: str) -> str:
    done = subprocess.run(_command(folder, line), check=True, capture_output=True, text=True)
    return done.stdout


def as_www_data(line: str) -> list[str]:
    """Return the command that runs a line of shell as the user of Debian's web programs."""
    return ["su", "-s", "/bin/sh", "www-data", "-c", line]


@contextmanager
def serving(command: list[str], port: int) -> Iterator[str]:
    """Run a server until the end of the block; yields its address once it answers."""
    server = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        until(lambda: _answers(port), _STARTS_WITHIN)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
