// SPDX-License-Identifier: Apache-2.0
//
// Words of a stream in a file: each in ceil(bits / 32) little-endian 32-bit chunks, packed by codesign::Pack.
#ifndef CODESIGN_SIM_VECTORS_HPP
#define CODESIGN_SIM_VECTORS_HPP

#include <codesign/pack.hpp>

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace codesign_sim {

/// One file of words of T, read or written in order.
template <typename T>
class WordFile {
public:
    typedef codesign::Pack<T> Packing;
    static constexpr int CHUNKS = (Packing::bits + 31) / 32;

    WordFile(const std::string& path, const char* mode) : file_(std::fopen(path.c_str(), mode)) {
        if (!file_) throw std::runtime_error(path + ": cannot open");
    }
    WordFile(const WordFile&) = delete;
    WordFile& operator=(const WordFile&) = delete;
    ~WordFile() { std::fclose(file_); }

    /// False at the end of the file.
    bool read(T& value) {
        std::uint32_t chunks[CHUNKS];
        if (std::fread(chunks, 4, CHUNKS, file_) != CHUNKS) return false;
        ap_uint<32 * CHUNKS> word = 0;
        for (int i = 0; i < CHUNKS; i++) word.range(32 * i + 31, 32 * i) = ap_uint<32>(chunks[i]);
        value = Packing::unpack(ap_uint<Packing::bits>(word));
        return true;
    }

    void write(const T& value) {
        const ap_uint<32 * CHUNKS> word = Packing::pack(value);
        std::uint32_t chunks[CHUNKS];
        for (int i = 0; i < CHUNKS; i++)
            chunks[i] = std::uint32_t(ap_uint<32>(word.range(32 * i + 31, 32 * i)).to_uint());
        if (std::fwrite(chunks, 4, CHUNKS, file_) != CHUNKS) throw std::runtime_error("cannot write words: disk full?");
    }

private:
    std::FILE* file_;
};

template <typename T>
constexpr int WordFile<T>::CHUNKS;

}  // namespace codesign_sim

#endif
