// SPDX-License-Identifier: Apache-2.0
// Loading a .npy of integers into a table, for C simulation. A file that does not fit ends the program with a sentence.
#ifndef CODESIGN_DETAIL_NPY_HPP
#define CODESIGN_DETAIL_NPY_HPP

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <codesign/pack.hpp>

namespace codesign {
namespace detail {

inline void rom_failure(const std::string& who, const std::string& what) {
  std::cerr << who << ": " << what << std::endl;
  std::exit(2);
}

// The text after a key of the header's Python dictionary.
inline std::string npy_field(const std::string& header, const std::string& key, const std::string& who) {
  std::size_t at = header.find("'" + key + "':");
  if (at == std::string::npos) rom_failure(who, "no '" + key + "' in the header: not a .npy file");
  return header.substr(header.find_first_not_of(' ', at + key.size() + 3));
}

// One little-endian integer.
inline std::int64_t npy_integer(const unsigned char* bytes, int size, bool is_signed) {
  std::uint64_t value = 0;
  for (int i = 0; i < size; ++i) value |= static_cast<std::uint64_t>(bytes[i]) << (8 * i);
  if (is_signed && size < 8 && (value >> (8 * size - 1))) value |= ~std::uint64_t(0) << (8 * size);
  return static_cast<std::int64_t>(value);
}

// All integers of a file in C order.
inline std::vector<std::int64_t> npy_integers(const std::string& path, const std::string& who) {
  std::ifstream stream(path.c_str(), std::ios::binary);
  std::vector<unsigned char> bytes((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  if (bytes.size() < 12 || std::string(bytes.begin() + 1, bytes.begin() + 6) != "NUMPY")
    rom_failure(who, path + " is not a .npy file");
  bool short_header = bytes[6] == 1;
  std::size_t length = bytes[8] | bytes[9] << 8, start = short_header ? 10 : 12;
  if (!short_header) length |= std::size_t(bytes[10]) << 16 | std::size_t(bytes[11]) << 24;
  if (start + length > bytes.size()) rom_failure(who, path + " is cut short");
  std::string header(bytes.begin() + start, bytes.begin() + start + length);
  std::string type = npy_field(header, "descr", who);
  bool integer = type.size() > 3 && (type[2] == 'i' || type[2] == 'u') && (type[1] == '<' || type[1] == '|');
  if (!integer || npy_field(header, "fortran_order", who).compare(0, 5, "False") != 0)
    rom_failure(who, path + " must hold little-endian integers in C order");
  int size = type[3] - '0';
  std::vector<std::int64_t> values((bytes.size() - start - length) / size);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = npy_integer(&bytes[start + length + i * size], size, type[2] == 'i');
  return values;
}

// The file beside the source, or in a folder of CODESIGN_ROM_PATH.
inline std::string rom_path(const std::string& file, const std::string& source, const std::string& who) {
  std::string folders = source.find('/') == std::string::npos ? "." : source.substr(0, source.rfind('/'));
#ifdef CODESIGN_ROM_PATH
  folders += std::string(":") + CODESIGN_ROM_PATH;
#endif
  if (const char* more = std::getenv("CODESIGN_ROM_PATH")) folders += std::string(":") + more;
  for (std::size_t at = 0; at <= folders.size();) {
    std::size_t end = folders.find(':', at) == std::string::npos ? folders.size() : folders.find(':', at);
    std::string path = folders.substr(at, end - at) + "/" + file;
    if (std::ifstream(path.c_str()).good()) return path;
    at = end + 1;
  }
  rom_failure(who, "no file '" + file + "' in " + folders + ": set CODESIGN_ROM_PATH");
  return "";
}

// Fills scalars, words of several lanes, and arrays of either.
template <class T>
struct Fill {
  typedef Pack<T> P;
  static const int count = P::lanes;
  static void run(T& word, const std::int64_t* values, const std::string& who) {
    ap_uint<P::bits> packed = 0;
    for (int lane = 0; lane < P::lanes; ++lane) {
      std::int64_t value = values[lane], half = std::int64_t(1) << (P::lane_bits - 1 < 62 ? P::lane_bits - 1 : 62);
      bool fits = P::is_signed ? value >= -half && value < half : value >= 0 && (value >> 1) < half;
      if (P::lane_bits < 63 && !fits) rom_failure(who, "the value " + std::to_string(value) + " does not fit");
      packed.range(lane * P::lane_bits + P::lane_bits - 1, lane * P::lane_bits) = ap_uint<P::lane_bits>(value);
    }
    word = P::unpack(packed);
  }
};
template <class T, std::size_t N>
struct Fill<T[N]> {
  static const int count = N * Fill<T>::count;
  static void run(T (&words)[N], const std::int64_t* values, const std::string& who) {
    for (std::size_t i = 0; i < N; ++i) Fill<T>::run(words[i], values + i * Fill<T>::count, who);
  }
};

// The table lives to the end of the program.
template <class Table>
const Table& rom(const char* name, const char* file, const char* source) {
  struct Holder { Table table; };
  Holder* holder = new Holder;
  std::string who = std::string(source) + ": CODESIGN_ROM " + name;
  std::vector<std::int64_t> values = npy_integers(rom_path(file, source, who), who);
  if (values.size() != std::size_t(Fill<Table>::count))
    rom_failure(who, std::string(file) + " holds " + std::to_string(values.size()) + " integers, the table takes " +
                         std::to_string(Fill<Table>::count));
  Fill<Table>::run(holder->table, values.data(), who);
  return holder->table;
}

}  // namespace detail
}  // namespace codesign

#endif
