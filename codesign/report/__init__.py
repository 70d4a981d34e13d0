# SPDX-License-Identifier: Apache-2.0
"""One HTML page and one JSON file that say what a design is, what it costs and what was verified."""

from codesign.report.model import Report
from codesign.report.page import render, render_folder
from codesign.report.store import REPORT, read_report, write_report, write_section

__all__ = ["REPORT", "Report", "read_report", "render", "render_folder", "write_report", "write_section"]
