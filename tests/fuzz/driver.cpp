// Runs a fuzz target where there is no libFuzzer: mutates its corpus, blindly, for a while.
//
//   build/asan/fuzz/http_fuzz [--seconds 10] [--seed N]     any input may end the program; that is the
//   finding build/asan/fuzz/http_fuzz FILE...                       runs these inputs only
//
// The input at hand is kept in <program>.input, so that after a crash it can be run again. An input that
// takes longer than 10 s ends the program too. The corpus is tests/fuzz/corpus/<name>/, one input a file.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <string>
#include <vector>
#include "tests/support/paths.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;
constexpr std::size_t longest = 1 << 16;  // bytes of an input
constexpr unsigned patience = 10;         // seconds for one input

std::string read_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + path.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

// Inputs that differ from a seed in a few places, as a hostile sender's would.
class Mutator {
public:
    Mutator(std::vector<std::string> seeds, std::uint64_t seed) : seeds_(std::move(seeds)), random_(seed) {
        if (seeds_.empty()) seeds_.emplace_back();
        for (const char* word : {"\r\n",
                                 "\r\n\r\n",
                                 "\0",
                                 "\xff",
                                 "\xc0\xaf",
                                 "\xed\xa0\x80",
                                 "\xf4\x90\x80\x80",
                                 "%00",
                                 "\"",
                                 "\\",
                                 "-1",
                                 "18446744073709551616",
                                 "@",
                                 "#",
                                 "{",
                                 "[",
                                 "]",
                                 "}",
                                 "(",
                                 ")",
                                 ":",
                                 "~"})
            words_.emplace_back(*word ? word : std::string(1, '\0'));
    }

    std::string next() {
        std::string input = any(seeds_);
        for (std::size_t changes = 1 + below(8); changes > 0; --changes) change(input);
        if (input.size() > longest) input.resize(longest);
        return input;
    }

private:
    std::size_t below(std::size_t end) {
        return end == 0 ? 0 : std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
    }
    const std::string& any(const std::vector<std::string>& from) { return from[below(from.size())]; }

    void change(std::string& input) {
        std::size_t at = below(input.size() + 1);
        std::size_t length = std::min(below(1 + below(64)), input.size() - at);
        switch (below(8)) {
            case 0:
                if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << below(8)));
                break;
            case 1:
                if (at < input.size()) input[at] = static_cast<char>(below(256));
                break;
            case 2:
                input.insert(at, any(words_));
                break;
            case 3:
                input.erase(at, length);
                break;
            case 4:
                input.insert(below(input.size() + 1), input.substr(at, length));
                break;
            case 5: {
                const std::string& other = any(seeds_);
                input.insert(at, other.substr(below(other.size() + 1), below(256)));
                break;
            }
            case 6:
                input.resize(at);
                break;
            case 7: {
                std::string part = length > 0 ? input.substr(at, length) : any(words_);
                for (std::size_t times = below(200); times > 0 && input.size() < longest; --times)
                    input.insert(at, part);
                break;
            }
        }
    }

    std::vector<std::string> seeds_;
    std::vector<std::string> words_;
    std::mt19937_64 random_;
};

void run(const std::string& input) {
    alarm(patience);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::vector<std::string> corpus_of(std::string name) {
    if (name.ends_with("_fuzz")) name.resize(name.size() - 5);
    std::vector<fs::path> files;
    fs::path directory = fs::path(concordat::test::source_dir) / "tests/fuzz/corpus" / name;
    if (fs::exists(directory))
        for (const auto& entry : fs::directory_iterator(directory)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());  // the same seed makes the same inputs everywhere
    std::vector<std::string> inputs;
    for (const auto& file : files) inputs.push_back(read_file(file));
    return inputs;
}

void run_for(const fs::path& program, std::chrono::seconds limit, std::uint64_t seed) {
    auto seeds = corpus_of(program.filename());
    for (const auto& input : seeds) run(input);
    std::cout << program.filename().string() << ": " << seeds.size() << " inputs of the corpus passed; seed "
              << seed << std::endl;
    Mutator mutator(std::move(seeds), seed);
    int kept = open((program.string() + ".input").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_TRUNC, 0600);
    std::size_t count = 0;
    for (auto end = std::chrono::steady_clock::now() + limit; std::chrono::steady_clock::now() < end;
         ++count) {
        std::string input = mutator.next();
        if (kept < 0 || ftruncate(kept, 0) != 0 || pwrite(kept, input.data(), input.size(), 0) < 0)
            throw std::runtime_error("cannot keep the input");
        run(input);
    }
    alarm(0);
    close(kept);
    std::cout << program.filename().string() << ": " << count << " mutated inputs passed" << std::endl;
    if (count == 0) throw std::runtime_error("no input was run");
}

}  // namespace

int main(int count, char** words) {
    std::chrono::seconds limit{10};
    std::uint64_t seed = std::random_device{}();
    std::vector<std::string> files;
    for (int i = 1; i < count; ++i) {
        std::string word = words[i];
        if (word == "--seconds" && i + 1 < count)
            limit = std::chrono::seconds(std::stoll(words[++i]));
        else if (word == "--seed" && i + 1 < count)
            seed = std::stoull(words[++i]);
        else
            files.push_back(word);
    }
    for (const auto& file : files) run(read_file(file));
    if (files.empty()) run_for(fs::absolute(words[0]), limit, seed);
}
