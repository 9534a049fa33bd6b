"""What is wrong with configuration, rules and inventory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from correlator.cli.compiling import say_when_compiling
from correlator.cli.exits import FINDINGS
from correlator.cli.shared import Format, print_json, progress
from correlator.tools import rule_reports
from correlator.tools.check import check as run_check


def check(
    config: Annotated[Path | None, typer.Option("-c", "--config", help="Configuration.")] = None,
    rules_folder: Annotated[
        list[Path] | None, typer.Option("--rules", help="Rules folder, with tests/ in it.")
    ] = None,
    topology_folder: Annotated[
        list[Path] | None, typer.Option("--topology", help="Inventory folder.")
    ] = None,
    with_coverage: Annotated[
        bool, typer.Option("--coverage", help="Which keys of the rules their tests hold.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Processes for that.")] = 1,
    junit: Annotated[Path | None, typer.Option(help="The tests' results for a pipeline.")] = None,
    form: Format = "text",
) -> None:
    """Check configuration, rules with their tests, inventory; without options the own rules."""
    say_when_compiling()
    named = config is not None or rules_folder or topology_folder
    catalogs: list[Path | None] = [*(rules_folder or ())] if named else [None]
    with progress("keys") as seen:
        held = jobs if with_coverage else 0
        report = run_check(config, catalogs, topology_folder or [], jobs=held, seen=seen)
    if junit is not None:
        junit.write_bytes(rule_reports.junit(report.tests))
    if form == "json":
        told = {"looked_at": report.looked_at, "findings": report.findings}
        print_json({**told, "coverage": report.coverage} if with_coverage else told)
    else:
        print("".join(f"{line}\n" for line in rule_reports.table(report.coverage)), end="")
        for finding in report.findings:
            print(finding)
        print(f"{len(report.findings)} findings in {', '.join(report.looked_at)}")
    raise typer.Exit(FINDINGS if report.findings else 0)
