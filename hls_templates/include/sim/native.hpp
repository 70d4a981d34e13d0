// SPDX-License-Identifier: Apache-2.0
//
// Included first where C simulation runs on the HLS compiler's ap_int: what that compiler would refuse ends the run.
#ifndef CODESIGN_SIM_NATIVE_HPP
#define CODESIGN_SIM_NATIVE_HPP

#include "sim/record.hpp"

extern "C" inline void __hls_refuse(const char* what) { throw std::runtime_error(what); }

#endif
