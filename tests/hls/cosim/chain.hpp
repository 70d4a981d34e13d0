// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <ap_int.h>
#include <hls_stream.h>

void chain(hls::stream<ap_uint<16>>& x, hls::stream<ap_uint<16>>& y);
