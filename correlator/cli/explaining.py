"""Why, from what is stored."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from correlator.cli.shared import Format, print_json
from correlator.cli.stores import existing_store
from correlator.tools.explain import explain


def explain_subject(
    subject: Annotated[str, typer.Argument(help="GI-… of an incident, or a ticket's id.")],
    store: Annotated[str, typer.Option(help="URL of the store.")] = "sqlite:///correlator.db",
    language: Annotated[Literal["fr", "en"], typer.Option("--lang", help="Language.")] = "fr",
    form: Format = "text",
) -> None:
    """Tell why an incident was raised, or why a ticket was (not) linked, from stored numbers."""
    with existing_store(store) as opened:
        found = explain(opened.queries, subject, language)
    if form == "json":
        print_json(found.values)
    else:
        print(*found.screen(), sep="\n")
