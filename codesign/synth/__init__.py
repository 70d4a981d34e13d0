# SPDX-License-Identifier: Apache-2.0
"""Area of a design by Yosys' mapping to Xilinx cells: module by module, cached by content. It is not Vivado."""

from codesign.synth.area import Area
from codesign.synth.design import ModuleArea, SynthReport, synthesise_design
from codesign.synth.mapping import map_units
from codesign.synth.unit import Sources, Unit

__all__ = ["Area", "ModuleArea", "Sources", "SynthReport", "Unit", "map_units", "synthesise_design"]
