// SPDX-License-Identifier: Apache-2.0
// What the harness sees of a Verilated model. The generated glue fills it in; the harness itself is compiled once.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>
#include "verilated.h"

namespace codesign_sim {

// A stream port. Verilator keeps a port of up to 8, 16, 32, 64 bits in one integer and a wider one in 32-bit chunks,
// so that on a little-endian host `data` is the word's bytes in order.
struct Port {
    const char* name;
    bool input;
    unsigned bits;
    void* data;
    std::size_t bytes;
    CData* valid;
    CData* ready;
};

struct Dut {
    virtual ~Dut() = default;
    virtual void eval() = 0;
    virtual void final() = 0;
    // Waveforms; the defaults are those of a model that was built without.
    virtual void open_trace(const std::string& path) {
        throw std::runtime_error(path + ": the simulator was built without waveforms");
    }
    virtual void dump(std::uint64_t) {}
    virtual void final_trace() {}
    CData* clock = nullptr;
    CData* reset = nullptr;
    bool reset_active_high = true;
    std::vector<Port> ports;
};

struct Design {
    const char* name;
    std::unique_ptr<Dut> (*make)(VerilatedContext&);
};

extern const Design designs[];
extern const std::size_t design_count;

}  // namespace codesign_sim
