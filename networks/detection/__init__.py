# SPDX-License-Identifier: Apache-2.0
"""Objects as points (CenterNet): views of images, targets, losses, decoding, average precision."""
