# SPDX-License-Identifier: Apache-2.0
"""Pareto fronts of cost (less is better) against score (more is better), and how much of the plane they cover."""

from collections.abc import Sequence
from typing import TypeAlias

Point: TypeAlias = tuple[float, float]  # cost, score


def pareto(points: Sequence[Point]) -> list[Point]:
    """The points that no other beats in both, by cost.

    >>> pareto([(2, 0.8), (1, 0.5), (3, 0.7), (2, 0.6)])
    [(1, 0.5), (2, 0.8)]
    """
    front: list[Point] = []
    for cost, score in sorted(set(points), key=lambda point: (point[0], -point[1])):
        if not front or score > front[-1][1]:
            front.append((cost, score))
    return front


def hypervolume(points: Sequence[Point], worst: Point) -> float:
    """The share of the rectangle from (0, 1) to `worst` (cost, score) in which some point is at least as good.

    >>> hypervolume([(0.5, 0.75)], (1.0, 0.5))
    0.25
    """
    most, least = worst
    area, reached = 0.0, least
    for cost, score in pareto(points):
        if cost < most and score > reached:
            area += (most - cost) * (score - reached)
            reached = score
    return area / (most * (1.0 - least))
