// SPDX-License-Identifier: Apache-2.0
// One run of one design: drivers, monitors and in-order checkers on every port, with random stalls.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>
#include "dut.hpp"
#include "words.hpp"

namespace codesign_sim {

struct Job {
    std::size_t design = 0;
    std::string folder = ".";                  // where memory images are found
    std::map<std::string, std::string> files;  // port -> words to send (inputs) or to expect (outputs)
    double stall = 0;                          // probability, per port and cycle
    std::uint64_t seed = 1;
    std::uint64_t idle_limit = 100000;  // cycles without any transfer that count as a deadlock
    std::vector<std::string> plusargs;
};

// Runs to the end and returns the outcome as one line of JSON.
std::string run(const Job& job);

}  // namespace codesign_sim
