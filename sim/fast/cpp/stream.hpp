// SPDX-License-Identifier: Apache-2.0
// One stream in one run: the words that pass, counted by frames, compared and kept as the job asks.
#pragma once
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "job.hpp"
#include "words.hpp"

namespace codesign_sim {

constexpr std::uint64_t NEVER = ~std::uint64_t{0};

// What all streams of a run know together, so that a cycle need not ask each of them.
struct Progress {
    std::size_t open = 0;  // streams that have words to come
    bool extra = false;    // one had a word too many
    bool wrong = false;
};

class Stream {
public:
    enum Direction { IN, OUT, TAP };

    // `bytes` is the size of a word in the model. Throws std::runtime_error when the job's wish cannot be met.
    Stream(const Job& job, Progress& progress, const std::string& name, Direction direction, unsigned bits,
           std::size_t bytes);

    const std::string& name() const { return name_; }
    bool complete() const { return moved_ >= goal_; }
    const std::uint32_t* next() const { return words_.word(moved_); }
    std::uint64_t first() const { return first_; }

    // A word passes and is compared.
    void pass(const void* word, std::uint64_t cycle) {
        if (moved_ < words_.count() && !same(word, next(), bytes_)) note(word, cycle);
        if (record_) keep(word);
        count(cycle);
    }

    // A word passes.
    void count(std::uint64_t cycle) {
        if (first_ == NEVER) first_ = cycle;
        last_ = cycle;
        if (per_frame_ != 0) span(cycle);
        moved_++;
        if (moved_ == goal_) progress_->open--;
        if (moved_ > goal_ && bounded_) progress_->extra = true;
    }

    // Writes the words that were to be kept.
    void save() const;
    void report(std::ostream& out) const;

private:
    struct Mismatch {
        std::size_t position;
        std::uint64_t cycle;
        std::string got, want;
    };

    void note(const void* word, std::uint64_t cycle);
    void keep(const void* word);
    void span(std::uint64_t cycle) {
        if (in_frame_ == 0) firsts_.push_back(cycle);
        if (++in_frame_ < per_frame_) return;
        in_frame_ = 0;
        lasts_.push_back(cycle);
    }

    Progress* progress_;
    std::string name_;
    Direction direction_;
    unsigned bits_;
    std::size_t bytes_;
    Words words_;  // to send or to expect
    const Record* record_ = nullptr;
    std::vector<unsigned char> kept_;
    std::size_t goal_ = 0;  // words of the run
    bool bounded_ = true;   // more than that are too many
    std::size_t per_frame_ = 0, in_frame_ = 0, moved_ = 0, wrong_ = 0;
    std::uint64_t first_ = NEVER, last_ = NEVER;
    std::vector<std::uint64_t> firsts_, lasts_;  // cycles, by frame
    std::vector<Mismatch> mismatches_;
};

std::string quoted(const std::string& text);
std::string number(std::uint64_t value);  // null for NEVER

}  // namespace codesign_sim
