# SPDX-License-Identifier: Apache-2.0
"""Scikit-learn's handwritten digits: 1,797 real scans of 8 x 8 pixels that ship with the package."""

import numpy as np
from sklearn.datasets import load_digits

from networks.data.images import ClassificationData, LabelledImages

DIGIT_CLASSES = tuple(str(digit) for digit in range(10))
HELD_OUT = 360
SPLIT_SEED = 20


def digits() -> ClassificationData:
    """Return the digits as uint8 [N, 1, 8, 8], ink 0..255 (the package's 0..16 stretched), 360 of them held out."""
    scans = load_digits()
    images = np.rint(scans.images * (255 / 16)).astype(np.uint8)[:, None]
    labels = scans.target.astype(np.int64)
    order = np.random.default_rng(SPLIT_SEED).permutation(len(labels))
    held_out, kept = order[:HELD_OUT], order[HELD_OUT:]
    return ClassificationData(
        name="digits",
        classes=DIGIT_CLASSES,
        train=LabelledImages(images[kept], labels[kept]),
        test=LabelledImages(images[held_out], labels[held_out]),
    )
