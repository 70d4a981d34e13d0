// SPDX-License-Identifier: Apache-2.0
// What may stand beside an operator: the kind, width, sign and value of each operand type.
#ifndef CODESIGN_SHIM_AP_INT_OPERAND_H
#define CODESIGN_SHIM_AP_INT_OPERAND_H

namespace ap_detail {

// An operand of a binary operator: its kind, the width and sign of its value, and the value.
enum Kind { NONE, NATIVE, INT, RANGE, BIT, CONCAT };

template <class T>
struct operand {
  static constexpr Kind kind = native<T>::ok ? NATIVE : NONE;
};
template <int W, bool S>
struct int_operand {
  static constexpr Kind kind = INT;
  static constexpr int width = W;
  static constexpr bool sign = S, declared_sign = S;
  static const ap_int_base<W, S>& value(const ap_int_base<W, S>& x) { return x; }
};
template <int W, bool S>
struct operand<ap_int_base<W, S>> : int_operand<W, S> {};
template <int W>
struct operand<ap_int<W>> : int_operand<W, true> {};
template <int W>
struct operand<ap_uint<W>> : int_operand<W, false> {};
// A range is as wide as its parent. Beside an ap_int the result's sign follows the parent's, as the vendor's does.
template <int W, bool S>
struct operand<ap_range_ref<W, S>> {
  static constexpr Kind kind = RANGE;
  static constexpr int width = W;
  static constexpr bool sign = false, declared_sign = S;
  static ap_int_base<W, false> value(const ap_range_ref<W, S>& x) { return x.get(); }
};
template <int W, bool S>
struct operand<ap_bit_ref<W, S>> {
  static constexpr Kind kind = BIT;
  static constexpr int width = 1;
  static constexpr bool sign = false, declared_sign = false;
  static ap_int_base<1, false> value(const ap_bit_ref<W, S>& x) { return x.get(); }
};
template <int WA, class A, int WB, class B>
struct operand<ap_concat_ref<WA, A, WB, B>> {
  static constexpr Kind kind = CONCAT;
  static constexpr int width = WA + WB;
  static constexpr bool sign = false, declared_sign = false;
  static ap_int_base<WA + WB, false> value(const ap_concat_ref<WA, A, WB, B>& x) { return x.get(); }
};

template <class T, bool IsNative = native<T>::ok>
struct side : operand<T> {};
template <class T>
struct side<T, true> {
  static constexpr Kind kind = NATIVE;
  static constexpr int width = native<T>::width;
  static constexpr bool sign = native<T>::sign, declared_sign = native<T>::sign;
  static ap_int_base<width, sign> value(T x) { return ap_int_base<width, sign>(x); }
};

// The pairs of kinds for which the vendor defines an operator; the others go through native conversions or fail.
constexpr bool arithmetic_pair(Kind a, Kind b) {
  return (a == INT && (b == INT || b == NATIVE || b == RANGE || b == BIT)) ||
         (b == INT && (a == NATIVE || a == RANGE || a == BIT)) || (a == RANGE && (b == RANGE || b == NATIVE)) ||
         (a == NATIVE && b == RANGE) || (a == CONCAT && b == CONCAT);
}
constexpr bool logic_pair(Kind a, Kind b) {
  return arithmetic_pair(a, b) || (a == INT && b == CONCAT) || (a == CONCAT && b == INT);
}
constexpr bool compare_pair(Kind a, Kind b) {
  return arithmetic_pair(a, b) || (a == INT && b == CONCAT) || (a == CONCAT && b == INT) ||
         (a == CONCAT && b == NATIVE);
}
constexpr bool shift_pair(Kind a, Kind b) {
  return (arithmetic_pair(a, b) && a != NATIVE) || (a == CONCAT && b == NATIVE);
}

}  // namespace ap_detail

#endif
