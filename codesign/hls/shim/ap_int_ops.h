// SPDX-License-Identifier: Apache-2.0
// Binary operators of ap_int with ap_int, native integers, bits, ranges and concatenations.
#ifndef CODESIGN_SHIM_AP_INT_OPS_H
#define CODESIGN_SHIM_AP_INT_OPS_H

namespace ap_detail {

// Result types of `A op B`. The sign of a range counts as its parent's only beside an ap_int (`Declared`).
template <class A, class B>
struct result {
  typedef side<A> a;
  typedef side<B> b;
  static constexpr bool declared = (a::kind == RANGE && b::kind == INT) || (a::kind == INT && b::kind == RANGE);
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
template <class A, class B>
struct common {
  typedef side<A> a;
  typedef side<B> b;
  static constexpr int width = max(a::width, b::width);
  static constexpr bool either = a::sign || b::sign, mixed = a::sign != b::sign;
  static constexpr bool wins = width >= 32 && (a::sign ? b::width >= a::width : a::width >= b::width);
  static constexpr bool widest = a::width > b::width ? a::sign : (b::width > a::width ? b::sign : either);
  typedef Bits<max(width, 32), false> equality;
  typedef Bits<width + mixed, mixed ? !wins : a::sign> order;
  typedef Bits<width + either, widest> quotient;
  typedef Bits<width + either, a::sign && widest> remainder;
};

template <class A, class B>
using if_arithmetic = typename enable_if<arithmetic_pair(side<A>::kind, side<B>::kind)>::type;
template <class A, class B>
using if_division = typename enable_if<side<A>::kind != NATIVE && arithmetic_pair(side<A>::kind, side<B>::kind)>::type;
template <class A, class B>
using if_logic = typename enable_if<logic_pair(side<A>::kind, side<B>::kind)>::type;
template <class A, class B>
using if_compare = typename enable_if<compare_pair(side<A>::kind, side<B>::kind)>::type;
template <class A, class B>
using if_shift = typename enable_if<shift_pair(side<A>::kind, side<B>::kind)>::type;

// `x << n`, or `x >> -n` where n is negative.
template <int W, bool S, int WN>
ap_int_base<W, S> shift_left(const ap_int_base<W, S>& x, const ap_int_base<WN, false>& n) {
  return x.shifted_left(n.to_uint());
}
template <int W, bool S, int WN>
ap_int_base<W, S> shift_right(const ap_int_base<W, S>& x, const ap_int_base<WN, false>& n) {
  return x.shifted_right(n.to_uint());
}
template <int W, bool S, int WN>
ap_int_base<W, S> shift_left(const ap_int_base<W, S>& x, const ap_int_base<WN, true>& n) {
  ap_int_base<WN, false> distance(n.sign() ? ap_int_base<WN, false>(-n) : ap_int_base<WN, false>(n));
  return n.sign() ? shift_right(x, distance) : shift_left(x, distance);
}
template <int W, bool S, int WN>
ap_int_base<W, S> shift_right(const ap_int_base<W, S>& x, const ap_int_base<WN, true>& n) {
  ap_int_base<WN, false> distance(n.sign() ? ap_int_base<WN, false>(-n) : ap_int_base<WN, false>(n));
  return n.sign() ? shift_left(x, distance) : shift_right(x, distance);
}

}  // namespace ap_detail

// The exact value has the result's width and sign, so that signed arithmetic cannot overflow, except where a range's
// declared sign says otherwise: there it wraps.
#define CODESIGN_ARITHMETIC(OP, RESULT, GUARD)                                           \
  template <class A, class B, class = ap_detail::GUARD<A, B>>                            \
  typename ap_detail::result<A, B>::RESULT operator OP(const A& a, const B& b) {         \
    typedef ap_detail::result<A, B> R;                                                   \
    typedef typename R::RESULT Result;                                                   \
    typedef ap_detail::Bits<Result::width, Result::sign_flag && !R::declared> Wide;      \
    typename Wide::type x = AP_FIT(Wide, ap_detail::side<A>::value(a).raw), y = AP_FIT(Wide, ap_detail::side<B>::value(b).raw); \
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
  template <class A, class B, class = ap_detail::if_division<A, B>>                       \
  typename ap_detail::result<A, B>::RESULT operator OP(const A& a, const B& b) {          \
    typedef typename ap_detail::common<A, B>::COMMON Wide;                                \
    typedef typename ap_detail::result<A, B>::RESULT Result;                              \
    typename Wide::type x = AP_FIT(Wide, ap_detail::side<A>::value(a).raw), y = AP_FIT(Wide, ap_detail::side<B>::value(b).raw); \
    Result result;                                                                        \
    result.raw = AP_FIT(Result::Rep, (typename Wide::type)(x OP y));                      \
    return result;                                                                        \
  }
CODESIGN_DIVISION(/, div, quotient)
CODESIGN_DIVISION(%, mod, remainder)
// The vendor gives these the width of the divisor.
template <class A, int W, bool S, class = ap_detail::if_native<A>>
void operator/(A, const ap_int_base<W, S>&) = delete;
template <class A, int W, bool S, class = ap_detail::if_native<A>>
void operator%(A, const ap_int_base<W, S>&) = delete;
#undef CODESIGN_DIVISION

#define CODESIGN_COMPARE(OP, COMMON)                                                      \
  template <class A, class B, class = ap_detail::if_compare<A, B>>                        \
  bool operator OP(const A& a, const B& b) {                                              \
    typedef typename ap_detail::common<A, B>::COMMON Wide;                                \
    return AP_FIT(Wide, ap_detail::side<A>::value(a).raw) OP AP_FIT(Wide, ap_detail::side<B>::value(b).raw); \
  }
CODESIGN_COMPARE(==, equality)
CODESIGN_COMPARE(!=, equality)
CODESIGN_COMPARE(<, order)
CODESIGN_COMPARE(<=, order)
CODESIGN_COMPARE(>, order)
CODESIGN_COMPARE(>=, order)
#undef CODESIGN_COMPARE

#define CODESIGN_SHIFT(OP, FUNCTION)                                                      \
  template <class A, class B, class = ap_detail::if_shift<A, B>>                          \
  typename ap_detail::result<A, B>::arg1 operator OP(const A& a, const B& b) {            \
    return ap_detail::FUNCTION(ap_detail::side<A>::value(a), ap_detail::side<B>::value(b)); \
  }
CODESIGN_SHIFT(<<, shift_left)
CODESIGN_SHIFT(>>, shift_right)
#undef CODESIGN_SHIFT

#define CODESIGN_ASSIGN(OP)                                                               \
  template <int W, bool S, class B, class = ap_detail::if_arithmetic<ap_int_base<W, S>, B>> \
  ap_int_base<W, S>& operator OP##=(ap_int_base<W, S>& a, const B& b) {                   \
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
