// SPDX-License-Identifier: Apache-2.0
//
// Where the words of an input stream come from: a file, or a seeded generator that draws every lane from a range and
// prefers the range's ends, where arithmetic goes wrong.
#ifndef CODESIGN_SIM_STIMULUS_HPP
#define CODESIGN_SIM_STIMULUS_HPP

#include <codesign/pack.hpp>

#include <cstdint>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include "sim/vectors.hpp"

namespace codesign_sim {

/// xorshift64*: small, and the same sequence everywhere.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed * 2 + 1) {
        for (int i = 0; i < 8; i++) draw();
    }
    std::uint64_t draw() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545F4914F6CDD1DULL;
    }
    std::uint64_t below(std::uint64_t bound) { return bound == 0 ? draw() : draw() % bound; }

private:
    std::uint64_t state_;
};

template <typename T>
class Stimulus {
public:
    virtual ~Stimulus() {}
    virtual bool next(T& value) = 0;
};

template <typename T>
class FileStimulus : public Stimulus<T> {
public:
    explicit FileStimulus(const std::string& path) : file_(path, "rb") {}
    bool next(T& value) override { return file_.read(value); }

private:
    WordFile<T> file_;
};

/// Lanes over the whole of their type, of any width.
template <typename T>
class AnyStimulus : public Stimulus<T> {
public:
    explicit AnyStimulus(std::uint64_t seed) : random_(seed) {}
    bool next(T& value) override {
        typedef codesign::Pack<T> Packing;
        ap_uint<Packing::bits> word = 0;
        for (int i = 0; i < Packing::lanes; i++)
            word.range((i + 1) * Packing::lane_bits - 1, i * Packing::lane_bits) = lane<Packing::lane_bits>();
        value = Packing::unpack(word);
        return true;
    }

private:
    template <int BITS>
    ap_uint<BITS> lane() {
        const std::uint64_t kind = random_.below(32);
        if (kind == 0) return ap_uint<BITS>(0);
        if (kind == 1) return ~ap_uint<BITS>(0);                             // the largest, or -1
        if (kind == 2) return ap_uint<BITS>(ap_uint<BITS>(1) << (BITS - 1));  // the smallest signed
        if (kind == 3) return ~ap_uint<BITS>(ap_uint<BITS>(1) << (BITS - 1));
        ap_uint<BITS> bits = 0;
        for (int at = 0; at < BITS; at += 64)
            bits = ap_uint<BITS>((bits << 32 << 32) | ap_uint<BITS>(ap_uint<64>(random_.draw())));
        return bits;
    }

    Random random_;
};

/// Lanes in lo..hi, both included.
template <typename T>
class RangeStimulus : public Stimulus<T> {
public:
    RangeStimulus(std::uint64_t seed, std::int64_t lo, std::int64_t hi) : random_(seed), lo_(lo), hi_(hi) {}
    bool next(T& value) override {
        typedef codesign::Pack<T> Packing;
        ap_uint<Packing::bits> word = 0;
        for (int i = 0; i < Packing::lanes; i++)
            word.range((i + 1) * Packing::lane_bits - 1, i * Packing::lane_bits) =
                ap_uint<Packing::lane_bits>(ap_int<64>(lane()));
        value = Packing::unpack(word);
        return true;
    }

private:
    std::int64_t lane() {
        const std::uint64_t kind = random_.below(16);
        if (kind == 0) return lo_;
        if (kind == 1) return hi_;
        return std::int64_t(std::uint64_t(lo_) + random_.below(std::uint64_t(hi_) - std::uint64_t(lo_) + 1));
    }

    Random random_;
    std::int64_t lo_, hi_;
};

/// Reads `any`, `range LO HI` or `file PATH`.
template <typename T>
std::unique_ptr<Stimulus<T>> make_stimulus(const std::string& plan, std::uint64_t seed) {
    std::istringstream words(plan);
    std::string kind;
    words >> kind;
    if (kind == "any") return std::unique_ptr<Stimulus<T>>(new AnyStimulus<T>(seed));
    if (kind == "file") return std::unique_ptr<Stimulus<T>>(new FileStimulus<T>(plan.substr(5)));
    std::int64_t lo, hi;
    if (kind != "range" || !(words >> lo >> hi))
        throw std::runtime_error("stimulus '" + plan + "': not any, range or file");
    return std::unique_ptr<Stimulus<T>>(new RangeStimulus<T>(seed, lo, hi));
}

}  // namespace codesign_sim

#endif
