// SPDX-License-Identifier: Apache-2.0
#include "taps.hpp"

#include <stdexcept>

namespace codesign_sim {
namespace {

Taps* current = nullptr;

}  // namespace

Taps::Taps(const Job& job, const std::vector<Port>& ports, Progress& progress, const std::uint64_t& cycle)
    : job_(job), ports_(ports), progress_(progress), cycle_(cycle) {
    current = this;
}

Taps::~Taps() { current = nullptr; }

Taps::Tap* Taps::open(const char* name, unsigned bits) {
    if (job_.files.count(name) + job_.records.count(name) == 0) return nullptr;
    for (const Port& port : ports_)
        if (std::string(name) == port.name) return nullptr;  // an output's own channel: watched at the port
    for (const auto& tap : taps_)
        if (tap->stream.name() == name) throw std::runtime_error(std::string(name) + ": two channels have this name");
    const std::size_t bytes = (bits + 31) / 32 * 4;
    taps_.push_back(std::make_unique<Tap>(Tap{Stream(job_, progress_, name, Stream::TAP, bits, bytes), cycle_}));
    return taps_.back().get();
}

}  // namespace codesign_sim

extern "C" void* codesign_tap_open(const char* name, int bits) {
    return codesign_sim::current->open(name, static_cast<unsigned>(bits));
}

#define CODESIGN_TAP(CHUNKS)                                                         \
    extern "C" void codesign_tap_##CHUNKS(void* handle, const std::uint32_t* word) { \
        auto* tap = static_cast<codesign_sim::Taps::Tap*>(handle);                   \
        tap->stream.pass(word, tap->cycle);                                          \
    }
CODESIGN_TAP(1)
CODESIGN_TAP(2)
CODESIGN_TAP(4)
CODESIGN_TAP(8)
CODESIGN_TAP(16)
CODESIGN_TAP(32)
CODESIGN_TAP(64)
CODESIGN_TAP(128)
