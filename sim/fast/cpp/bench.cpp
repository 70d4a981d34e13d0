// SPDX-License-Identifier: Apache-2.0
#include "bench.hpp"

#include <algorithm>
#include <ctime>
#include <sstream>
#include <stdexcept>

#include "stop.hpp"

namespace codesign_sim {
namespace {

constexpr std::size_t MISMATCHES_KEPT = 10;
constexpr std::uint64_t RESET_CYCLES = 4;
constexpr std::uint64_t NEVER = ~std::uint64_t{0};

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

struct Mismatch {
    std::size_t position;
    std::string got, want;
};

struct Stream {
    Port port;
    Words words;  // to send or to expect
    std::size_t moved = 0;
    bool taken = false;  // an input's word, in this cycle
    bool stale = true;   // an input's data is that of a word which is gone
    std::uint64_t first = NEVER, last = NEVER;
    std::size_t wrong = 0;
    std::vector<Mismatch> mismatches;

    bool complete() const { return moved >= words.count(); }
    void count(std::uint64_t cycle) {
        moved++;
        first = std::min(first, cycle);
        last = cycle;
    }
};

class Bench {
public:
    Bench(const Job& job, Dut& dut, VerilatedContext& context);
    void run();
    std::string report(const char* fatal) const;

private:
    bool stalled() { return threshold_ != 0 && random_.draw() < threshold_; }
    void scramble(Stream& input);
    void drive();
    bool observe();
    void check(Stream& output);
    void clock_edge();
    void reset();
    bool complete() const;
    bool extra() const;
    std::uint64_t latency() const;
    const char* status() const;

    const Job& job_;
    Dut& dut_;
    VerilatedContext& context_;
    Random random_;
    std::uint64_t threshold_;
    std::vector<Stream> inputs_, outputs_;
    std::uint64_t cycle_ = 0, idle_ = 0, last_move_ = NEVER;
};

Bench::Bench(const Job& job, Dut& dut, VerilatedContext& context)
    : job_(job),
      dut_(dut),
      context_(context),
      random_(job.seed),
      threshold_(static_cast<std::uint64_t>(job.stall * 4294967296.0)) {
    for (const Port& port : dut.ports) {
        const auto file = job.files.find(port.name);
        Stream stream;
        stream.port = port;
        if (file != job.files.end()) stream.words = Words(file->second, port.bits);
        (port.input ? inputs_ : outputs_).push_back(std::move(stream));
    }
}

// Data that is not valid must not matter: it is random.
void Bench::scramble(Stream& input) {
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
    context_.time(cycle_);
    *dut_.clock = 1;
    dut_.eval();
    *dut_.clock = 0;
}

void Bench::reset() {
    for (Stream& input : inputs_) {
        *input.port.valid = 0;
        scramble(input);
    }
    for (Stream& output : outputs_) *output.port.ready = 0;
    *dut_.clock = 0;
    *dut_.reset = dut_.reset_active_high;
    for (std::uint64_t i = 0; i < RESET_CYCLES; i++) {
        dut_.eval();
        clock_edge();
    }
    *dut_.reset = !dut_.reset_active_high;
}

// A word that is offered stays until it is taken.
void Bench::drive() {
    for (Stream& input : inputs_) {
        if (*input.port.valid) continue;
        if (input.complete() || stalled()) {
            scramble(input);
            continue;
        }
        put(input.port.data, input.words.word(input.moved), input.port.bytes);
        *input.port.valid = 1;
    }
    for (Stream& output : outputs_) *output.port.ready = !stalled();
}

void Bench::check(Stream& output) {
    const Port& port = output.port;
    if (output.complete() || same(port.data, output.words.word(output.moved), port.bytes)) return;
    output.wrong++;
    if (output.mismatches.size() == MISMATCHES_KEPT) return;
    output.mismatches.push_back({output.moved, hex(port.data, port.bytes, port.bits),
                                 hex(output.words.word(output.moved), port.bytes, port.bits)});
}

// One cycle up to the clock edge; inputs that were taken are withdrawn after it.
bool Bench::observe() {
    dut_.eval();
    bool moved = false;
    for (Stream& output : outputs_) {
        if (!(*output.port.valid && *output.port.ready)) continue;
        check(output);
        output.count(cycle_);
        moved = true;
    }
    for (Stream& input : inputs_) input.taken = *input.port.valid && *input.port.ready;
    clock_edge();
    for (Stream& input : inputs_) {
        if (!input.taken) continue;
        input.count(cycle_);
        *input.port.valid = 0;
        input.stale = true;
        moved = true;
    }
    if (moved) last_move_ = cycle_;
    cycle_++;
    return moved;
}

bool Bench::complete() const {
    const auto done = [](const Stream& stream) { return stream.complete(); };
    return std::all_of(inputs_.begin(), inputs_.end(), done) && std::all_of(outputs_.begin(), outputs_.end(), done);
}

bool Bench::extra() const {
    return std::any_of(outputs_.begin(), outputs_.end(), [](const Stream& c) { return c.moved > c.words.count(); });
}

// Cycles from the first word in to the first word out; from reset where there is no input.
std::uint64_t Bench::latency() const {
    std::uint64_t in = NEVER, out = NEVER;
    for (const Stream& input : inputs_) in = std::min(in, input.first);
    for (const Stream& output : outputs_) out = std::min(out, output.first);
    if (out == NEVER) return NEVER;
    return in == NEVER || in > out ? out : out - in;
}

void Bench::run() {
    reset();
    while (!complete() && !extra() && idle_ < job_.idle_limit) {
        drive();
        idle_ = observe() ? 0 : idle_ + 1;
    }
    if (!complete()) return;
    // Words too many show after the last one: give them as long as the first one took, twice.
    threshold_ = 0;
    const std::uint64_t last = last_move_, tail = 64 + (latency() == NEVER ? 0 : 2 * latency());
    for (std::uint64_t i = 0; i < tail && !extra(); i++) {
        drive();
        observe();
    }
    if (!extra()) last_move_ = last;
}

const char* Bench::status() const {
    for (const Stream& output : outputs_)
        if (output.wrong != 0) return "mismatch";
    if (extra()) return "extra";
    return complete() ? "pass" : "deadlock";
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

void write(std::ostream& out, const Stream& stream) {
    out << "{\"name\": " << quoted(stream.port.name) << ", \"direction\": \"" << (stream.port.input ? "in" : "out")
        << "\", \"words\": " << stream.moved << ", \"expected\": " << stream.words.count()
        << ", \"first_cycle\": " << number(stream.first) << ", \"last_cycle\": " << number(stream.last)
        << ", \"wrong\": " << stream.wrong << ", \"mismatches\": [";
    const char* comma = "";
    for (const Mismatch& m : stream.mismatches) {
        out << comma << "{\"position\": " << m.position << ", \"got\": \"" << m.got << "\", \"want\": \"" << m.want
            << "\"}";
        comma = ", ";
    }
    out << "]}";
}

std::string Bench::report(const char* fatal) const {
    std::ostringstream out;
    out << "{\"status\": \"" << (fatal ? "fatal" : status()) << "\", \"message\": " << quoted(fatal ? fatal : "")
        << ", \"cycles\": " << (last_move_ == NEVER ? cycle_ : last_move_ + 1) << ", \"simulated_cycles\": " << cycle_
        << ", \"latency\": " << number(latency()) << ", \"ports\": [";
    const char* comma = "";
    for (const auto* streams : {&inputs_, &outputs_})
        for (const Stream& stream : *streams) {
            out << comma;
            write(out, stream);
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
        dut->final();
        outcome = bench.report(nullptr);
    } catch (const Stop& stop) {
        outcome = bench.report(stop.what());
    }
    std::ostringstream seconds;
    seconds << static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    return outcome + ", \"cpu_s\": " + seconds.str() + "}";
}

}  // namespace codesign_sim
