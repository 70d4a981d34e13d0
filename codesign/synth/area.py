# SPDX-License-Identifier: Apache-2.0
"""Cells of a Xilinx part, from Yosys' counts by cell type."""

from collections.abc import Mapping
from dataclasses import dataclass

from codesign.errors import ToolFailed

# LUTs that a cell of distributed memory occupies (7 series: UG474, table 2-3; UltraScale+: UG574, table 2-3)
LUT_MEMORY = {"RAM32M": 4, "RAM64M": 4, "RAM32X1D": 2, "RAM64X1D": 2, "RAM128X1D": 4, "RAM256X1S": 4}
LUT_MEMORY |= {"RAM32X1S": 1, "RAM64X1S": 1, "RAM128X1S": 2, "SRL16E": 1, "SRLC32E": 1}
LUT_MEMORY |= dict.fromkeys(("RAM32M16", "RAM64M8", "RAM256X1D", "RAM512X1S", "RAM64X8SW", "RAM32X16DR8"), 8)
BLOCK_MEMORY = {"RAMB36E1": 1.0, "RAMB18E1": 0.5, "RAMB36E2": 1.0, "RAMB18E2": 0.5}


@dataclass(frozen=True)
class Area:
    """Cells; `lut` counts those used as memory and inverters too, `carry4` counts a CARRY8 twice."""

    lut: int = 0
    lut_memory: int = 0
    ff: int = 0
    carry4: int = 0
    dsp: int = 0
    bram36: float = 0.0

    @staticmethod
    def of(cells: Mapping[str, int]) -> "Area":
        """Sum up counts by cell type; raise ToolFailed for a memory that has no count here."""
        memory = sum(count * LUT_MEMORY.get(name, 0) for name, count in cells.items())
        unknown = [name for name in cells if name.startswith("RAM") and name not in (*LUT_MEMORY, *BLOCK_MEMORY)]
        if unknown:
            raise ToolFailed(
                f"yosys: no LUT count for the cells {', '.join(unknown)}; expected {', '.join(LUT_MEMORY)}"
            )
        return Area(
            lut=memory + sum(count for name, count in cells.items() if name.startswith("LUT") or name == "INV"),
            lut_memory=memory,
            ff=sum(count for name, count in cells.items() if name.startswith("FD")),
            carry4=cells.get("CARRY4", 0) + 2 * cells.get("CARRY8", 0),
            dsp=cells.get("DSP48E1", 0) + cells.get("DSP48E2", 0),
            bram36=sum(cells.get(name, 0) * size for name, size in BLOCK_MEMORY.items()),
        )

    def __add__(self, other: "Area") -> "Area":
        return Area(**{name: value + vars(other)[name] for name, value in vars(self).items()})

    def __mul__(self, instances: int) -> "Area":
        return Area(**{name: value * instances for name, value in vars(self).items()})
