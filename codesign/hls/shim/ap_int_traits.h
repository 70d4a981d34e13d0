// SPDX-License-Identifier: Apache-2.0
// How ap_int values are held, and which types may stand beside them in an expression.
#ifndef CODESIGN_SHIM_AP_INT_TRAITS_H
#define CODESIGN_SHIM_AP_INT_TRAITS_H

template <int W, bool S>
struct ap_int_base;
template <int W>
struct ap_int;
template <int W>
struct ap_uint;
template <int W, bool S>
struct ap_range_ref;
template <int W, bool S>
struct ap_bit_ref;
template <int WA, class A, int WB, class B>
struct ap_concat_ref;

namespace ap_detail {

template <bool C, class A, class B>
struct select { typedef A type; };
template <class A, class B>
struct select<false, A, B> { typedef B type; };

template <bool C, class T = void>
struct enable_if {};
template <class T>
struct enable_if<true, T> { typedef T type; };

constexpr int max(int a, int b) { return a > b ? a : b; }
constexpr int min(int a, int b) { return a < b ? a : b; }

template <int W, bool S>
struct derived { typedef ap_int<W> type; };
template <int W>
struct derived<W, false> { typedef ap_uint<W> type; };

// The machine type of a value. clang has no signed _BitInt(1): the values 0 and -1 are held in two bits.
template <int W, bool S>
struct Bits {
  typedef signed _BitInt(W) type;
  static constexpr bool single = false;
};
template <int W>
struct Bits<W, false> {
  typedef unsigned _BitInt(W) type;
  static constexpr bool single = false;
};
template <>
struct Bits<1, true> {
  typedef signed _BitInt(2) type;
  static constexpr bool single = true;
};

// `x` modulo 2^W as the machine type of B = Bits<W, S>. A macro, because the ABI would split a wide _BitInt that is
// passed by value into words of 64 bits.
#define AP_FIT(B, x) (B::single ? (typename B::type) - (typename B::type)((x) & 1) : (typename B::type)(x))

template <class T>
struct native {
  static constexpr bool ok = false;
};
#define CODESIGN_NATIVE(T, BITS, SIGNED)   \
  template <>                              \
  struct native<T> {                       \
    static constexpr bool ok = true;       \
    static constexpr int width = BITS;     \
    static constexpr bool sign = SIGNED;   \
  };
CODESIGN_NATIVE(bool, 1, false)
CODESIGN_NATIVE(char, 8, true)
CODESIGN_NATIVE(signed char, 8, true)
CODESIGN_NATIVE(unsigned char, 8, false)
CODESIGN_NATIVE(short, 16, true)
CODESIGN_NATIVE(unsigned short, 16, false)
CODESIGN_NATIVE(int, 32, true)
CODESIGN_NATIVE(unsigned, 32, false)
CODESIGN_NATIVE(long, 64, true)
CODESIGN_NATIVE(unsigned long, 64, false)
CODESIGN_NATIVE(long long, 64, true)
CODESIGN_NATIVE(unsigned long long, 64, false)
#undef CODESIGN_NATIVE

template <class T>
using if_native = typename enable_if<native<T>::ok>::type;

}  // namespace ap_detail

// Defined nowhere. A call that optimisation does not remove makes the front end refuse the line.
extern "C" void __hls_refuse(const char* what);

#endif
