// SPDX-License-Identifier: Apache-2.0
// Streams inside the design. codesign_tap.sv, bound to every channel of a model that is built with taps, opens them
// while the model starts and passes every word that is popped.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "dut.hpp"
#include "stream.hpp"

namespace codesign_sim {

class Taps {
public:
    // The next model that starts opens its taps here, those that the job names; `cycle` is the bench's own count.
    Taps(const Job& job, const std::vector<Port>& ports, Progress& progress, const std::uint64_t& cycle);
    ~Taps();
    Taps(const Taps&) = delete;
    Taps& operator=(const Taps&) = delete;

    struct Tap {
        Stream stream;
        const std::uint64_t& cycle;
    };
    Tap* open(const char* name, unsigned bits);
    const std::vector<std::unique_ptr<Tap>>& all() const { return taps_; }

private:
    const Job& job_;
    const std::vector<Port>& ports_;
    Progress& progress_;
    const std::uint64_t& cycle_;
    std::vector<std::unique_ptr<Tap>> taps_;
};

}  // namespace codesign_sim
