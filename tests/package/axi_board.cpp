// SPDX-License-Identifier: Apache-2.0
//
// A Verilated axi_top behind a pipe: frames and register accesses in, frames and values out, one command a line.
//
//   S PORT HEX   queue a frame for an input; its last word carries TLAST      -> ok
//   G PORT       run until a frame has come out of an output, or for a while  -> HEX, or -
//   R OFFSET     read a register                                              -> value
//   W OFFSET V   write a register                                             -> ok
//   C            drop what is queued                                          -> ok
//
// ports.hpp is generated: `Vaxi_top`, and `streams(top)` with the signals of every stream.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <deque>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <sstream>
#include <string>
#include <vector>

struct Stream {
    bool input;
    std::size_t bytes;
    void* data;
    std::uint8_t *valid, *ready, *last;
    std::deque<std::string> frames;  // queued, or complete; the front one of an input is under way
    std::size_t at = 0;
    std::string partial;
};

#include "ports.hpp"

namespace {

constexpr int PATIENCE = 20000;  // cycles without any word before a frame is called missing

class Board {
public:
    Board() : streams_(streams(top_)) {
        top_.aresetn = 0;
        for (int i = 0; i < 8; i++) tick();
        top_.aresetn = 1;
    }

    std::string send(const std::string& port, const std::string& frame) {
        streams_.at(port).frames.push_back(frame);
        return "ok";
    }
    std::string get(const std::string& port) {
        Stream& stream = streams_.at(port);
        for (int quiet = 0; stream.frames.empty() && quiet < PATIENCE; quiet++)
            if (tick()) quiet = 0;
        if (stream.frames.empty()) return "";
        const std::string frame = stream.frames.front();
        stream.frames.pop_front();
        return frame;
    }
    std::uint32_t read(std::uint32_t offset) {
        top_.s_axi_ctrl_araddr = offset;
        top_.s_axi_ctrl_arvalid = 1;
        wait(top_.s_axi_ctrl_arready, top_.s_axi_ctrl_arvalid);
        top_.s_axi_ctrl_rready = 1;
        std::uint32_t value = 0;
        wait(top_.s_axi_ctrl_rvalid, top_.s_axi_ctrl_rready, &value);
        return value;
    }
    void write(std::uint32_t offset, std::uint32_t value) {
        top_.s_axi_ctrl_awaddr = offset;
        top_.s_axi_ctrl_wdata = value;
        top_.s_axi_ctrl_wstrb = 15;
        top_.s_axi_ctrl_awvalid = top_.s_axi_ctrl_wvalid = 1;
        while (top_.s_axi_ctrl_awvalid || top_.s_axi_ctrl_wvalid) {
            top_.eval();
            const bool address = top_.s_axi_ctrl_awready, data = top_.s_axi_ctrl_wready;
            tick();
            if (address) top_.s_axi_ctrl_awvalid = 0;
            if (data) top_.s_axi_ctrl_wvalid = 0;
        }
        top_.s_axi_ctrl_bready = 1;
        wait(top_.s_axi_ctrl_bvalid, top_.s_axi_ctrl_bready);
    }
    void clear() {
        for (auto& [name, stream] : streams_) {
            stream.frames.clear();
            stream.partial.clear();
            stream.at = 0;
            if (stream.input) *stream.valid = 0;
        }
    }

private:
    // One cycle; inputs offer and outputs take three times in four. Tells whether a word moved.
    bool tick() {
        for (auto& [name, stream] : streams_) stream.input ? offer(stream) : void(*stream.ready = random_() % 4 != 0);
        top_.eval();
        std::vector<Stream*> taken;
        for (auto& [name, stream] : streams_) {
            if (!*stream.valid || !*stream.ready || !top_.aresetn) continue;
            if (stream.input)
                taken.push_back(&stream);
            else
                keep(stream);
        }
        const bool moved = kept_ || !taken.empty();
        kept_ = false;
        top_.aclk = 1;
        top_.eval();
        for (Stream* stream : taken) advance(*stream);
        top_.aclk = 0;
        top_.eval();
        return moved;
    }
    // A word that was offered stays, as the protocol wants it.
    void offer(Stream& stream) {
        if (stream.frames.empty()) {
            *stream.valid = 0;
            return;
        }
        if (!*stream.valid && random_() % 4 == 0) return;
        const std::string& frame = stream.frames.front();
        *stream.valid = 1;
        *stream.last = stream.at + stream.bytes == frame.size();
        std::memcpy(stream.data, frame.data() + stream.at, stream.bytes);
    }
    void advance(Stream& stream) {
        *stream.valid = 0;
        stream.at += stream.bytes;
        if (stream.at < stream.frames.front().size()) return;
        stream.frames.pop_front();
        stream.at = 0;
    }
    void keep(Stream& stream) {
        kept_ = true;
        stream.partial.append(static_cast<const char*>(stream.data), stream.bytes);
        if (!*stream.last) return;
        stream.frames.push_back(stream.partial);
        stream.partial.clear();
    }
    // Holds `ours` until the other side answers.
    void wait(const std::uint8_t& theirs, std::uint8_t& ours, std::uint32_t* value = nullptr) {
        for (bool done = false; !done;) {
            top_.eval();
            done = theirs;
            if (done && value) *value = top_.s_axi_ctrl_rdata;
            tick();
        }
        ours = 0;
    }

    Vaxi_top top_;
    std::map<std::string, Stream> streams_;
    std::mt19937 random_{7};
    bool kept_ = false;
};

std::string from_hex(const std::string& text) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) bytes.push_back(char(std::stoi(text.substr(i, 2), nullptr, 16)));
    return bytes;
}

std::string to_hex(const std::string& bytes) {
    std::string text;
    char digits[3];
    for (unsigned char byte : bytes) {
        std::snprintf(digits, sizeof digits, "%02x", byte);
        text += digits;
    }
    return text.empty() ? "-" : text;
}

}  // namespace

int main(int argc, char** argv) {
    Verilated::commandArgs(argc, argv);
    const auto board = std::make_unique<Board>();
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream words(line);
        std::string command, port, text;
        std::uint32_t offset = 0, value = 0;
        words >> command;
        if (command == "S" && words >> port >> text) {
            std::cout << board->send(port, from_hex(text)) << std::endl;
        } else if (command == "G" && words >> port) {
            std::cout << to_hex(board->get(port)) << std::endl;
        } else if (command == "R" && words >> offset) {
            std::cout << board->read(offset) << std::endl;
        } else if (command == "W" && words >> offset >> value) {
            board->write(offset, value);
            std::cout << "ok" << std::endl;
        } else {
            board->clear();
            std::cout << "ok" << std::endl;
        }
    }
}
