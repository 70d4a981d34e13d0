// SPDX-License-Identifier: Apache-2.0
#include "words.hpp"

#include <fstream>
#include <stdexcept>

namespace codesign_sim {

Words::Words(const std::string& path, unsigned bits) : per_word_((bits + 31) / 32) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) throw std::runtime_error(path + ": cannot read");
    const std::size_t size = static_cast<std::size_t>(file.tellg());
    if (size % (4 * per_word_) != 0) throw std::runtime_error(path + ": not a whole number of words");
    count_ = size / (4 * per_word_);
    chunks_.resize(size / 4);
    file.seekg(0);
    file.read(reinterpret_cast<char*>(chunks_.data()), static_cast<std::streamsize>(size));
}

std::string hex(const void* word, std::size_t bytes, unsigned bits) {
    const auto* byte = static_cast<const unsigned char*>(word);
    std::string digits;
    for (unsigned digit = (bits + 3) / 4; digit-- > 0;) {
        const unsigned value = digit / 2 < bytes ? byte[digit / 2] >> (4 * (digit % 2)) & 15 : 0;
        digits += "0123456789abcdef"[value];
    }
    return digits;
}

}  // namespace codesign_sim
