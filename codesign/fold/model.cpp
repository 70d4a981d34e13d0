// SPDX-License-Identifier: Apache-2.0
// The design clock by clock, words without values: every process issues an iteration when the words it reads have come
// and there is room for those it writes, as the RTL does.
//
//   model DESIGN < CAPACITIES > RESULTS
//
// DESIGN, little-endian int32: frames, bins, channels, processes; for each channel its latency, its source (words a
// frame, 0 if a process writes it) and sink (likewise); for each process cycles, inputs, outputs, their channels, and
// one byte a cycle (padded to four) whose bit i marks port i. Each line of CAPACITIES is a run: the cycles in which a
// source sends a frame, evenly (0: as fast as it is read), and the room of every channel. Each line of RESULTS is JSON.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace {

constexpr long long NEVER = 1LL << 62;

struct Channel {
    int latency, source, sink;
    int producer = -1, consumer = -1;
    long long capacity = 0, credits = 0, written = 0, read = 0, most = 0;
    std::vector<long long> arrival;  // a ring: when each word that is under way or waiting can be read
    std::size_t head = 0, tail = 0;  // where the next word is read, and written
    int left = 0;                    // a sink's: words to the end of its frame
    std::vector<long long> last;     // a sink's: the cycle of each frame's last word
    long long first = -1, returned = 0;
};

struct Process {
    int cycles, inputs, outputs;
    std::vector<int> ports;
    std::vector<std::uint8_t> marks;
    int at = 0;
    long long frame = 0, issued = 0, starved = 0, blocked = 0;
    long long slept = 0;  // it sleeps since then, until a word or room may have come
    bool hungry = false;  // it sleeps for a word, not for room
    std::vector<long long> busy;  // iterations in each bin of the frame's time
};

struct Reader {
    std::vector<std::int32_t> words;
    std::size_t at = 0;
    int next() { return words.at(at++); }
};

struct Model {
    int frames, bins;
    long long pace = 0;
    std::vector<Channel> channels;
    std::vector<Process> processes;
    std::vector<long long> wake;  // of each process; apart, because every cycle looks at all of them
    std::size_t unfinished = 0;
    std::vector<Channel*> popped;  // in this cycle: the room is there in the next

    explicit Model(Reader& in) : frames(in.next()), bins(in.next()), channels(in.next()), processes(in.next()), wake(processes.size()) {
        for (Channel& c : channels) {
            c.latency = in.next();
            c.source = in.next();
            c.sink = in.next();
        }
        for (Process& p : processes) {
            p.cycles = in.next();
            p.inputs = in.next();
            p.outputs = in.next();
            for (int i = 0; i < p.inputs + p.outputs; i++) p.ports.push_back(in.next());
            const std::uint8_t* bytes = reinterpret_cast<const std::uint8_t*>(&in.words.at(in.at));
            p.marks.assign(bytes, bytes + p.cycles);
            in.at += (p.cycles + 3) / 4;
            for (int i = 0; i < p.inputs + p.outputs; i++) {
                Channel& c = channels[p.ports[i]];
                (i < p.inputs ? c.consumer : c.producer) = static_cast<int>(&p - processes.data());
            }
        }
    }

    // When the next word can be read.
    long long due(const Channel& c) const {
        if (c.source > 0) return c.read < static_cast<long long>(c.source) * frames ? c.read * pace / c.source : NEVER;
        return c.read < c.written ? c.arrival[c.head] : NEVER;
    }

    // Whether port i holds the next iteration up.
    bool waits(const Process& p, int i, long long now) const {
        if (!(p.marks[p.at] >> i & 1)) return false;
        const Channel& c = channels[p.ports[i]];
        return i < p.inputs ? due(c) > now : c.sink == 0 && c.credits == 0;
    }

    // Issue one iteration if its ports allow, or sleep until they may.
    bool step(Process& p, long long& wake, long long now, long long span) {
        (p.hungry ? p.starved : p.blocked) += now - p.slept;
        const unsigned marks = p.marks[p.at];
        p.hungry = false;
        wake = 0;
        for (int i = 0; i < p.inputs + p.outputs; i++) {
            if (!waits(p, i, now)) continue;
            p.hungry |= i < p.inputs;
            wake = std::max(wake, i < p.inputs ? due(channels[p.ports[i]]) : NEVER);
        }
        p.slept = wake > now ? now : now + 1;
        if (wake > now) return false;
        for (int i = 0; i < p.inputs + p.outputs; i++)
            if (marks >> i & 1) move(channels[p.ports[i]], i < p.inputs, now);
        p.issued++;
        p.busy[bins > 1 ? std::min<long long>(now * bins / span, bins - 1) : 0]++;
        if (++p.at == p.cycles) {
            p.at = 0;
            if (++p.frame < frames) return true;
            wake = NEVER;
            unfinished--;
        }
        return true;
    }

    void rouse(int process, long long when) {
        if (process >= 0 && processes[process].frame < frames) wake[process] = std::min(wake[process], when);
    }

    void move(Channel& c, bool in, long long now) {
        if (in) {
            if (c.first < 0) c.first = now;
            c.read++;
            if (c.returned++ == 0) popped.push_back(&c);
            if (++c.head == c.arrival.size()) c.head = 0;
            rouse(c.producer, now + 1);
            return;
        }
        if (c.sink > 0) {
            if (c.first < 0) c.first = now + c.latency;
            c.written++;
            if (--c.left > 0) return;
            c.left = c.sink;
            c.last.push_back(now + c.latency);
            return;
        }
        c.written++;
        c.arrival[c.tail] = now + c.latency;
        if (++c.tail == c.arrival.size()) c.tail = 0;
        rouse(c.consumer, now + c.latency);
        c.credits--;
        c.most = std::max(c.most, c.written - c.read - c.returned);
    }

    // Returns the cycles of the run; `stuck` where nothing can move any more.
    long long run(const std::vector<long long>& capacity, long long span, bool& stuck) {
        long long patience = 0;
        for (std::size_t i = 0; i < channels.size(); i++) {
            Channel& c = channels[i];
            c = Channel{c.latency, c.source, c.sink, c.producer, c.consumer};
            c.capacity = c.credits = capacity.at(i);
            c.arrival.assign(c.capacity, 0);
            c.left = c.sink;
            patience = std::max<long long>(patience, c.source > 0 ? pace / c.source + 1 : c.latency);
        }
        for (Process& p : processes) {
            p.at = 0;
            p.frame = p.issued = p.starved = p.blocked = p.slept = 0;
            p.hungry = false;
            p.busy.assign(bins, 0);
        }
        std::fill(wake.begin(), wake.end(), 0);
        unfinished = processes.size();
        long long now = 0;
        for (long long idle = 0; unfinished > 0 && idle <= patience; now++) {
            bool moved = false;
            for (std::size_t i = 0; i < wake.size(); i++)
                if (wake[i] <= now) moved |= step(processes[i], wake[i], now, span);
            for (Channel* c : popped) {
                c->credits += c->returned;
                c->returned = 0;
            }
            popped.clear();
            idle = moved ? 0 : idle + 1;
        }
        stuck = unfinished > 0;
        return now;
    }

    void print(std::ostream& out, long long cycles, bool stuck) const {
        out << "{\"cycles\": " << cycles << ", \"stuck\": " << (stuck ? "true" : "false") << ", \"channels\": [";
        for (std::size_t i = 0; i < channels.size(); i++) {
            const Channel& c = channels[i];
            out << (i ? ", " : "") << "{\"most\": " << c.most << ", \"first\": " << c.first << ", \"last\": ";
            list(out, c.last);
            out << "}";
        }
        out << "], \"processes\": [";
        for (std::size_t i = 0; i < processes.size(); i++) {
            const Process& p = processes[i];
            out << (i ? ", " : "") << "{\"issued\": " << p.issued << ", \"starved\": " << p.starved
                << ", \"blocked\": " << p.blocked << ", \"busy\": ";
            list(out, p.busy);
            std::vector<long long> waiting;
            for (int i = 0; p.frame < frames && i < p.inputs + p.outputs; i++)
                if (waits(p, i, cycles)) waiting.push_back(i);
            out << ", \"waiting\": ";
            list(out, waiting);
            out << "}";
        }
        out << "]}" << std::endl;
    }

    static void list(std::ostream& out, const std::vector<long long>& values) {
        out << "[";
        for (std::size_t i = 0; i < values.size(); i++) out << (i ? ", " : "") << values[i];
        out << "]";
    }
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    std::ifstream file(argv[1], std::ios::binary);
    const std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    Reader reader;
    reader.words.resize(bytes.size() / 4);
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(reader.words.data()));
    Model model(reader);
    long long span = 1;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream text(line);
        text >> model.pace;
        std::vector<long long> capacity((std::istream_iterator<long long>(text)), std::istream_iterator<long long>());
        bool stuck = false;
        const long long cycles = model.run(capacity, span, stuck);
        if (model.bins > 1) {  // once more, now that the length of the run is known
            span = cycles;
            model.run(capacity, span, stuck);
        }
        model.print(std::cout, cycles, stuck);
        span = 1;
    }
}
