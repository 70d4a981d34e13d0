# SPDX-License-Identifier: Apache-2.0
"""From a trained module to files: QONNX and golden integers. The only room of codesign that imports torch."""
