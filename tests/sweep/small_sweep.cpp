#include "tests/sweep/small_sweep.hpp"

namespace headroom::test {

void write_small_sweep(const cli::Folder& folder, int seeds) {
  folder.write("base.yaml",
               "model: llama-3.1-8b\n"
               "hardware: {gpu: h100-sxm}\n"
               "workload:\n"
               "  arrivals: {process: poisson, rate: 5 /s}\n"
               "  prompt_tokens: 50\n"
               "  output_tokens: {distribution: uniform, min: 20, max: 60}\n"
               "  requests: 20\n"
               "slo: {ttft: 1 s}\n");
  folder.write("sweep.yaml",
               "name: small\n"
               "base: base.yaml\n"
               "axes:\n"
               "  serving.max_num_seqs: [8, 16]\n"
               "  hardware.gpu: [h100-sxm, t4]   # a t4 does not hold the weights\n"
               "seeds: " +
                   std::to_string(seeds) + '\n');
}

std::vector<std::string> sweep_arguments(const std::string& database, int jobs,
                                         const std::vector<std::string>& more) {
  std::vector<std::string> arguments{"sweep",  "sweep.yaml", "--db",
                                     database, "--jobs",     std::to_string(jobs)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::vector<std::string> sweep_command(const std::vector<std::string>& prefix,
                                       const std::string& database, int jobs) {
  std::vector<std::string> command = prefix;
  command.emplace_back(HEADROOM_BINARY);
  const auto arguments = sweep_arguments(database, jobs);
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

}  // namespace headroom::test
