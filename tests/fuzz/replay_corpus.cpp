// Feeds every file of the folders given to the fuzz target, and every prefix of a small one: what
// libFuzzer would start from, without libFuzzer. A crash or an uncaught exception is the failure.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kEveryPrefixUpTo = 2048;

void feed(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t inputs = 0;
  for (int i = 1; i < argc; ++i) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(argv[i]))
      if (entry.is_regular_file()) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      std::ifstream in(file, std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      feed(text);
      if (text.size() <= kEveryPrefixUpTo)
        for (std::size_t length = 0; length < text.size(); ++length) feed(text.substr(0, length));
      ++inputs;
    }
  }
  if (inputs == 0) {
    std::cerr << "no corpus\n";
    return 1;
  }
  std::cout << inputs << " files survived\n";
  return 0;
}
