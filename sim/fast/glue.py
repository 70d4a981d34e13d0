# SPDX-License-Identifier: Apache-2.0
"""C++ text that shows Verilated models to the harness."""

from collections.abc import Sequence

from sim.errors import SimError
from sim.manifest import Manifest, Port


def model_prefix(index: int) -> str:
    """Return the C++ class name of a design's model; designs may share module names."""
    return f"Vd{index}"


def glue_text(manifest: Manifest, index: int) -> str:
    """Return the adapter of one model."""
    ports = ",\n".join(f"            {_port(port)}" for port in manifest.ports)
    return f"""namespace {{
struct Dut{index} final : codesign_sim::Dut {{
    {model_prefix(index)} model;
    explicit Dut{index}(VerilatedContext& context) : model(&context) {{
        clock = &model.{_member(manifest.clock.name)};
        reset = &model.{_member(manifest.reset.name)};
        reset_active_high = {str(manifest.reset.active_high).lower()};
        ports = {{
{ports}
        }};
    }}
    void eval() override {{ model.eval(); }}
    void final() override {{ model.final(); }}
}};
}}  // namespace
std::unique_ptr<codesign_sim::Dut> make_dut{index}(VerilatedContext& context) {{
    return std::make_unique<Dut{index}>(context);
}}
"""


def table_text(manifests: Sequence[Manifest]) -> str:
    """Return the list of designs that the harness looks up by index."""
    makers = "\n".join(
        f"std::unique_ptr<codesign_sim::Dut> make_dut{i}(VerilatedContext&);" for i in range(len(manifests))
    )
    rows = "\n".join(f'    {{"{manifest.top}", make_dut{i}}},' for i, manifest in enumerate(manifests))
    return f"""{makers}
namespace codesign_sim {{
extern const Design designs[] = {{
{rows}
}};
extern const std::size_t design_count = {len(manifests)};
}}  // namespace codesign_sim
"""


def _port(port: Port) -> str:
    if port.kind != "axis":
        raise SimError(f"port {port.name}: the harness drives streams (kind axis), not {port.kind}; simulate the core")
    data, valid, ready = (f"model.{_member(f'{port.name}_{part}')}" for part in ("data", "valid", "ready"))
    is_input = str(port.direction == "in").lower()
    return f'{{"{port.name}", {is_input}, {port.bits}, &{data}, sizeof({data}), &{valid}, &{ready}}}'


def _member(signal: str) -> str:
    """Verilator writes two underscores in a row as an escape."""
    return signal.replace("__", "___05F")
