// SPDX-License-Identifier: Apache-2.0
// Runs the jobs of a file, one after the other; writes one line of JSON per job.
//   PROGRAM JOBS RESULTS
// A job is a list of lines `key value` that ends with `run`.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>

#include "bench.hpp"

namespace {

std::string word(const std::string& text) { return text.substr(0, text.find(' ')); }
std::string rest(const std::string& text) { return text.substr(text.find(' ') + 1); }

void set(codesign_sim::Job& job, const std::string& key, const std::string& value) {
    if (key == "design") job.design = std::stoul(value);
    else if (key == "folder") job.folder = value;
    else if (key == "stall") job.stall = std::stod(value);
    else if (key == "seed") job.seed = std::stoull(value);
    else if (key == "idle_limit") job.idle_limit = std::stoull(value);
    else if (key == "plusarg") job.plusargs.push_back(value);
    else if (key == "frames") job.frames = std::stoul(value);
    else if (key == "trace") job.trace = value;
    else if (key == "file") job.files[word(value)] = rest(value);
    else if (key == "record") job.records[word(value)] = {rest(rest(value)), std::stoul(word(rest(value)))};
    else throw std::runtime_error("unknown key '" + key + "'");
}

// What the design prints stands between the marks of its job.
void execute(const codesign_sim::Job& job, std::ostream& results) {
    if (job.design >= codesign_sim::design_count) throw std::runtime_error("no such design");
    if (chdir(job.folder.c_str()) != 0) throw std::runtime_error(job.folder + ": cannot enter");
    const std::string outcome = codesign_sim::run(job);
    std::printf("\n\x1e\n");
    std::fflush(stdout);
    results << outcome << std::endl;
}

void run_all(std::istream& jobs, std::ostream& results) {
    codesign_sim::Job job;
    for (std::string line; std::getline(jobs, line);) {
        const std::size_t space = line.find(' ');
        if (line == "run") {
            execute(job, results);
            job = {};
        } else {
            set(job, line.substr(0, space), space == std::string::npos ? "" : line.substr(space + 1));
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::cerr << "usage: " << argv[0] << " JOBS RESULTS\n";
        return 2;
    }
    try {
        std::ifstream jobs(argv[1]);
        std::ofstream results(argv[2]);
        if (!jobs || !results) throw std::runtime_error("cannot open the jobs or the results");
        run_all(jobs, results);
    } catch (const std::exception& error) {
        std::cerr << error.what() << "\n";
        return 1;
    }
    return 0;
}
