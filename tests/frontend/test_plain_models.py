# SPDX-License-Identifier: Apache-2.0
"""Plain ONNX: imported exactly, or refused with the node, the reason and the remedy."""

from collections.abc import Callable

import numpy as np
import onnx
import pytest

from codesign.errors import ImportRefused
from codesign.frontend import import_model
from tests.frontend.plain_models import EXACT, REFUSED
from tests.fuzz_graphs.check import compare


@pytest.mark.parametrize("build", EXACT.values(), ids=EXACT)
def test_imported_exactly(build: Callable[[], onnx.ModelProto]) -> None:
    model = build()
    declared = model.graph.input[0].type.tensor_type
    shape = (8, *[d.dim_value for d in declared.shape.dim][1:])
    rng = np.random.default_rng(1)
    x = rng.integers(0, 256, shape) if declared.elem_type == onnx.TensorProto.UINT8 else rng.normal(size=shape) * 3
    assert compare(model, import_model(model), {"x": x}) > 0


@pytest.mark.parametrize(("build", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(build: Callable[[], onnx.ModelProto], message: str) -> None:
    with pytest.raises(ImportRefused, match=message):
        import_model(build())
