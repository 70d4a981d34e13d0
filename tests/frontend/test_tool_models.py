# SPDX-License-Identifier: Apache-2.0
"""What ONNX Runtime, torch, Brevitas and qonnx write, unmodified: imported exactly or refused with a remedy."""

from collections.abc import Callable

import numpy as np
import onnx
import pytest

from codesign.errors import ImportRefused
from codesign.frontend import import_model
from tests.frontend.tool_models import EXACT, REFUSED, SHAPE
from tests.fuzz_graphs.check import compare

pytestmark = pytest.mark.filterwarnings("ignore")  # the tools' own


@pytest.mark.parametrize("build", EXACT.values(), ids=EXACT)
def test_imported_exactly(build: Callable[[], onnx.ModelProto]) -> None:
    model = build()
    x = np.random.default_rng(1).normal(size=(8, *SHAPE[1:]))
    assert compare(model, import_model(model), {model.graph.input[0].name: x}) > 1000


@pytest.mark.parametrize(("build", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(build: Callable[[], onnx.ModelProto], message: str) -> None:
    with pytest.raises(ImportRefused, match=message):
        import_model(build())
