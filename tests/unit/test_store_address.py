"""Where a database is, as logs and errors say it."""

import pytest
from sqlalchemy import make_url

from correlator.adapters.sql.connect import address


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////var/gi.db", "/var/gi.db"),
        ("postgresql://u:secret@db/gi", "db:5432/gi"),
        ("postgresql://u:secret@db:5433/gi", "db:5433/gi"),
        ("postgresql://u:secret@/gi?host=/run/postgresql", "/run/postgresql:5432/gi"),
        ("postgresql://u:secret@/gi?host=a,b&port=5433,5434", "a:5433,b:5434/gi"),
        ("postgresql://u:secret@/gi?host=a,b&port=5433", "a:5433,b:5433/gi"),
        ("postgresql://u:secret@/gi?host=a:5433&host=b", "a:5433,b:5432/gi"),
        ("postgresql:///gi", "localhost:5432/gi"),
    ],
)
def test_every_server_is_named_and_no_password(url: str, said: str) -> None:
    assert address(make_url(url)) == said
