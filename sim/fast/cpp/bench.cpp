// SPDX-License-Identifier: Apache-2.0
#include "bench.hpp"

#include <algorithm>
#include <ctime>
#include <set>
#include <sstream>
#include <stdexcept>

#include "dut.hpp"
#include "stop.hpp"
#include "stream.hpp"
#include "taps.hpp"

namespace codesign_sim {
namespace {

constexpr std::uint64_t RESET_CYCLES = 4;

// xorshift64*: one multiplication per draw, the same sequence everywhere.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed * 2 + 1) {}
    std::uint32_t draw() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return static_cast<std::uint32_t>(state_ * 0x2545F4914F6CDD1DULL >> 32);
    }

private:
    std::uint64_t state_;
};

struct Input {
    Port port;
    Stream stream;
    bool taken = false;  // its word, in this cycle
    bool stale = true;   // its data is that of a word which is gone
};

struct Output {
    Port port;
    Stream stream;
};

class Bench {
public:
    Bench(const Job& job, Dut& dut, VerilatedContext& context);
    void run();
    void save() const;
    std::string report(const char* fatal) const;

private:
    bool stalled() { return threshold_ != 0 && random_.draw() < threshold_; }
    void scramble(Input& input);
    void drive();
    bool observe();
    void clock_edge();
    void reset();
    void check_names() const;
    bool complete() const { return progress_.open == 0; }
    std::uint64_t latency() const;
    const char* status() const;
    std::vector<const Stream*> streams() const;

    const Job& job_;
    Dut& dut_;
    VerilatedContext& context_;
    Random random_;
    std::uint64_t threshold_;
    Progress progress_;
    std::uint64_t cycle_ = 0, idle_ = 0, last_move_ = NEVER, trace_time_ = 0;
    Taps taps_;
    std::vector<Input> inputs_;
    std::vector<Output> outputs_;
};

Bench::Bench(const Job& job, Dut& dut, VerilatedContext& context)
    : job_(job),
      dut_(dut),
      context_(context),
      random_(job.seed),
      threshold_(static_cast<std::uint64_t>(job.stall * 4294967296.0)),
      taps_(job, dut.ports, progress_, cycle_) {
    for (const Port& port : dut.ports) {
        const Stream::Direction direction = port.input ? Stream::IN : Stream::OUT;
        Stream stream(job, progress_, port.name, direction, port.bits, port.bytes);
        if (port.input) inputs_.push_back({port, std::move(stream)});
        else outputs_.push_back({port, std::move(stream)});
    }
}

// Data that is not valid must not matter: it is random.
void Bench::scramble(Input& input) {
    if (!input.stale) return;
    input.stale = false;
    const Port& port = input.port;
    std::uint32_t chunks[2] = {random_.draw(), random_.draw()};
    auto* byte = static_cast<unsigned char*>(port.data);
    for (unsigned bit = 0; bit < port.bits; bit += 8) {
        const unsigned left = port.bits - bit;
        const unsigned mask = left >= 8 ? 255 : (1u << left) - 1;
        byte[bit / 8] = static_cast<unsigned char>(chunks[bit / 32 % 2] >> bit % 32 & mask);
    }
}

void Bench::clock_edge() {
    if (!job_.trace.empty()) dut_.dump(2 * trace_time_);
    context_.time(cycle_);
    *dut_.clock = 1;
    dut_.eval();
    if (!job_.trace.empty()) dut_.dump(2 * trace_time_++ + 1);
    *dut_.clock = 0;
}

void Bench::reset() {
    for (Input& input : inputs_) {
        *input.port.valid = 0;
        scramble(input);
    }
    for (Output& output : outputs_) *output.port.ready = 0;
    *dut_.clock = 0;
    *dut_.reset = dut_.reset_active_high;
    for (std::uint64_t i = 0; i < RESET_CYCLES; i++) {
        dut_.eval();
        clock_edge();
    }
    *dut_.reset = !dut_.reset_active_high;
}

void Bench::check_names() const {
    std::set<std::string> known;
    for (const Stream* stream : streams()) known.insert(stream->name());
    const auto check = [&](const std::string& name) {
        if (known.count(name) == 0)
            throw std::runtime_error(name + ": no port, and no channel of a simulator that was built with taps");
    };
    for (const auto& file : job_.files) check(file.first);
    for (const auto& record : job_.records) check(record.first);
}

// A word that is offered stays until it is taken.
void Bench::drive() {
    for (Input& input : inputs_) {
        if (*input.port.valid) continue;
        if (input.stream.complete() || stalled()) {
            scramble(input);
            continue;
        }
        put(input.port.data, input.stream.next(), input.port.bytes);
        *input.port.valid = 1;
    }
    for (Output& output : outputs_) *output.port.ready = !stalled();
}

// One cycle up to the clock edge; inputs that were taken are withdrawn after it.
bool Bench::observe() {
    dut_.eval();
    bool moved = false;
    for (Output& output : outputs_) {
        if (!(*output.port.valid && *output.port.ready)) continue;
        output.stream.pass(output.port.data, cycle_);
        moved = true;
    }
    for (Input& input : inputs_) input.taken = *input.port.valid && *input.port.ready;
    clock_edge();
    for (Input& input : inputs_) {
        if (!input.taken) continue;
        input.stream.count(cycle_);
        *input.port.valid = 0;
        input.stale = true;
        moved = true;
    }
    if (moved) last_move_ = cycle_;
    cycle_++;
    return moved;
}

// Cycles from the first word in to the first word out; from reset where there is no input.
std::uint64_t Bench::latency() const {
    std::uint64_t in = NEVER, out = NEVER;
    for (const Input& input : inputs_) in = std::min(in, input.stream.first());
    for (const Output& output : outputs_) out = std::min(out, output.stream.first());
    if (out == NEVER) return NEVER;
    return in == NEVER || in > out ? out : out - in;
}

void Bench::run() {
    if (!job_.trace.empty()) dut_.open_trace(job_.trace);
    reset();
    check_names();
    while (!complete() && !progress_.extra && idle_ < job_.idle_limit) {
        drive();
        idle_ = observe() ? 0 : idle_ + 1;
    }
    if (!complete()) return;
    // Words too many show after the last one: give them as long as the first one took, twice.
    threshold_ = 0;
    const std::uint64_t last = last_move_, tail = 64 + (latency() == NEVER ? 0 : 2 * latency());
    for (std::uint64_t i = 0; i < tail && !progress_.extra; i++) {
        drive();
        observe();
    }
    if (!progress_.extra) last_move_ = last;
}

const char* Bench::status() const {
    if (progress_.wrong) return "mismatch";
    if (progress_.extra) return "extra";
    return complete() ? "pass" : "deadlock";
}

std::vector<const Stream*> Bench::streams() const {
    std::vector<const Stream*> all;
    for (const Input& input : inputs_) all.push_back(&input.stream);
    for (const Output& output : outputs_) all.push_back(&output.stream);
    for (const auto& tap : taps_.all()) all.push_back(&tap->stream);
    return all;
}

void Bench::save() const {
    for (const Stream* stream : streams()) stream->save();
}

std::string Bench::report(const char* fatal) const {
    std::ostringstream out;
    out << "{\"status\": \"" << (fatal ? "fatal" : status()) << "\", \"message\": " << quoted(fatal ? fatal : "")
        << ", \"cycles\": " << (last_move_ == NEVER ? cycle_ : last_move_ + 1) << ", \"simulated_cycles\": " << cycle_
        << ", \"latency\": " << number(latency()) << ", \"ports\": [";
    const char* comma = "";
    for (const Stream* stream : streams()) {
        out << comma;
        stream->report(out);
        comma = ", ";
    }
    out << "]";
    return out.str();
}

}  // namespace

std::string run(const Job& job) {
    const std::clock_t start = std::clock();
    VerilatedContext context;
    std::vector<const char*> argv{"codesign_sim"};
    for (const std::string& argument : job.plusargs) argv.push_back(argument.c_str());
    context.commandArgs(static_cast<int>(argv.size()), argv.data());
    context.randReset(2);
    context.randSeed(static_cast<int>(job.seed % 0x7fffffff) + 1);
    const std::unique_ptr<Dut> dut = designs[job.design].make(context);
    Bench bench(job, *dut, context);
    std::string outcome;
    try {
        bench.run();
        bench.save();
        dut->final();
        dut->final_trace();
        outcome = bench.report(nullptr);
    } catch (const Stop& stop) {
        outcome = bench.report(stop.what());
    }
    std::ostringstream seconds;
    seconds << static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    return outcome + ", \"cpu_s\": " + seconds.str() + "}";
}

}  // namespace codesign_sim
