// SPDX-License-Identifier: Apache-2.0
//
// CODESIGN_ROM(type, name, depth, file)            a table `const type name[depth]`
// CODESIGN_ROM(type, name, rows, columns, file)    a table `const type name[rows][columns]`
//
// A constant table at namespace scope whose contents lie in a NumPy .npy file (C order, one integer per lane), so that
// no C++ compiler has to read thousands of numbers.
//
//   * codesign's HLS compiler: an external constant; the file becomes the memory's initial contents.
//   * g++ (C simulation): the file is loaded before main. It is looked for beside the source, then in the folders of
//     the macro or environment variable CODESIGN_ROM_PATH (separated by colons).
//   * a vendor's synthesis (__SYNTHESIS__): an initialiser `CODESIGN_ROM_INIT_name`, from the generated header that
//     the macro CODESIGN_ROM_INITIALISERS names (else "rom_initialisers.hpp").
#ifndef CODESIGN_ROM_HPP
#define CODESIGN_ROM_HPP

#include <codesign/pack.hpp>

#define CODESIGN_ROM_PICK(a, b, c, d, e, chosen, ...) chosen
#define CODESIGN_ROM(...) \
  CODESIGN_ROM_PICK(__VA_ARGS__, CODESIGN_ROM_2D, CODESIGN_ROM_1D, CODESIGN_ROM_ERROR)(__VA_ARGS__)
#define CODESIGN_ROM_1D(type, name, depth, file) CODESIGN_ROM_TABLE(type, name, [depth], depth, file)
#define CODESIGN_ROM_2D(type, name, rows, columns, file) \
  CODESIGN_ROM_TABLE(type, name, [rows][columns], (rows) * (columns), file)

#if defined(__CODESIGN_HLS__)

// The second symbol tells the compiler what LLVM's types do not: bits, sign and number of the integers. The size is
// asked for first: clang lays out an array of a template that nobody has needed yet as bytes.
#define CODESIGN_ROM_TABLE(type, name, shape, words, file)                                     \
  typedef char name##_rom_lane[sizeof(type)];                                                    \
  extern const type name shape __asm__("codesign_rom:" #name ":" file);                        \
  __attribute__((used)) static constexpr int name##_rom_shape[3] __asm__("codesign_rom_shape:" #name ":" file) = { \
      codesign::Pack<type>::lane_bits, codesign::Pack<type>::is_signed, (words) * codesign::Pack<type>::lanes};

#elif defined(__SYNTHESIS__)

#ifndef CODESIGN_ROM_INITIALISERS
#define CODESIGN_ROM_INITIALISERS "rom_initialisers.hpp"
#endif
#include CODESIGN_ROM_INITIALISERS
#define CODESIGN_ROM_TABLE(type, name, shape, words, file) static const type name shape = CODESIGN_ROM_INIT_##name;

#else

#include <codesign/detail/npy.hpp>
#define CODESIGN_ROM_TABLE(type, name, shape, words, file) \
  static const type(&name) shape = codesign::detail::rom<type shape>(#name, file, __FILE__);

#endif

#endif
