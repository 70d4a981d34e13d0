# SPDX-License-Identifier: Apache-2.0
"""Models of other conventions reach the kernels' level with the same integers."""

from collections.abc import Callable

import onnx
import pytest

from codesign.frontend import import_model
from codesign.passes import lower, streamline
from tests.frontend.plain_models import EXACT
from tests.passes.equal import assert_equal, random_feeds


@pytest.mark.parametrize("build", EXACT.values(), ids=EXACT)
def test_lowered_exactly(build: Callable[[], onnx.ModelProto]) -> None:
    graph = import_model(build())
    assert assert_equal(graph, lower(streamline(graph)), random_feeds(graph, 0)) > 0
