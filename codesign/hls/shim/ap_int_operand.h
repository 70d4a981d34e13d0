// SPDX-License-Identifier: Apache-2.0
// What may stand beside an operator: the kind, width, sign and value of each operand type.
#ifndef CODESIGN_SHIM_AP_INT_OPERAND_H
#define CODESIGN_SHIM_AP_INT_OPERAND_H

namespace ap_detail {

// An operand of a binary operator: its kind, the width and sign of its value, and the value.
enum Kind { kNone, kNative, kInt, kRange, kBit, kConcat };

template <class T_>
struct operand {
  static constexpr Kind kind = native<T_>::ok ? kNative : kNone;
};
template <int W_, bool S_>
struct int_operand {
  static constexpr Kind kind = kInt;
  static constexpr int width = W_;
  static constexpr bool sign = S_, declared_sign = S_;
  static const ap_int_base<W_, S_>& value(const ap_int_base<W_, S_>& x) { return x; }
};
template <int W_, bool S_>
struct operand<ap_int_base<W_, S_>> : int_operand<W_, S_> {};
template <int W_>
struct operand<ap_int<W_>> : int_operand<W_, true> {};
template <int W_>
struct operand<ap_uint<W_>> : int_operand<W_, false> {};
// A range is as wide as its parent. Beside an ap_int the result's sign follows the parent's, as the vendor's does.
template <int W_, bool S_>
struct operand<ap_range_ref<W_, S_>> {
  static constexpr Kind kind = kRange;
  static constexpr int width = W_;
  static constexpr bool sign = false, declared_sign = S_;
  static ap_int_base<W_, false> value(const ap_range_ref<W_, S_>& x) { return x.get(); }
};
template <int W_, bool S_>
struct operand<ap_bit_ref<W_, S_>> {
  static constexpr Kind kind = kBit;
  static constexpr int width = 1;
  static constexpr bool sign = false, declared_sign = false;
  static ap_int_base<1, false> value(const ap_bit_ref<W_, S_>& x) { return x.get(); }
};
template <int WA_, class A_, int WB_, class B_>
struct operand<ap_concat_ref<WA_, A_, WB_, B_>> {
  static constexpr Kind kind = kConcat;
  static constexpr int width = WA_ + WB_;
  static constexpr bool sign = false, declared_sign = false;
  static ap_int_base<WA_ + WB_, false> value(const ap_concat_ref<WA_, A_, WB_, B_>& x) { return x.get(); }
};

template <class T_, bool IsNative = native<T_>::ok>
struct side : operand<T_> {};
template <class T_>
struct side<T_, true> {
  static constexpr Kind kind = kNative;
  static constexpr int width = native<T_>::width;
  static constexpr bool sign = native<T_>::sign, declared_sign = native<T_>::sign;
  static ap_int_base<width, sign> value(T_ x) { return ap_int_base<width, sign>(x); }
};

// The pairs of kinds for which the vendor defines an operator; the others go through native conversions or fail.
constexpr bool arithmetic_pair(Kind a, Kind b) {
  return (a == kInt && (b == kInt || b == kNative || b == kRange || b == kBit)) ||
         (b == kInt && (a == kNative || a == kRange || a == kBit)) || (a == kRange && (b == kRange || b == kNative)) ||
         (a == kNative && b == kRange) || (a == kConcat && b == kConcat);
}
constexpr bool logic_pair(Kind a, Kind b) {
  return arithmetic_pair(a, b) || (a == kInt && b == kConcat) || (a == kConcat && b == kInt);
}
constexpr bool compare_pair(Kind a, Kind b) {
  return arithmetic_pair(a, b) || (a == kInt && b == kConcat) || (a == kConcat && b == kInt) ||
         (a == kConcat && b == kNative);
}
constexpr bool shift_pair(Kind a, Kind b) {
  return (arithmetic_pair(a, b) && a != kNative) || (a == kConcat && b == kNative);
}

}  // namespace ap_detail

#endif
