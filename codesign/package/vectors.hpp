// SPDX-License-Identifier: Apache-2.0
//
// Words of a stream in a file: a hexadecimal number a line, packed by codesign::Pack.
#ifndef CODESIGN_VECTORS_HPP
#define CODESIGN_VECTORS_HPP

#include <hls_stream.h>

#include <codesign/lanes.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

namespace codesign_vectors {

const int SHOWN = 10;  // wrong words of a port

inline int digit_of(char c) {
    return c <= '9' ? c - '0' : (c | 32) - 'a' + 10;
}

template <typename T>
T word_of(const std::string& digits) {
    typedef codesign::Pack<T> Packing;
    ap_uint<Packing::bits + 3> word = 0;
    for (std::size_t i = 0; i < digits.size(); i++) word = (word << 4) | ap_uint<Packing::bits + 3>(digit_of(digits[i]));
    return Packing::unpack(ap_uint<Packing::bits>(word));
}

inline void open(std::ifstream& file, const std::string& path) {
    file.open(path.c_str());
    if (file) return;
    std::fprintf(stderr, "%s: cannot open; give the folder of the vectors as the first argument\n", path.c_str());
    std::exit(2);
}

/// Put all words of a file into a stream.
template <typename T>
void load(const std::string& path, hls::stream<T>& stream) {
    std::ifstream file;
    open(file, path);
    for (std::string digits; file >> digits;) stream.write(word_of<T>(digits));
}

/// Compare a stream with a file, word by word; returns how many words are wrong, missing or too many.
template <typename T>
long check(const std::string& path, hls::stream<T>& stream) {
    typedef codesign::Pack<T> Packing;
    std::ifstream file;
    open(file, path);
    long words = 0, wrong = 0, extra = 0;
    for (std::string digits; file >> digits; words++) {
        const bool missing = stream.empty();
        if (!missing && Packing::pack(stream.read()) == Packing::pack(word_of<T>(digits))) continue;
        if (wrong++ < SHOWN) std::printf("%s: word %ld %s\n", path.c_str(), words, missing ? "is missing" : "differs");
    }
    for (; !stream.empty(); extra++) stream.read();
    std::printf("%s: %ld words, %ld wrong, %ld too many\n", path.c_str(), words, wrong, extra);
    return wrong + extra + (words == 0);
}

}  // namespace codesign_vectors

#endif
