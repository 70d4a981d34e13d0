# SPDX-License-Identifier: Apache-2.0
"""design.json: which design an exported folder holds."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from codesign.errors import UsageError

FILE = "design.json"


@dataclass(frozen=True)
class DesignFacts:
    """`hash` is the SHA-256 over the RTL's files, which the registers answer; `inputs`: SHA-256 of what was read."""

    network: str
    target: str
    top: str
    hash: str
    codesign: str
    inputs: Mapping[str, str]


def write_facts(folder: Path, facts: DesignFacts) -> None:
    """Write DIR/design.json."""
    (folder / FILE).write_text(json.dumps(asdict(facts), indent=1) + "\n", encoding="utf-8")


def read_facts(folder: Path) -> DesignFacts:
    """Raises UsageError where the folder is none that export wrote."""
    path = folder / FILE
    try:
        return DesignFacts(**json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; give a folder that codesign export wrote") from error
    except (ValueError, TypeError) as error:
        raise UsageError(f"{path}: is not what codesign export writes ({error}); export again") from error
