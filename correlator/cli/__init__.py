"""The command line. Exit codes: 0 done, 1 findings, 2 wrong usage or configuration, 3 no server."""

from __future__ import annotations

import rules
import topology
from correlator.adapters.files import FeedError
from correlator.adapters.kafka import (
    MissingExtensionError,
    PositionLostError,
    SecretMissingError,
    UnknownTopicError,
)
from correlator.adapters.sql import UnknownSchemaError
from correlator.cli.documents import asyncapi
from correlator.cli.forgetting import forget
from correlator.cli.history import archive, backtest, curve
from correlator.cli.letters import dead
from correlator.cli.replaying import check, replay
from correlator.cli.ruling import ruling
from correlator.cli.running import demo, run, serve
from correlator.cli.sessions import sessions
from correlator.cli.shared import UNREACHABLE, USAGE, cli, fail
from correlator.cli.tokens import tokens
from correlator.cli.training import train
from correlator.cli.worlds import evaluate_incidents, explain_subject, simulate_world
from correlator.config import ConfigError
from correlator.ports import ServerUnreachableError
from correlator.simulate import SettingsError
from correlator.tools.evaluate import EvaluationError
from correlator.tools.explain import UnknownIdError
from correlator.tools.file_replay import StoreBusyError, TooManyAsideError

__all__ = ["cli", "main", "replay"]

_WRONG = (
    ConfigError, rules.CatalogError, topology.InventoryError, FeedError, SettingsError,
    EvaluationError, SecretMissingError, MissingExtensionError, UnknownSchemaError,
    UnknownTopicError, PositionLostError, StoreBusyError, UnknownIdError, TooManyAsideError,
    ValueError, OSError,
)  # fmt: skip

for command in (demo, train, run, serve, replay, check, backtest, curve, forget, asyncapi):
    cli.command()(command)
cli.command("simulate")(simulate_world)
cli.command("evaluate")(evaluate_incidents)
cli.command("explain")(explain_subject)
cli.add_typer(dead, name="dead-letters", no_args_is_help=True)
cli.add_typer(archive, name="archive", no_args_is_help=True)
cli.add_typer(ruling, name="rules", no_args_is_help=True)
cli.add_typer(tokens, name="token", no_args_is_help=True)
cli.add_typer(sessions, name="session", no_args_is_help=True)


def main() -> None:
    """Run the command line; every expected error is one clear sentence and an exit code."""
    try:
        cli(standalone_mode=True)
    except ServerUnreachableError as error:
        fail(str(error), UNREACHABLE)
    except _WRONG as error:
        fail(str(error), USAGE)
