// SPDX-License-Identifier: Apache-2.0
// hls::stream for the HLS compiler: reads and writes are calls that the front end turns into markers of the word's
// exact width. Structs travel through codesign::Pack, as they do in C simulation.
#ifndef CODESIGN_SHIM_HLS_STREAM_H
#define CODESIGN_SHIM_HLS_STREAM_H

#include "ap_int.h"

#include <codesign/pack.hpp>

// `word` points to an integer of `bits` bits that occupies `stored` bits of memory.
extern "C" void __hls_read(void* stream, void* word, int bits, int stored, int lanes, int lane_bits, int is_signed);
extern "C" void __hls_write(void* stream, void* word, int bits, int stored, int lanes, int lane_bits, int is_signed);
// Declares `count` streams; depth 0 leaves the depth to a pragma.
extern "C" void __hls_depth(void* stream, int count, int depth);

namespace hls {

template <class T_, int DEPTH_ = 0>
class stream;

template <class T_>
class stream<T_, 0> {
  typedef codesign::Pack<T_> Pack;
  typedef ap_uint<Pack::bits> Word;
  char token;

 public:
  typedef T_ value_type;

  stream() { __hls_depth(this, 1, 0); }
  explicit stream(const char*) : stream() {}
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  T_ read() {
    Word word;
    __hls_read(this, &word, Pack::bits, 8 * sizeof(word), Pack::lanes, Pack::lane_bits, Pack::is_signed);
    return Pack::unpack(word);
  }
  void read(T_& value) { value = read(); }
  void operator>>(T_& value) { value = read(); }
  void write(const T_& value) {
    Word word = Pack::pack(value);
    __hls_write(this, &word, Pack::bits, 8 * sizeof(word), Pack::lanes, Pack::lane_bits, Pack::is_signed);
  }
  void operator<<(const T_& value) { write(value); }

  bool empty() const { return refuse("empty() of a stream"); }
  bool full() const { return refuse("full() of a stream"); }
  bool read_nb(T_&) { return refuse("read_nb() of a stream"); }
  bool write_nb(const T_&) { return refuse("write_nb() of a stream"); }

 private:
  static bool refuse(const char* what) {
    __hls_refuse(what);
    return false;
  }
};

template <class T_, int DEPTH_>
class stream : public stream<T_, 0> {
 public:
  stream() { __hls_depth(this, 1, DEPTH_); }
  explicit stream(const char*) : stream() {}
};

}  // namespace hls

#endif
