// SPDX-License-Identifier: Apache-2.0
// What one run is asked to do.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace codesign_sim {

struct Record {
    std::string path;
    std::size_t words = 0;  // to wait for; 0 where nobody knows
};

struct Job {
    std::size_t design = 0;
    std::string folder = ".";                  // where memory images are found
    std::map<std::string, std::string> files;  // port or tapped stream -> words to send (inputs) or to expect
    std::map<std::string, Record> records;     // output or tapped stream -> where its words are written
    std::size_t frames = 1;
    double stall = 0;  // probability, per port and cycle
    std::uint64_t seed = 1;
    std::uint64_t idle_limit = 100000;  // cycles without any transfer at a port that count as a deadlock
    std::string trace;                  // waveform file, if any
    std::vector<std::string> plusargs;
};

}  // namespace codesign_sim
