#include "sim/config/data_folder.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>

namespace headroom {
namespace {

constexpr std::string_view kVariable = "${HEADROOM_DATA}";

struct PublicFile {
  std::string_view path;    // below the data folder
  std::string_view source;  // where anyone can get it
};

constexpr std::array kPublicFiles{
    PublicFile{"traces/azure2023/AzureLLMInferenceTrace_conv.csv.gz",
               "data/AzureLLMInferenceTrace_conv.csv of github.com/Azure/AzurePublicDataset, "
               "compressed with gzip"},
    PublicFile{"traces/mooncake/conversation_trace.jsonl.gz",
               "FAST25-release/traces/conversation_trace.jsonl of github.com/kvcache-ai/Mooncake, "
               "compressed with gzip"},
    PublicFile{"traces/vidur/splitwise_conv.csv.gz",
               "data/processed_traces/splitwise_conv.csv of github.com/microsoft/vidur, compressed "
               "with gzip"},
    PublicFile{
        "traces/vidur/arxiv_summarization_stats_llama2_tokenizer_filtered_v2.csv.gz",
        "data/processed_traces/arxiv_summarization_stats_llama2_tokenizer_filtered_v2.csv of "
        "github.com/microsoft/vidur, compressed with gzip"},
    PublicFile{
        "traces/llmservingsim/sharegpt-llama-3.1-8b-300-sps10_lengths.csv",
        "the lengths (index, arrival_time_ns, input_toks, output_toks) of "
        "workloads/sharegpt-llama-3.1-8b-300-sps10.jsonl of github.com/casys-kaist/LLMServingSim"}};

bool is_folder(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_directory(path, ignored);
}

}  // namespace

std::optional<std::string> data_folder() {
  if (const char* set = std::getenv("HEADROOM_DATA"); set != nullptr && *set != '\0') return set;
  if (is_folder(HEADROOM_DEFAULT_DATA)) return HEADROOM_DEFAULT_DATA;
  return std::nullopt;
}

ExpandedPath expand_data_folder(std::string_view path) {
  const auto dollar = path.find("${");
  if (dollar == std::string_view::npos) return {std::string(path), ""};
  const bool leads = path.substr(0, kVariable.size()) == kVariable;
  const auto rest = leads ? path.substr(kVariable.size()) : std::string_view{};
  if (!leads || rest.find("${") != std::string_view::npos)
    return {"", "may only use '${HEADROOM_DATA}', at its start, got '" + std::string(path) + "'"};
  const auto folder = data_folder();
  if (folder) return {*folder + std::string(rest), ""};
  return {"", "needs the environment variable HEADROOM_DATA, the folder with the public data" +
                  how_to_get(path)};
}

std::string how_to_get(std::string_view path_as_written) {
  for (const auto& file : kPublicFiles)
    if (path_as_written.ends_with(file.path))
      return "; get " + std::string(file.source) + ", and put it at " + std::string(kVariable) +
             "/" + std::string(file.path);
  return "";
}

}  // namespace headroom
