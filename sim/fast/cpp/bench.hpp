// SPDX-License-Identifier: Apache-2.0
// One run of one design: drivers, monitors and in-order checkers on every port, with random stalls.
#pragma once
#include <string>

#include "job.hpp"

namespace codesign_sim {

// Runs to the end and returns the outcome as one line of JSON.
std::string run(const Job& job);

}  // namespace codesign_sim
