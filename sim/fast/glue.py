# SPDX-License-Identifier: Apache-2.0
"""C++ text that shows Verilated models to the harness."""

from collections.abc import Sequence

from sim.errors import SimError
from sim.fast.waveform import NO_WAVEFORM, Waveform
from sim.manifest import Manifest, Port


def model_prefix(index: int) -> str:
    """Return the C++ class name of a design's model; designs may share module names."""
    return f"Vd{index}"


def glue_text(manifest: Manifest, index: int, waveform: Waveform) -> str:
    """Return the adapter of one model."""
    ports = ",\n".join(f"            {_port(port)}" for port in manifest.ports)
    traced = waveform != NO_WAVEFORM
    return f"""{f'#include "{waveform.source}.h"' if traced else ""}
namespace {{
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
{_tracer_members(manifest, waveform) if traced else ""}}};
}}  // namespace
std::unique_ptr<codesign_sim::Dut> make_dut{index}(VerilatedContext& context) {{
    return std::make_unique<Dut{index}>(context);
}}
"""


def _tracer_members(manifest: Manifest, waveform: Waveform) -> str:
    half_period_ps = round(manifest.clock.period_ns * 500)  # Verilator's unit where the design names none
    return f"""    {waveform.tracer} tracer;
    void open_trace(const std::string& path) override {{
        model.contextp()->traceEverOn(true);
        model.trace(&tracer, 99);
        tracer.open(path.c_str());
        if (!tracer.isOpen()) throw std::runtime_error(path + ": cannot write");
    }}
    void dump(std::uint64_t half_periods) override {{ tracer.dump(half_periods * {half_period_ps}); }}
    void final_trace() override {{ tracer.close(); }}
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
