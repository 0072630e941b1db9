#include "tests/cli/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace headroom::cli {
namespace {

namespace fs = std::filesystem;

// Reads both ends until both are closed, so that neither can fill up and block the child.
void drain(std::array<int, 2> ends, Outcome& outcome) {
  std::array<std::string*, 2> texts{&outcome.out, &outcome.err};
  std::array<pollfd, 2> polled{{{ends[0], POLLIN, 0}, {ends[1], POLLIN, 0}}};
  for (int open = 2; open > 0;) {
    if (::poll(polled.data(), polled.size(), -1) < 0) continue;
    for (std::size_t i = 0; i < 2; ++i) {
      if (polled[i].fd < 0 || polled[i].revents == 0) continue;
      std::array<char, 65536> buffer{};
      const ssize_t got = ::read(polled[i].fd, buffer.data(), buffer.size());
      if (got > 0) {
        texts[i]->append(buffer.data(), static_cast<std::size_t>(got));
      } else if (got == 0 || errno != EINTR) {
        ::close(polled[i].fd);
        polled[i].fd = -1;
        --open;
      }
    }
  }
}

}  // namespace

Folder::Folder() {
  std::string pattern = (fs::temp_directory_path() / "headroom cli XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  root_ = pattern;
}

Folder::~Folder() {
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

void Folder::write(const std::string& name, const std::string& text) const {
  fs::create_directories((root_ / name).parent_path());
  std::ofstream(root_ / name, std::ios::binary) << text;
}

void Folder::write_gzip(const std::string& name, const std::string& text) const {
  gzFile file = gzopen((root_ / name).c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
}

std::string Folder::read(const std::string& name) const {
  std::ifstream in(root_ / name, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Outcome Folder::headroom(const std::vector<std::string>& arguments,
                         const std::function<void(int)>& at_start) const {
  std::vector<std::string> command{HEADROOM_BINARY};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command, at_start);
}

Outcome Folder::run(const std::vector<std::string>& command,
                    const std::function<void(int)>& at_start) const {
  std::array<int, 2> out{}, err{};
  if (::pipe(out.data()) != 0 || ::pipe(err.data()) != 0) throw std::runtime_error("pipe failed");
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    for (const int end : {out[0], out[1], err[0], err[1], nothing}) ::close(end);
    if (::chdir(root_.c_str()) != 0) ::_exit(126);
    std::vector<char*> arguments;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  ::close(out[1]);
  ::close(err[1]);
  if (at_start) at_start(pid);
  Outcome outcome;
  drain({out[0], err[0]}, outcome);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  outcome.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return outcome;
}

std::string small_scenario() {
  return "name: small\n"
         "model: llama-3.1-8b\n"
         "hardware: {gpu: h100-sxm, replicas: 2}\n"
         "dtype: {weights: bf16, kv_cache: bf16}\n"
         "cost_model: roofline\n"
         "serving: {max_num_seqs: 16, max_num_batched_tokens: 512, block_size: 16}\n"
         "workload:\n"
         "  arrivals: {process: poisson, rate: 20 /s}\n"
         "  prompt_tokens: {distribution: lognormal, mean: 300, stddev: 200, max: 2000}\n"
         "  output_tokens: {distribution: uniform, min: 10, max: 60}\n"
         "  requests: 40\n"
         "slo: {ttft: 1 s, tpot: 50 ms}\n"
         "seed: 7\n";
}

std::string small_scenario_with(const std::string& start, const std::string& line) {
  std::istringstream in(small_scenario());
  std::string text;
  bool found = false;
  for (std::string old; std::getline(in, old);) {
    const bool match =
        old.find(start) == old.find_first_not_of(' ') && old.find(start) != std::string::npos;
    found = found || match;
    const std::string& kept = match ? line : old;
    if (!kept.empty()) text += kept + '\n';
  }
  if (!found) throw std::logic_error("no line starts with " + start);
  return text;
}

}  // namespace headroom::cli
