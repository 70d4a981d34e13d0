// SPDX-License-Identifier: Apache-2.0
//
// Runs a top function under g++ on words from files: bench FOLDER CALLS. The build names the source and its top:
// -DBENCH_SOURCE='"mvu_test.cpp"' -DBENCH_TOP=mvu_test. Argument I of the top is an input where FOLDER/I.in exists,
// otherwise an output, written to FOLDER/I.out. A word is ceil(bits / 32) little-endian 32-bit chunks. Status 1 and a
// sentence where an input is not used up, so that no bench can pass by reading too little.
#include BENCH_SOURCE

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <tuple>

namespace {

template <typename T>
struct Port {
    typedef codesign::Pack<T> Packed;
    static constexpr int chunks = (Packed::bits + 31) / 32;
    hls::stream<T> stream;
    std::string stem;
    bool input = false;

    void load(const std::string& stem_) {
        stem = stem_;
        std::ifstream file(stem + ".in", std::ios::binary);
        input = file.is_open();
        uint32_t word[chunks];
        while (file.read(reinterpret_cast<char*>(word), sizeof word)) {
            ap_uint<32 * chunks> wide = 0;
            for (int i = 0; i < chunks; i++) wide.range(32 * i + 31, 32 * i) = word[i];
            stream.write(Packed::unpack(ap_uint<Packed::bits>(wide)));
        }
    }
    bool finish() {
        if (input)
            return stream.empty() ||
                   !std::fprintf(stderr, "%s.in: %d words were not read\n", stem.c_str(), int(stream.size()));
        std::ofstream file(stem + ".out", std::ios::binary);
        while (!stream.empty()) {
            const ap_uint<32 * chunks> wide = Packed::pack(stream.read());
            for (int i = 0; i < chunks; i++) {
                const uint32_t chunk = ap_uint<32>(wide.range(32 * i + 31, 32 * i)).to_uint();
                file.write(reinterpret_cast<const char*>(&chunk), sizeof chunk);
            }
        }
        return bool(file);
    }
};

template <size_t... I, typename... T>
bool run(void (*top)(hls::stream<T>&...), std::index_sequence<I...>, const std::string& folder, int calls) {
    static std::tuple<Port<T>...> ports;
    const int loaded[] = {(std::get<I>(ports).load(folder + "/" + std::to_string(I)), 0)...};
    for (int call = 0; call < calls; call++) top(std::get<I>(ports).stream...);
    bool good = true;
    const int finished[] = {(good = std::get<I>(ports).finish() && good, 0)...};
    (void)loaded, (void)finished;
    return good;
}

template <typename... T>
bool bench(void (*top)(hls::stream<T>&...), const std::string& folder, int calls) {
    return run(top, std::index_sequence_for<T...>(), folder, calls);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return std::fprintf(stderr, "usage: bench FOLDER CALLS\n"), 2;
    return bench(&BENCH_TOP, argv[1], std::atoi(argv[2])) ? 0 : 1;
}
