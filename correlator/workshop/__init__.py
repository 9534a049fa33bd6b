"""The rule workshop: from a draft to rules in force, and back.

`files` reads, writes and compares sets of files; `gates` says what must hold before a draft comes
into force; `desk` carries out what people ask for; `following` is how the daemon follows what is in
force. Nothing here runs rules: that is done beside the daemon.
"""

from correlator.workshop.desk import (
    GateError,
    NeverInForceError,
    NoChangeError,
    ReasonError,
    Workshop,
)
from correlator.workshop.files import (
    catalog_of,
    difference,
    files_in,
    packaged_files,
    ruleset_id,
    write_files,
)
from correlator.workshop.following import FollowedRules, RulesConflictError
from correlator.workshop.gates import gates

__all__ = [
    "FollowedRules",
    "GateError",
    "NeverInForceError",
    "NoChangeError",
    "ReasonError",
    "RulesConflictError",
    "Workshop",
    "catalog_of",
    "difference",
    "files_in",
    "gates",
    "packaged_files",
    "ruleset_id",
    "write_files",
]
