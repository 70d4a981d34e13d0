// SPDX-License-Identifier: Apache-2.0
// Parts of an ap_int as lvalues: one bit, a range of bits, and the concatenation of such parts.
#ifndef CODESIGN_SHIM_AP_INT_REF_H
#define CODESIGN_SHIM_AP_INT_REF_H

template <int W_, bool S_>
struct ap_bit_ref {
  ap_int_base<W_, S_>& parent;
  int index;

  ap_bit_ref(ap_int_base<W_, S_>* p, int i) : parent(*p), index(i) {}
  ap_bit_ref(const ap_bit_ref&) = default;
  operator bool() const { return parent.test(index); }
  bool to_bool() const { return parent.test(index); }
  bool get() const { return parent.test(index); }
  bool operator~() const { return !parent.test(index); }
  int length() const { return 1; }

  ap_bit_ref& operator=(const ap_bit_ref& x) { return put(x.get()); }
  template <int W2_, bool S2_>
  ap_bit_ref& operator=(const ap_bit_ref<W2_, S2_>& x) { return put(x.get()); }
  template <int W2_, bool S2_>
  ap_bit_ref& operator=(const ap_range_ref<W2_, S2_>& x) { return put(x.get().raw != 0); }
  template <int W2_, bool S2_>
  ap_bit_ref& operator=(const ap_int_base<W2_, S2_>& x) { return put(x.raw != 0); }
  template <class T_, class = ap_detail::if_native<T_>>
  ap_bit_ref& operator=(T_ x) { return put(x != 0); }
  template <int W2_>
  void set(const ap_int_base<W2_, false>& x) { put(x.raw != 0); }

 private:
  ap_bit_ref& put(bool x) {
    parent.set_bit(index, x);
    return *this;
  }
};

template <int W_, bool S_>
struct ap_range_ref {
  typedef ap_detail::Bits<W_, S_> Rep;
  typedef typename ap_int_base<W_, S_>::Unsigned Unsigned;
  ap_int_base<W_, S_>& parent;
  int hi, lo;

  ap_range_ref(ap_int_base<W_, S_>* p, int h, int l) : parent(*p), hi(h), lo(l) {
    if (h < l) __hls_refuse("a range whose high bit may lie below its low bit; write range(high, low)");
  }
  ap_range_ref(const ap_range_ref&) = default;
  int length() const { return hi - lo + 1; }
  ap_int_base<W_, false> get() const {
    ap_int_base<W_, false> part;
    part.raw = ((Unsigned)parent.raw >> lo) & ((Unsigned) ~(Unsigned)0 >> (W_ - 1 - (hi - lo)));
    return part;
  }
  operator ap_int_base<W_, false>() const { return get(); }
  operator unsigned long long() const { return get().to_uint64(); }
  int to_int() const { return get().to_int(); }
  unsigned to_uint() const { return get().to_uint(); }
  long to_long() const { return get().to_long(); }
  unsigned long to_ulong() const { return get().to_ulong(); }
  long long to_int64() const { return get().to_int64(); }
  unsigned long long to_uint64() const { return get().to_uint64(); }

  ap_range_ref& operator=(const ap_range_ref& x) { return put(x.get().raw); }
  template <int W2_, bool S2_>
  ap_range_ref& operator=(const ap_range_ref<W2_, S2_>& x) { return put(x.get().raw); }
  template <int W2_, bool S2_>
  ap_range_ref& operator=(const ap_bit_ref<W2_, S2_>& x) { return put(x.get()); }
  template <int W2_, bool S2_>
  ap_range_ref& operator=(const ap_int_base<W2_, S2_>& x) { return put(x.raw); }
  template <int WA_, class A_, int WB_, class B_>
  ap_range_ref& operator=(const ap_concat_ref<WA_, A_, WB_, B_>& x) { return put(x.get().raw); }
  template <class T_, class = ap_detail::if_native<T_>>
  ap_range_ref& operator=(T_ x) { return put(x); }
  template <int W2_>
  void set(const ap_int_base<W2_, false>& x) { put(x.raw); }

 private:
  template <class T_>
  ap_range_ref& put(const T_& x) {
    Unsigned mask = (Unsigned) ~(Unsigned)0 >> (W_ - 1 - (hi - lo));
    Unsigned kept = (Unsigned)parent.raw & (Unsigned) ~(Unsigned)(mask << lo);
    parent.raw = AP_FIT(Rep, (Unsigned)(kept | (Unsigned)(((Unsigned)x & mask) << lo)));
    return *this;
  }
};

// A is the high part. WA and WB are the widths of the parents; the parts lie side by side without gaps, so a range
// leaves zeros above.
template <int WA_, class A_, int WB_, class B_>
struct ap_concat_ref {
  typedef ap_int_base<WA_ + WB_, false> Value;
  A_& high;
  B_& low;

  ap_concat_ref(A_& a, B_& b) : high(a), low(b) {}
  ap_concat_ref(const ap_concat_ref&) = default;
  int length() const { return high.length() + low.length(); }
  Value get() const {
    ap_int_base<WA_, false> above(high);
    ap_int_base<WB_, false> below(low);
    Value whole(above);
    whole = whole.shifted_left(low.length());
    whole.raw |= below.raw;
    return whole;
  }
  operator Value() const { return get(); }
  operator unsigned long long() const { return get().to_uint64(); }

  ap_concat_ref& operator=(const ap_concat_ref& x) { return put(x.get()); }
  template <int WC_, class C_, int WD_, class D_>
  ap_concat_ref& operator=(const ap_concat_ref<WC_, C_, WD_, D_>& x) { return put(Value(x)); }
  template <int W2_, bool S2_>
  ap_concat_ref& operator=(const ap_range_ref<W2_, S2_>& x) { return put(Value(x)); }
  template <int W2_, bool S2_>
  ap_concat_ref& operator=(const ap_bit_ref<W2_, S2_>& x) { return put(Value(x)); }
  template <int W2_, bool S2_>
  ap_concat_ref& operator=(const ap_int_base<W2_, S2_>& x) { return put(Value(x)); }
  template <class T_, class = ap_detail::if_native<T_>>
  ap_concat_ref& operator=(T_ x) { return put(Value(x)); }
  template <int W2_>
  void set(const ap_int_base<W2_, false>& x) { put(Value(x)); }

 private:
  ap_concat_ref& put(Value x) {
    high.set(ap_int_base<WA_, false>(x.shifted_right(low.length())));
    low.set(ap_int_base<WB_, false>(x.range(low.length() - 1, 0)));
    return *this;
  }
};

namespace ap_detail {

// The type that a concatenation refers to.
template <class T_, Kind K_ = operand<T_>::kind>
struct part { static constexpr bool ok = false; };
template <class T_>
struct part<T_, kInt> {
  static constexpr bool ok = true;
  typedef ap_int_base<operand<T_>::width, operand<T_>::sign> type;
};
template <class T_>
struct whole_part {
  static constexpr bool ok = true;
  typedef T_ type;
};
template <class T_>
struct part<T_, kRange> : whole_part<T_> {};
template <class T_>
struct part<T_, kBit> : whole_part<T_> {};
template <class T_>
struct part<T_, kConcat> : whole_part<T_> {};

template <class A_, class B_, class = void>
struct concatenation {};
template <class A_, class B_>
struct concatenation<A_, B_, typename enable_if<part<A_>::ok && part<B_>::ok>::type> {
  typedef ap_concat_ref<operand<A_>::width, typename part<A_>::type, operand<B_>::width, typename part<B_>::type> type;
};

}  // namespace ap_detail

template <class A_, class B_>
typename ap_detail::concatenation<A_, B_>::type operator,(const A_& a, const B_& b) {
  return typename ap_detail::concatenation<A_, B_>::type(const_cast<typename ap_detail::part<A_>::type&>(
                                                           static_cast<const typename ap_detail::part<A_>::type&>(a)),
                                                       const_cast<typename ap_detail::part<B_>::type&>(
                                                           static_cast<const typename ap_detail::part<B_>::type&>(b)));
}

// Beside a native integer the concatenation is a value.
template <int W_, bool S_, class T_, class = ap_detail::if_native<T_>>
ap_int_base<W_ + ap_detail::native<T_>::width, false> operator,(const ap_int_base<W_, S_>& a, T_ b) {
  ap_int_base<ap_detail::native<T_>::width, false> low(b);
  return (a, low);
}
template <int W_, bool S_, class T_, class = ap_detail::if_native<T_>>
ap_int_base<W_ + ap_detail::native<T_>::width, false> operator,(T_ a, const ap_int_base<W_, S_>& b) {
  ap_int_base<ap_detail::native<T_>::width, false> high(a);
  return (high, b);
}

#endif
