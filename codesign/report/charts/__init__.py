# SPDX-License-Identifier: Apache-2.0
"""Pictures of a report: values in, SVG text out."""

from codesign.report.charts.bars import resource_bars, share_bar
from codesign.report.charts.detections import detections
from codesign.report.charts.fifos import fifo_chart
from codesign.report.charts.graph import graph
from codesign.report.charts.roofline import roofline
from codesign.report.charts.timeline import timeline

__all__ = ["detections", "fifo_chart", "graph", "resource_bars", "roofline", "share_bar", "timeline"]
