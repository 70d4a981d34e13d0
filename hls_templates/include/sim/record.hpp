// SPDX-License-Identifier: Apache-2.0
//
// Calls a kernel and writes down every word that its top reads and writes. Types come from the kernel's own signature;
// names and directions come with the description of its ports.
#ifndef CODESIGN_SIM_RECORD_HPP
#define CODESIGN_SIM_RECORD_HPP

#include <hls_stream.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/stimulus.hpp"
#include "sim/vectors.hpp"

namespace codesign_sim {

struct PortPlan {
    std::string name;
    bool input;
    int bits;
    std::string stimulus;  // for make_stimulus; unused where the user's bench sends
};

/// Supplies an input (where there is a stimulus) and records what passes in the port's direction.
template <typename T>
class Recorder : public hls::stream_hook<T> {
public:
    Recorder(const PortPlan& plan, const std::string& folder, std::uint64_t seed)
        : plan_(plan), file_(folder + "/" + plan.name + ".words", "wb") {
        if (plan.bits != codesign::Pack<T>::bits)
            throw std::runtime_error("port " + plan.name + ": the RTL has " + std::to_string(plan.bits) +
                                     " bits, the C++ " + std::to_string(int(codesign::Pack<T>::bits)));
        if (plan.input && !plan.stimulus.empty()) stimulus_ = make_stimulus<T>(plan.stimulus, seed);
    }
    bool supply(T& word) override {
        if (!stimulus_) return false;
        if (!stimulus_->next(word))
            throw std::runtime_error("port " + plan_.name + ": the stimulus ends after " + std::to_string(count_) +
                                     " words");
        return true;
    }
    void read(const T& word) override {
        if (plan_.input) keep(word);
    }
    void written(const T& word) override {
        if (!plan_.input) keep(word);
    }

private:
    void keep(const T& word) {
        file_.write(word);
        count_++;
    }

    PortPlan plan_;
    WordFile<T> file_;
    std::unique_ptr<Stimulus<T>> stimulus_;
    std::uint64_t count_ = 0;
};

/// Fails where words stay in a stream inside the kernel: C++ forgets them with the call, hardware does not.
inline void forbid_left_over() {
    if (!hls::left_over().empty())
        throw std::runtime_error(hls::left_over() + "; hardware would keep them for the next call");
}

/// The recorders of all ports of a top, in the order of its parameters; STREAM... are hls::stream types. The number of
/// calls is written beside the words at the end.
template <typename... STREAM>
class Session {
public:
    typedef void (*Top)(STREAM&...);

    Session(const std::vector<PortPlan>& plans, const std::string& folder, std::uint64_t seed)
        : Session(checked(plans), folder, seed, std::index_sequence_for<STREAM...>()) {}
    ~Session() {
        if (std::FILE* file = std::fopen((folder_ + "/calls").c_str(), "w")) {
            std::fprintf(file, "%llu\n", calls_);
            std::fclose(file);
        }
    }

    void call(Top top, STREAM&... streams) { call_with(top, std::index_sequence_for<STREAM...>(), streams...); }

private:
    static const std::vector<PortPlan>& checked(const std::vector<PortPlan>& plans) {
        if (plans.size() != sizeof...(STREAM))
            throw std::runtime_error("the RTL and the C++ differ in the number of ports");
        return plans;
    }
    template <std::size_t... I>
    Session(const std::vector<PortPlan>& plans, const std::string& folder, std::uint64_t seed,
            std::index_sequence<I...>)
        : recorders_(new Recorder<typename STREAM::word_type>(plans[I], folder, seed * sizeof...(STREAM) + I)...),
          folder_(folder) {}

    template <std::size_t... I>
    void call_with(Top top, std::index_sequence<I...>, STREAM&... streams) {
        hls::left_over().clear();
        const std::tuple<hls::stream_hook<typename STREAM::word_type>*...> before(
            streams.attach(std::get<I>(recorders_).get())...);
        top(streams...);
        const auto ignore = {(streams.attach(std::get<I>(before)), 0)...};
        (void)ignore;
        forbid_left_over();
        calls_++;
    }

    std::tuple<std::unique_ptr<Recorder<typename STREAM::word_type>>...> recorders_;
    std::string folder_;
    unsigned long long calls_ = 0;
};

/// One call on streams of its own; the words it wrote are recorded, and dropped.
template <typename... STREAM, std::size_t... I>
void call_once(Session<STREAM...>& session, void (*top)(STREAM&...), std::index_sequence<I...>) {
    std::tuple<STREAM...> streams;
    session.call(top, std::get<I>(streams)...);
    const auto ignore = {(std::get<I>(streams).clear(), 0)...};
    (void)ignore;
}

/// Calls `top` `calls` times on words that the stimuli of `plans` supply; records into `folder`.
template <typename... STREAM>
void record(void (*top)(STREAM&...), const std::vector<PortPlan>& plans, const std::string& folder, std::uint64_t seed,
            std::uint64_t calls) {
    Session<STREAM...> session(plans, folder, seed);
    for (std::uint64_t i = 0; i < calls; i++) call_once(session, top, std::index_sequence_for<STREAM...>());
}

}  // namespace codesign_sim

#endif
