// SPDX-License-Identifier: Apache-2.0
// Arbitrary-precision integers for the HLS compiler: ap_int and ap_uint on clang's _BitInt.
//
// Every result has the width and sign that the vendor's ap_int gives it (tests/hls/front/test_ap_int.py compares the
// two on random expressions). What the vendor accepts and this header does not (float, strings, reversed ranges,
// compound assignment to a range) is an error at compile time, never another value.
#ifndef CODESIGN_SHIM_AP_INT_H
#define CODESIGN_SHIM_AP_INT_H

#include "ap_int_traits.h"

template <int W_, bool S_>
struct ap_int_base {
  static_assert(W_ >= 1, "an ap_int or ap_uint has at least one bit");
  typedef ap_detail::Bits<W_, S_> Rep;
  typedef typename Rep::type Raw;
  typedef typename ap_detail::select<S_, long long, unsigned long long>::type Native;
  static constexpr int width = W_;
  static constexpr bool sign_flag = S_;

  Raw raw;

  ap_int_base() = default;
  ap_int_base(const ap_int_base&) = default;
  ap_int_base& operator=(const ap_int_base&) = default;

  template <int W2_, bool S2_>
  constexpr ap_int_base(const ap_int_base<W2_, S2_>& x) : raw(AP_FIT(Rep, x.raw)) {}
  template <int W2_, bool S2_>
  ap_int_base(const ap_range_ref<W2_, S2_>& x) : raw(AP_FIT(Rep, x.get().raw)) {}
  template <int W2_, bool S2_>
  ap_int_base(const ap_bit_ref<W2_, S2_>& x) : raw(AP_FIT(Rep, x.get())) {}
  template <int WA_, class A_, int WB_, class B_>
  ap_int_base(const ap_concat_ref<WA_, A_, WB_, B_>& x) : raw(AP_FIT(Rep, x.get().raw)) {}
  template <class T_, class = ap_detail::if_native<T_>>
  constexpr ap_int_base(T_ x) : raw(AP_FIT(Rep, x)) {}

  operator Native() const { return (Native)raw; }
  bool to_bool() const { return (Native)raw != 0; }  // the vendor's looks at 64 bits
  char to_char() const { return (char)raw; }
  signed char to_schar() const { return (signed char)raw; }
  unsigned char to_uchar() const { return (unsigned char)raw; }
  short to_short() const { return (short)raw; }
  unsigned short to_ushort() const { return (unsigned short)raw; }
  int to_int() const { return (int)raw; }
  unsigned to_uint() const { return (unsigned)raw; }
  long to_long() const { return (long)raw; }
  unsigned long to_ulong() const { return (unsigned long)raw; }
  long long to_int64() const { return (long long)raw; }
  unsigned long long to_uint64() const { return (unsigned long long)raw; }

  int length() const { return W_; }
  bool iszero() const { return raw == 0; }
  bool is_zero() const { return raw == 0; }
  bool sign() const { return S_ && raw < 0; }

  // Bits.
  bool test(int i) const { return ((Unsigned)raw >> i) & 1; }
  bool get_bit(int i) const { return test(i); }
  void set_bit(int i, bool value) {
    raw = AP_FIT(Rep, (Unsigned)(((Unsigned)raw & (Unsigned) ~((Unsigned)1 << i)) | ((Unsigned)value << i)));
  }
  void set(int i) { set_bit(i, true); }
  void set(int i, bool value) { set_bit(i, value); }
  template <int W2_>
  void set(const ap_int_base<W2_, false>& value) { raw = AP_FIT(Rep, value.raw); }
  void clear(int i) { set_bit(i, false); }
  void invert(int i) { set_bit(i, !test(i)); }
  void b_not() { raw = AP_FIT(Rep, (Unsigned)~(Unsigned)raw); }
  ap_bit_ref<W_, S_> operator[](int i) { return ap_bit_ref<W_, S_>(this, i); }
  ap_bit_ref<W_, S_> bit(int i) { return ap_bit_ref<W_, S_>(this, i); }
  bool operator[](int i) const { return test(i); }
  bool bit(int i) const { return test(i); }
  template <int W2_, bool S2_>
  ap_bit_ref<W_, S_> operator[](const ap_int_base<W2_, S2_>& i) { return ap_bit_ref<W_, S_>(this, i.to_int()); }
  template <int W2_, bool S2_>
  ap_bit_ref<W_, S_> bit(const ap_int_base<W2_, S2_>& i) { return ap_bit_ref<W_, S_>(this, i.to_int()); }
  template <int W2_, bool S2_>
  bool operator[](const ap_int_base<W2_, S2_>& i) const { return test(i.to_int()); }
  template <int W2_, bool S2_>
  bool bit(const ap_int_base<W2_, S2_>& i) const { return test(i.to_int()); }

  // Ranges.
  ap_range_ref<W_, S_> range(int hi, int lo) const {
    return ap_range_ref<W_, S_>(const_cast<ap_int_base*>(this), hi, lo);
  }
  ap_range_ref<W_, S_> range() const { return range(W_ - 1, 0); }
  ap_range_ref<W_, S_> operator()(int hi, int lo) const { return range(hi, lo); }
  template <int WH_, bool SH_, int WL_, bool SL_>
  ap_range_ref<W_, S_> range(const ap_int_base<WH_, SH_>& hi, const ap_int_base<WL_, SL_>& lo) const {
    return range(hi.to_int(), lo.to_int());
  }
  template <int WH_, bool SH_, int WL_, bool SL_>
  ap_range_ref<W_, S_> operator()(const ap_int_base<WH_, SH_>& hi, const ap_int_base<WL_, SL_>& lo) const {
    return range(hi.to_int(), lo.to_int());
  }
  template <int W2_, bool S2_>
  ap_concat_ref<W_, ap_int_base, W2_, ap_int_base<W2_, S2_>> concat(const ap_int_base<W2_, S2_>& low) const {
    return (*this, low);
  }

  // Reductions.
  bool and_reduce() const { return (Unsigned)raw == (Unsigned) ~(Unsigned)0; }
  bool nand_reduce() const {
    static_assert(W_ <= 64, "nand_reduce beyond 64 bits is wrong in the vendor's C_ simulation; write !and_reduce()");
    return !and_reduce();
  }
  bool or_reduce() const { return raw != 0; }
  bool nor_reduce() const { return raw == 0; }
  bool xor_reduce() const {
    static_assert(!S_, "xor_reduce of a signed number is wrong in the vendor's C_ simulation; convert to ap_uint first");
    Unsigned folded = (Unsigned)raw;
    for (int distance = 1; distance < W_; distance <<= 1) {
#pragma HLS UNROLL
      folded ^= folded >> distance;
    }
    return folded & 1;
  }
  bool xnor_reduce() const { return !xor_reduce(); }
  int countLeadingZeros() const {
    int zeros = W_;
    for (int i = 0; i < W_; ++i) {
#pragma HLS UNROLL
      if (test(i)) zeros = W_ - 1 - i;
    }
    return zeros;
  }

  // Unary operators and steps.
  typename ap_detail::derived<W_, S_>::type operator+() const { return *this; }
  auto operator-() const { return ap_int_base<1, false>(0) - *this; }
  bool operator!() const { return raw == 0; }
  typename ap_detail::derived<W_, S_>::type operator~() const {
    ap_int_base inverted(*this);
    inverted.b_not();
    return inverted;
  }
  ap_int_base& operator++() { return *this = *this + ap_int_base<1, false>(1); }
  ap_int_base& operator--() { return *this = *this - ap_int_base<1, false>(1); }
  const typename ap_detail::derived<W_, S_>::type operator++(int) {
    ap_int_base before(*this);
    ++*this;
    return before;
  }
  const typename ap_detail::derived<W_, S_>::type operator--(int) {
    ap_int_base before(*this);
    --*this;
    return before;
  }

  typedef ap_detail::Bits<W_, false> UnsignedRep;
  typedef typename UnsignedRep::type Unsigned;
  ap_int_base shifted_left(unsigned n) const {
    ap_int_base result;
    result.raw = n < W_ ? AP_FIT(Rep, (Unsigned)raw << n) : (Raw)0;
    return result;
   }
  ap_int_base shifted_right(unsigned n) const {
    ap_int_base result;
    result.raw = n < W_ ? (Raw)(raw >> n) : (S_ && raw < 0 ? (Raw)-1 : (Raw)0);
    return result;
  }
};

template <int W_>
struct ap_int : ap_int_base<W_, true> {
  using ap_int_base<W_, true>::ap_int_base;
  ap_int() = default;
  template <int W2_, bool S2_>
  constexpr ap_int(const ap_int_base<W2_, S2_>& x) : ap_int_base<W_, true>(x) {}
};

template <int W_>
struct ap_uint : ap_int_base<W_, false> {
  using ap_int_base<W_, false>::ap_int_base;
  ap_uint() = default;
  template <int W2_, bool S2_>
  constexpr ap_uint(const ap_int_base<W2_, S2_>& x) : ap_int_base<W_, false>(x) {}
};

#include "ap_int_operand.h"
#include "ap_int_ref.h"
#include "ap_int_ops.h"

#endif
