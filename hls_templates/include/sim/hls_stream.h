// SPDX-License-Identifier: Apache-2.0
//
// hls::stream for C simulation: an unbounded queue, as Vitis has it (processes of a dataflow region run one after the
// other), that refuses what hardware could not do. Reading an empty stream is an error and not a default value, a
// runaway writer is stopped, and words left behind when a local stream dies are counted, because in hardware they stay.
// A hook supplies words on demand and sees every word that passes.
#ifndef CODESIGN_SIM_HLS_STREAM_H
#define CODESIGN_SIM_HLS_STREAM_H

#include <cstddef>
#include <deque>
#include <stdexcept>
#include <string>

namespace hls {

/// Watches one stream. `supply` is asked when the stream is read empty; it fills in a word or returns false.
template <typename T>
struct stream_hook {
    virtual ~stream_hook() {}
    virtual bool supply(T&) { return false; }
    virtual void read(const T&) {}
    virtual void written(const T&) {}
};

/// The first stream that died with words in it; empty when none did.
inline std::string& left_over() {
    static std::string text;
    return text;
}

template <typename T, int DEPTH = 0>
class stream {
public:
    typedef T word_type;
    static constexpr std::size_t LIMIT = std::size_t(1) << 26;

    stream() : name_("(unnamed)") {}
    explicit stream(const char* name) : name_(name) {}
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;
    ~stream() {
        if (words_.empty() || hook_ || !left_over().empty()) return;
        left_over() = "stream '" + name_ + "' ends with " + std::to_string(words_.size()) + " words unread";
    }

    T read() {
        T word;
        read(word);
        return word;
    }
    void read(T& word) {
        if (!read_nb(word)) throw std::runtime_error("stream '" + name_ + "' is read while it is empty");
    }
    bool read_nb(T& word) {
        if (!words_.empty()) {
            word = words_.front();
            words_.pop_front();
        } else if (!hook_ || !hook_->supply(word)) {
            return false;
        }
        if (hook_) hook_->read(word);
        return true;
    }
    void write(const T& word) {
        if (words_.size() == LIMIT)
            throw std::runtime_error("stream '" + name_ + "' holds 2^26 words: a runaway writer?");
        words_.push_back(word);
        if (hook_) hook_->written(word);
    }
    bool write_nb(const T& word) {
        write(word);
        return true;
    }
    void operator>>(T& word) { read(word); }
    void operator<<(const T& word) { write(word); }

    bool empty() const { return words_.empty(); }
    bool full() const { return false; }
    std::size_t size() const { return words_.size(); }

    /// Attaches a hook, or none; returns the one there was.
    stream_hook<T>* attach(stream_hook<T>* hook) {
        stream_hook<T>* before = hook_;
        hook_ = hook;
        return before;
    }
    void clear() { words_.clear(); }

private:
    std::string name_;
    std::deque<T> words_;
    stream_hook<T>* hook_ = nullptr;
};

template <typename T, int DEPTH>
constexpr std::size_t stream<T, DEPTH>::LIMIT;

}  // namespace hls

#endif
