// SPDX-License-Identifier: Apache-2.0
// How ap_int values are held, and which types may stand beside them in an expression.
#ifndef CODESIGN_SHIM_AP_INT_TRAITS_H
#define CODESIGN_SHIM_AP_INT_TRAITS_H

template <int W_, bool S_>
struct ap_int_base;
template <int W_>
struct ap_int;
template <int W_>
struct ap_uint;
template <int W_, bool S_>
struct ap_range_ref;
template <int W_, bool S_>
struct ap_bit_ref;
template <int WA_, class A_, int WB_, class B_>
struct ap_concat_ref;

namespace ap_detail {

template <bool C_, class A_, class B_>
struct select { typedef A_ type; };
template <class A_, class B_>
struct select<false, A_, B_> { typedef B_ type; };

template <bool C_, class T_ = void>
struct enable_if {};
template <class T_>
struct enable_if<true, T_> { typedef T_ type; };

constexpr int max(int a, int b) { return a > b ? a : b; }
constexpr int min(int a, int b) { return a < b ? a : b; }

template <int W_, bool S_>
struct derived { typedef ap_int<W_> type; };
template <int W_>
struct derived<W_, false> { typedef ap_uint<W_> type; };

// The machine type of a value. clang has no signed _BitInt(1): the values 0 and -1 are held in two bits.
template <int W_, bool S_>
struct Bits {
  typedef signed _BitInt(W_) type;
  static constexpr bool single = false;
};
template <int W_>
struct Bits<W_, false> {
  typedef unsigned _BitInt(W_) type;
  static constexpr bool single = false;
};
template <>
struct Bits<1, true> {
  typedef signed _BitInt(2) type;
  static constexpr bool single = true;
};

// `x` modulo 2^W as the machine type of B = Bits<W, S>. A macro, because the ABI would split a wide _BitInt that is
// passed by value into words of 64 bits.
#define AP_FIT(B_, x) (B_::single ? (typename B_::type) - (typename B_::type)((x) & 1) : (typename B_::type)(x))

template <class T_>
struct native {
  static constexpr bool ok = false;
};
#define CODESIGN_NATIVE(T_, BITS, SIGNED)   \
  template <>                              \
  struct native<T_> {                       \
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

template <class T_>
using if_native = typename enable_if<native<T_>::ok>::type;

}  // namespace ap_detail

// Defined nowhere. A call that optimisation does not remove makes the front end refuse the line.
extern "C" void __hls_refuse(const char* what);

#endif
