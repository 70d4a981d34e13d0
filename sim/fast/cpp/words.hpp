// SPDX-License-Identifier: Apache-2.0
// Words of a stream in memory: `bits` wide, each in ceil(bits / 32) little-endian 32-bit chunks.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace codesign_sim {

class Words {
public:
    Words() = default;
    // Throws std::runtime_error when the file cannot be read or is not a whole number of words.
    Words(const std::string& path, unsigned bits);

    std::size_t count() const { return count_; }
    const std::uint32_t* word(std::size_t index) const { return chunks_.data() + index * per_word_; }

private:
    std::vector<std::uint32_t> chunks_;
    std::size_t per_word_ = 1;
    std::size_t count_ = 0;
};

// Copying and comparing by fixed sizes where a port is one integer: this runs for every port in every cycle.
inline void put(void* port, const void* word, std::size_t bytes) {
    switch (bytes) {
        case 1: std::memcpy(port, word, 1); return;
        case 2: std::memcpy(port, word, 2); return;
        case 4: std::memcpy(port, word, 4); return;
        case 8: std::memcpy(port, word, 8); return;
        default: std::memcpy(port, word, bytes);
    }
}

inline bool same(const void* port, const void* word, std::size_t bytes) {
    switch (bytes) {
        case 1: return std::memcmp(port, word, 1) == 0;
        case 2: return std::memcmp(port, word, 2) == 0;
        case 4: return std::memcmp(port, word, 4) == 0;
        case 8: return std::memcmp(port, word, 8) == 0;
        default: return std::memcmp(port, word, bytes) == 0;
    }
}

// Hexadecimal digits of `bytes` little-endian bytes, as many as `bits` need.
std::string hex(const void* word, std::size_t bytes, unsigned bits);

}  // namespace codesign_sim
