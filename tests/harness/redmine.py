"""A real Redmine 5, as Debian has it, on a database of its own.

Debian's packages: redmine redmine-sqlite puma. Only `make test-tools` asks for it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness.broker import free_ports
from tests.harness.request_tracker import as_www_data, serving
from tests.harness.unavailable import ServerMissingError

EMPTY = Path("/var/lib/dbconfig-common/sqlite3/redmine/instances/default/redmine_default")
HOME = Path("/usr/share/redmine")
_SETUP = """
Setting.rest_api_enabled = '1'
Setting.cross_project_issue_relations = '1'
Setting.notified_events = []
begin; Redmine::DefaultData::Loader.load('en'); rescue StandardError; end
tracker = Tracker.first
projects = %w[incidents hotline].map do |name|
  Project.create!(name: name.capitalize, identifier: name, trackers: [tracker],
                  enabled_module_names: ['issue_tracking'])
end
fields = [['External Id', projects[0]], ['Customer', projects[1]], ['Symptom', projects[1]]]
fields = fields.map do |name, project|
  field = IssueCustomField.create!(name: name, field_format: 'string', is_filter: true)
  field.trackers << tracker
  project.issue_custom_fields << field
  field.id
end
user = User.new(login: 'correlator', firstname: 'C', lastname: 'C', mail: 'c@example.org')
user.password = 'correlator-1234'
user.save!
manager = Role.find_by(name: 'Manager')
projects.each { |project| Member.create!(project: project, principal: user, roles: [manager]) }
puts "KEY #{user.api_key} #{fields.join(' ')}"
"""


@contextmanager
def running_redmine() -> Iterator[tuple[str, str]]:
    """Run one; yields its address and the key of our account. ServerMissingError: not here."""
    if not EMPTY.exists() or not HOME.exists() or os.geteuid() != 0:
        raise ServerMissingError("Debian's redmine, redmine-sqlite, puma and root are needed")
    with tempfile.TemporaryDirectory(prefix="gi-redmine-", dir="/tmp") as name:
        folder = Path(name)
        shutil.copy(EMPTY, folder / "redmine.db")
        (folder / "setup.rb").write_text(_SETUP)
        subprocess.run(["chown", "-R", "www-data:www-data", name], check=True)
        told = subprocess.run(
            _command(folder, f"bin/rails runner {folder}/setup.rb"),
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        _, key, *fields = next(line for line in told.splitlines() if line.startswith("KEY")).split()
        assert fields == ["1", "2", "3"], "its custom fields have the numbers that tests name"
        (port,) = free_ports(1)
        line = f"puma -b tcp://127.0.0.1:{port} -e production -t 1:4 config.ru"
        with serving(_command(folder, line), port) as url:
            yield url, key


def _command(folder: Path, line: str) -> list[str]:
    own = f"DATABASE_URL=sqlite3:{folder}/redmine.db RAILS_ENV=production HOME={folder}"
    return as_www_data(f"cd {HOME} && {own} exec {line}")
