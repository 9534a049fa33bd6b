"""The formats, described for programs."""

from __future__ import annotations

from typing import Any

import yaml

from correlator.cli.shared import Format, print_json
from correlator.formats.asyncapi import document


class _Dumper(yaml.SafeDumper):
    """Writes what occurs twice twice, and text of several lines as such."""

    def ignore_aliases(self, data: Any) -> bool:
        """Whether there is no name for it: always."""
        del data
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def asyncapi(form: Format = "text") -> None:
    """Print the AsyncAPI document of the topics: YAML, or JSON."""
    if form == "json":
        print_json(document())
    else:
        told = yaml.dump(document(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
        print(told, end="")
