// SPDX-License-Identifier: Apache-2.0
// Verilator's own handlers end the process; these end the job.
#include "stop.hpp"

#include <string>

#include "verilated.h"

namespace {

[[noreturn]] void stop(const char* what, const char* file, int line, const char* scope) {
    throw codesign_sim::Stop(std::string(what) + " in " + (scope && *scope ? scope : "the design") + ", " +
                             (file ? file : "?") + ":" + std::to_string(line));
}

}  // namespace

void vl_finish(const char* file, int line, const char* scope) { stop("$finish", file, line, scope); }
void vl_stop(const char* file, int line, const char* scope) { stop("$stop", file, line, scope); }
void vl_fatal(const char* file, int line, const char* scope, const char* message) { stop(message, file, line, scope); }
