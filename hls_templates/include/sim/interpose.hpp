// SPDX-License-Identifier: Apache-2.0
//
// Stands between a user's test bench and the kernel: the linker sends the bench's calls of the top here.
#ifndef CODESIGN_SIM_INTERPOSE_HPP
#define CODESIGN_SIM_INTERPOSE_HPP

#include <cstdio>
#include <cstdlib>
#include <exception>

#include "sim/record.hpp"

namespace codesign_sim {

/// Defined by the generated part: the ports of the top, and the folder to record into.
const std::vector<PortPlan>& interposed_ports();
std::string interposed_folder();

template <typename TOP>
struct Interposer;

template <typename... STREAM>
struct Interposer<void (*)(STREAM&...)> {
    /// The symbol that the linker puts in place of the top.
    template <void (*TOP)(STREAM&...)>
    static void codesign_interposed(STREAM&... streams) {
        try {
            static Session<STREAM...> session(interposed_ports(), interposed_folder(), 0);
            session.call(TOP, streams...);
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s\n", error.what());
            std::exit(1);
        }
    }
};

}  // namespace codesign_sim

#endif
