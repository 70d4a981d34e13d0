# SPDX-License-Identifier: Apache-2.0
"""One laboratory a session, for the kernels whose tests were collected."""

import pytest

from tests.conformance.base import KernelConformance
from tests.conformance.laboratory import Laboratory


@pytest.fixture(scope="session")
def laboratory(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    """Compile, run and simulate every collected kernel."""
    classes = {item.cls for item in request.session.items if isinstance(item, pytest.Function) and item.cls}
    grids = [c.grid() for c in classes if issubclass(c, KernelConformance)]
    return Laboratory(sorted(grids, key=lambda grid: grid.top), tmp_path_factory.mktemp("conformance"))
