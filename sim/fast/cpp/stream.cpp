// SPDX-License-Identifier: Apache-2.0
#include "stream.hpp"

#include <fstream>
#include <ostream>
#include <stdexcept>

namespace codesign_sim {
namespace {

constexpr std::size_t MISMATCHES_KEPT = 10;
const char* const DIRECTIONS[] = {"in", "out", "tap"};

void write(std::ostream& out, const char* key, const std::vector<std::uint64_t>& values) {
    out << ", \"" << key << "\": [";
    const char* comma = "";
    for (const std::uint64_t value : values) {
        out << comma << value;
        comma = ", ";
    }
    out << "]";
}

}  // namespace

Stream::Stream(const Job& job, Progress& progress, const std::string& name, Direction direction, unsigned bits,
               std::size_t bytes)
    : progress_(&progress), name_(name), direction_(direction), bits_(bits), bytes_(bytes) {
    const auto file = job.files.find(name);
    const auto record = job.records.find(name);
    if (file != job.files.end()) {
        words_ = Words(file->second, bits);
        goal_ = words_.count();
    }
    if (record != job.records.end()) {
        if (direction == IN) throw std::runtime_error(name + ": is an input, which cannot be recorded");
        record_ = &record->second;
        if (file == job.files.end()) goal_ = record_->words;
        bounded_ = goal_ != 0;
        if (!bounded_ && direction == OUT) throw std::runtime_error(name + ": say how many words to record");
    }
    if (goal_ % job.frames != 0)
        throw std::runtime_error(name + ": " + std::to_string(goal_) + " words are not " + std::to_string(job.frames) +
                                 " frames of one length");
    per_frame_ = goal_ / job.frames;
    if (goal_ != 0) progress.open++;
}

void Stream::note(const void* word, std::uint64_t cycle) {
    progress_->wrong = true;
    wrong_++;
    if (mismatches_.size() == MISMATCHES_KEPT) return;
    mismatches_.push_back({moved_, cycle, hex(word, bytes_, bits_), hex(next(), bytes_, bits_)});
}

void Stream::keep(const void* word) {
    const std::size_t start = kept_.size();
    kept_.resize(start + (bits_ + 31) / 32 * 4);
    std::memcpy(&kept_[start], word, bytes_);
}

void Stream::save() const {
    if (!record_) return;
    std::ofstream file(record_->path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(kept_.data()), static_cast<std::streamsize>(kept_.size()));
    if (!file.flush()) throw std::runtime_error(record_->path + ": cannot write");
}

void Stream::report(std::ostream& out) const {
    out << "{\"name\": " << quoted(name_) << ", \"direction\": \"" << DIRECTIONS[direction_] << "\", \"words\": "
        << moved_ << ", \"expected\": " << goal_ << ", \"compared\": "
        << (direction_ == IN ? 0 : std::min(moved_, words_.count())) << ", \"first_cycle\": " << number(first_)
        << ", \"last_cycle\": " << number(last_) << ", \"wrong\": " << wrong_
        << ", \"per_frame\": " << per_frame_;
    write(out, "frame_first", firsts_);
    write(out, "frame_last", lasts_);
    out << ", \"mismatches\": [";
    const char* comma = "";
    for (const Mismatch& m : mismatches_) {
        out << comma << "{\"position\": " << m.position << ", \"cycle\": " << m.cycle << ", \"got\": \"" << m.got
            << "\", \"want\": \"" << m.want << "\"}";
        comma = ", ";
    }
    out << "]}";
}

std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        if (static_cast<unsigned char>(c) >= ' ') result += c;
    }
    return result + "\"";
}

std::string number(std::uint64_t value) { return value == NEVER ? "null" : std::to_string(value); }

}  // namespace codesign_sim
