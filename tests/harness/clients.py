"""A client of the API that nobody here wrote: OpenAPI Generator makes it from the document."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from tests.harness.broker import ROOT, jars_of

if TYPE_CHECKING:
    from pathlib import Path

CACHE = ROOT / ".cache" / "generator"
POM = ROOT / "tests" / "harness" / "generator" / "pom.xml"
PACKAGE = "made_client"


def generated_client(document: dict[str, Any], folder: Path) -> Path:
    """Return a folder with the package `made_client`; raises `ServerMissingError` without Java."""
    lib = jars_of(CACHE, POM, "OpenAPI Generator")
    said, made = folder / "openapi.json", folder / "client"
    said.write_text(json.dumps(document))
    command = ["java", "-Xmx512m", "-cp", f"{lib}/*", "org.openapitools.codegen.OpenAPIGenerator"]
    options = ["generate", "-i", said, "-g", "python", "-o", made]
    names = ["--additional-properties", f"packageName={PACKAGE}"]
    quiet = ["--global-property", "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false"]
    done = subprocess.run(
        [*command, *options, *names, *quiet], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return made
