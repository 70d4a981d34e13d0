// SPDX-License-Identifier: Apache-2.0
// Parts of an ap_int as lvalues: one bit, a range of bits, and the concatenation of such parts.
#ifndef CODESIGN_SHIM_AP_INT_REF_H
#define CODESIGN_SHIM_AP_INT_REF_H

template <int W, bool S>
struct ap_bit_ref {
  ap_int_base<W, S>& parent;
  int index;

  ap_bit_ref(ap_int_base<W, S>* p, int i) : parent(*p), index(i) {}
  ap_bit_ref(const ap_bit_ref&) = default;
  operator bool() const { return parent.test(index); }
  bool to_bool() const { return parent.test(index); }
  bool get() const { return parent.test(index); }
  bool operator~() const { return !parent.test(index); }
  int length() const { return 1; }

  ap_bit_ref& operator=(const ap_bit_ref& x) { return put(x.get()); }
  template <int W2, bool S2>
  ap_bit_ref& operator=(const ap_bit_ref<W2, S2>& x) { return put(x.get()); }
  template <int W2, bool S2>
  ap_bit_ref& operator=(const ap_range_ref<W2, S2>& x) { return put(x.get().raw != 0); }
  template <int W2, bool S2>
  ap_bit_ref& operator=(const ap_int_base<W2, S2>& x) { return put(x.raw != 0); }
  template <class T, class = ap_detail::if_native<T>>
  ap_bit_ref& operator=(T x) { return put(x != 0); }
  template <int W2>
  void set(const ap_int_base<W2, false>& x) { put(x.raw != 0); }

 private:
  ap_bit_ref& put(bool x) {
    parent.set_bit(index, x);
    return *this;
  }
};

template <int W, bool S>
struct ap_range_ref {
  typedef ap_detail::Bits<W, S> Rep;
  typedef typename ap_int_base<W, S>::Unsigned Unsigned;
  ap_int_base<W, S>& parent;
  int hi, lo;

  ap_range_ref(ap_int_base<W, S>* p, int h, int l) : parent(*p), hi(h), lo(l) {
    if (h < l) __hls_refuse("a range whose high bit may lie below its low bit; write range(high, low)");
  }
  ap_range_ref(const ap_range_ref&) = default;
  int length() const { return hi - lo + 1; }
  ap_int_base<W, false> get() const {
    ap_int_base<W, false> part;
    part.raw = ((Unsigned)parent.raw >> lo) & ((Unsigned) ~(Unsigned)0 >> (W - 1 - (hi - lo)));
    return part;
  }
  operator ap_int_base<W, false>() const { return get(); }
  operator unsigned long long() const { return get().to_uint64(); }
  int to_int() const { return get().to_int(); }
  unsigned to_uint() const { return get().to_uint(); }
  long to_long() const { return get().to_long(); }
  unsigned long to_ulong() const { return get().to_ulong(); }
  long long to_int64() const { return get().to_int64(); }
  unsigned long long to_uint64() const { return get().to_uint64(); }

  ap_range_ref& operator=(const ap_range_ref& x) { return put(x.get().raw); }
  template <int W2, bool S2>
  ap_range_ref& operator=(const ap_range_ref<W2, S2>& x) { return put(x.get().raw); }
  template <int W2, bool S2>
  ap_range_ref& operator=(const ap_bit_ref<W2, S2>& x) { return put(x.get()); }
  template <int W2, bool S2>
  ap_range_ref& operator=(const ap_int_base<W2, S2>& x) { return put(x.raw); }
  template <int WA, class A, int WB, class B>
  ap_range_ref& operator=(const ap_concat_ref<WA, A, WB, B>& x) { return put(x.get().raw); }
  template <class T, class = ap_detail::if_native<T>>
  ap_range_ref& operator=(T x) { return put(x); }
  template <int W2>
  void set(const ap_int_base<W2, false>& x) { put(x.raw); }

 private:
  template <class T>
  ap_range_ref& put(const T& x) {
    Unsigned mask = (Unsigned) ~(Unsigned)0 >> (W - 1 - (hi - lo));
    Unsigned kept = (Unsigned)parent.raw & (Unsigned) ~(Unsigned)(mask << lo);
    parent.raw = AP_FIT(Rep, (Unsigned)(kept | (Unsigned)(((Unsigned)x & mask) << lo)));
    return *this;
  }
};

// A is the high part. WA and WB are the widths of the parents; the parts lie side by side without gaps, so a range
// leaves zeros above.
template <int WA, class A, int WB, class B>
struct ap_concat_ref {
  typedef ap_int_base<WA + WB, false> Value;
  A& high;
  B& low;

  ap_concat_ref(A& a, B& b) : high(a), low(b) {}
  ap_concat_ref(const ap_concat_ref&) = default;
  int length() const { return high.length() + low.length(); }
  Value get() const {
    ap_int_base<WA, false> above(high);
    ap_int_base<WB, false> below(low);
    Value whole(above);
    whole = whole.shifted_left(low.length());
    whole.raw |= below.raw;
    return whole;
  }
  operator Value() const { return get(); }
  operator unsigned long long() const { return get().to_uint64(); }

  ap_concat_ref& operator=(const ap_concat_ref& x) { return put(x.get()); }
  template <int WC, class C, int WD, class D>
  ap_concat_ref& operator=(const ap_concat_ref<WC, C, WD, D>& x) { return put(Value(x)); }
  template <int W2, bool S2>
  ap_concat_ref& operator=(const ap_range_ref<W2, S2>& x) { return put(Value(x)); }
  template <int W2, bool S2>
  ap_concat_ref& operator=(const ap_bit_ref<W2, S2>& x) { return put(Value(x)); }
  template <int W2, bool S2>
  ap_concat_ref& operator=(const ap_int_base<W2, S2>& x) { return put(Value(x)); }
  template <class T, class = ap_detail::if_native<T>>
  ap_concat_ref& operator=(T x) { return put(Value(x)); }
  template <int W2>
  void set(const ap_int_base<W2, false>& x) { put(Value(x)); }

 private:
  ap_concat_ref& put(Value x) {
    high.set(ap_int_base<WA, false>(x.shifted_right(low.length())));
    low.set(ap_int_base<WB, false>(x.range(low.length() - 1, 0)));
    return *this;
  }
};

namespace ap_detail {

// The type that a concatenation refers to.
template <class T, Kind K = operand<T>::kind>
struct part { static constexpr bool ok = false; };
template <class T>
struct part<T, INT> {
  static constexpr bool ok = true;
  typedef ap_int_base<operand<T>::width, operand<T>::sign> type;
};
template <class T>
struct whole_part {
  static constexpr bool ok = true;
  typedef T type;
};
template <class T>
struct part<T, RANGE> : whole_part<T> {};
template <class T>
struct part<T, BIT> : whole_part<T> {};
template <class T>
struct part<T, CONCAT> : whole_part<T> {};

template <class A, class B, class = void>
struct concatenation {};
template <class A, class B>
struct concatenation<A, B, typename enable_if<part<A>::ok && part<B>::ok>::type> {
  typedef ap_concat_ref<operand<A>::width, typename part<A>::type, operand<B>::width, typename part<B>::type> type;
};

}  // namespace ap_detail

template <class A, class B>
typename ap_detail::concatenation<A, B>::type operator,(const A& a, const B& b) {
  return typename ap_detail::concatenation<A, B>::type(const_cast<typename ap_detail::part<A>::type&>(
                                                           static_cast<const typename ap_detail::part<A>::type&>(a)),
                                                       const_cast<typename ap_detail::part<B>::type&>(
                                                           static_cast<const typename ap_detail::part<B>::type&>(b)));
}

// Beside a native integer the concatenation is a value.
template <int W, bool S, class T, class = ap_detail::if_native<T>>
ap_int_base<W + ap_detail::native<T>::width, false> operator,(const ap_int_base<W, S>& a, T b) {
  ap_int_base<ap_detail::native<T>::width, false> low(b);
  return (a, low);
}
template <int W, bool S, class T, class = ap_detail::if_native<T>>
ap_int_base<W + ap_detail::native<T>::width, false> operator,(T a, const ap_int_base<W, S>& b) {
  ap_int_base<ap_detail::native<T>::width, false> high(a);
  return (high, b);
}

#endif
