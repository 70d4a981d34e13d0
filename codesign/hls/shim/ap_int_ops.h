// SPDX-License-Identifier: Apache-2.0
// Binary operators of ap_int with ap_int, native integers, bits, ranges and concatenations.
#ifndef CODESIGN_SHIM_AP_INT_OPS_H
#define CODESIGN_SHIM_AP_INT_OPS_H

namespace ap_detail {

// Result types of `A op B`. The sign of a range counts as its parent's only beside an ap_int (`Declared`).
template <class A_, class B_>
struct result {
  typedef side<A_> a;
  typedef side<B_> b;
  static constexpr bool declared = (a::kind == kRange && b::kind == kInt) || (a::kind == kInt && b::kind == kRange);
  static constexpr int w1 = a::width, w2 = b::width;
  static constexpr bool s1 = declared ? a::declared_sign : a::sign;
  static constexpr bool s2 = declared ? b::declared_sign : b::sign;
  static constexpr int common = max(w1 + (s2 && !s1), w2 + (s1 && !s2));
  static constexpr bool either = s1 || s2;
  typedef typename derived<common + 1, either>::type plus;
  typedef typename derived<common + 1, true>::type minus;
  typedef typename derived<w1 + w2, either>::type mult;
  typedef typename derived<common, either>::type logic;
  typedef typename derived<w1 + s2, either>::type div;
  typedef typename derived<min(w1, w2 + (!s2 && s1)), s1>::type mod;
  typedef typename derived<w1, s1>::type arg1;
};

// The types in which two operands are compared or divided. The vendor follows C: of a signed and an unsigned operand of
// 32 bits or more, an unsigned one that is at least as wide makes the comparison unsigned.
template <class A_, class B_>
struct common {
  typedef side<A_> a;
  typedef side<B_> b;
  static constexpr int width = max(a::width, b::width);
  static constexpr bool either = a::sign || b::sign, mixed = a::sign != b::sign;
  static constexpr bool wins = width >= 32 && (a::sign ? b::width >= a::width : a::width >= b::width);
  static constexpr bool widest = a::width > b::width ? a::sign : (b::width > a::width ? b::sign : either);
  typedef Bits<max(width, 32), false> equality;
  typedef Bits<width + mixed, mixed ? !wins : a::sign> order;
  typedef Bits<width + either, widest> quotient;
  typedef Bits<width + either, a::sign && widest> remainder;
};

template <class A_, class B_>
using if_arithmetic = typename enable_if<arithmetic_pair(side<A_>::kind, side<B_>::kind)>::type;
template <class A_, class B_>
using if_division = typename enable_if<side<A_>::kind != kNative && arithmetic_pair(side<A_>::kind, side<B_>::kind)>::type;
template <class A_, class B_>
using if_logic = typename enable_if<logic_pair(side<A_>::kind, side<B_>::kind)>::type;
template <class A_, class B_>
using if_compare = typename enable_if<compare_pair(side<A_>::kind, side<B_>::kind)>::type;
template <class A_, class B_>
using if_shift = typename enable_if<shift_pair(side<A_>::kind, side<B_>::kind)>::type;

// `x << n`, or `x >> -n` where n is negative.
template <int W_, bool S_, int WN_>
ap_int_base<W_, S_> shift_left(const ap_int_base<W_, S_>& x, const ap_int_base<WN_, false>& n) {
  return x.shifted_left(n.to_uint());
}
template <int W_, bool S_, int WN_>
ap_int_base<W_, S_> shift_right(const ap_int_base<W_, S_>& x, const ap_int_base<WN_, false>& n) {
  return x.shifted_right(n.to_uint());
}
template <int W_, bool S_, int WN_>
ap_int_base<W_, S_> shift_left(const ap_int_base<W_, S_>& x, const ap_int_base<WN_, true>& n) {
  ap_int_base<WN_, false> distance(n.sign() ? ap_int_base<WN_, false>(-n) : ap_int_base<WN_, false>(n));
  return n.sign() ? shift_right(x, distance) : shift_left(x, distance);
}
template <int W_, bool S_, int WN_>
ap_int_base<W_, S_> shift_right(const ap_int_base<W_, S_>& x, const ap_int_base<WN_, true>& n) {
  ap_int_base<WN_, false> distance(n.sign() ? ap_int_base<WN_, false>(-n) : ap_int_base<WN_, false>(n));
  return n.sign() ? shift_left(x, distance) : shift_right(x, distance);
}

}  // namespace ap_detail

// The exact value has the result's width and sign, so that signed arithmetic cannot overflow, except where a range's
// declared sign says otherwise: there it wraps.
#define CODESIGN_ARITHMETIC(OP, RESULT, GUARD)                                           \
  template <class A_, class B_, class = ap_detail::GUARD<A_, B_>>                            \
  typename ap_detail::result<A_, B_>::RESULT operator OP(const A_& a, const B_& b) {         \
    typedef ap_detail::result<A_, B_> R_;                                                   \
    typedef typename R_::RESULT Result;                                                   \
    typedef ap_detail::Bits<Result::width, Result::sign_flag && !R_::declared> Wide;      \
    typename Wide::type x = AP_FIT(Wide, ap_detail::side<A_>::value(a).raw), y = AP_FIT(Wide, ap_detail::side<B_>::value(b).raw); \
    Result result;                                                                       \
    result.raw = AP_FIT(Result::Rep, (typename Wide::type)(x OP y));                        \
    return result;                                                                       \
  }
CODESIGN_ARITHMETIC(+, plus, if_arithmetic)
CODESIGN_ARITHMETIC(-, minus, if_arithmetic)
CODESIGN_ARITHMETIC(*, mult, if_arithmetic)
CODESIGN_ARITHMETIC(&, logic, if_logic)
CODESIGN_ARITHMETIC(|, logic, if_logic)
CODESIGN_ARITHMETIC(^, logic, if_logic)
#undef CODESIGN_ARITHMETIC

#define CODESIGN_DIVISION(OP, RESULT, COMMON)                                             \
  template <class A_, class B_, class = ap_detail::if_division<A_, B_>>                       \
  typename ap_detail::result<A_, B_>::RESULT operator OP(const A_& a, const B_& b) {          \
    typedef typename ap_detail::common<A_, B_>::COMMON Wide;                                \
    typedef typename ap_detail::result<A_, B_>::RESULT Result;                              \
    typename Wide::type x = AP_FIT(Wide, ap_detail::side<A_>::value(a).raw), y = AP_FIT(Wide, ap_detail::side<B_>::value(b).raw); \
    Result result;                                                                        \
    result.raw = AP_FIT(Result::Rep, (typename Wide::type)(x OP y));                      \
    return result;                                                                        \
  }
CODESIGN_DIVISION(/, div, quotient)
CODESIGN_DIVISION(%, mod, remainder)
// The vendor gives these the width of the divisor.
template <class A_, int W_, bool S_, class = ap_detail::if_native<A_>>
void operator/(A_, const ap_int_base<W_, S_>&) = delete;
template <class A_, int W_, bool S_, class = ap_detail::if_native<A_>>
void operator%(A_, const ap_int_base<W_, S_>&) = delete;
#undef CODESIGN_DIVISION

#define CODESIGN_COMPARE(OP, COMMON)                                                      \
  template <class A_, class B_, class = ap_detail::if_compare<A_, B_>>                        \
  bool operator OP(const A_& a, const B_& b) {                                              \
    typedef typename ap_detail::common<A_, B_>::COMMON Wide;                                \
    return AP_FIT(Wide, ap_detail::side<A_>::value(a).raw) OP AP_FIT(Wide, ap_detail::side<B_>::value(b).raw); \
  }
CODESIGN_COMPARE(==, equality)
CODESIGN_COMPARE(!=, equality)
CODESIGN_COMPARE(<, order)
CODESIGN_COMPARE(<=, order)
CODESIGN_COMPARE(>, order)
CODESIGN_COMPARE(>=, order)
#undef CODESIGN_COMPARE

#define CODESIGN_SHIFT(OP, FUNCTION)                                                      \
  template <class A_, class B_, class = ap_detail::if_shift<A_, B_>>                          \
  typename ap_detail::result<A_, B_>::arg1 operator OP(const A_& a, const B_& b) {            \
    return ap_detail::FUNCTION(ap_detail::side<A_>::value(a), ap_detail::side<B_>::value(b)); \
  }
CODESIGN_SHIFT(<<, shift_left)
CODESIGN_SHIFT(>>, shift_right)
#undef CODESIGN_SHIFT

#define CODESIGN_ASSIGN(OP)                                                               \
  template <int W_, bool S_, class B_, class = ap_detail::if_arithmetic<ap_int_base<W_, S_>, B_>> \
  ap_int_base<W_, S_>& operator OP##=(ap_int_base<W_, S_>& a, const B_& b) {                   \
    return a = a OP b;                                                                    \
  }
CODESIGN_ASSIGN(+)
CODESIGN_ASSIGN(-)
CODESIGN_ASSIGN(*)
CODESIGN_ASSIGN(/)
CODESIGN_ASSIGN(%)
CODESIGN_ASSIGN(&)
CODESIGN_ASSIGN(|)
CODESIGN_ASSIGN(^)
CODESIGN_ASSIGN(<<)
CODESIGN_ASSIGN(>>)
#undef CODESIGN_ASSIGN

#endif
