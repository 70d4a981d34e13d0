// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdexcept>

namespace codesign_sim {

// The design stopped the simulation: $fatal, $error, $stop, $finish, or a memory image that cannot be read.
struct Stop : std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace codesign_sim
