// SPDX-License-Identifier: Apache-2.0
#error "ap_fixed is not supported: use ap_int and say the shifts; scales of this project are powers of two"
