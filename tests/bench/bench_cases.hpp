// tests/bench/bench_cases.hpp -- the scenarios that speed is measured on, as texts.
#pragma once

#include <cstdint>
#include <string>

namespace headroom::bench {

// All 50,000 requests of Vidur's conversation workload, Llama-2-7B on one A100-80GB, 512 tokens and
// 128 sequences per iteration, 7,424 blocks of 16 tokens, no prefix caching. Without the file: as
// many requests of like lengths at its mean rate.
std::string conversation_case(bool trace_is_there);
inline constexpr const char* kConversationTrace = "bench/requests_conv_q2_50000.csv.gz";

// `requests` synthetic requests at `rate` per second, Llama-3.1-8B on one H100.
std::string synthetic_case(std::int64_t requests, double rate);

// The whole Azure 2023 conversation trace on two H100; the whole Mooncake trace with prefix caching
// on eight.
std::string azure_case();
inline constexpr const char* kAzureTrace = "traces/azure2023/AzureLLMInferenceTrace_conv.csv.gz";
std::string mooncake_case();
inline constexpr const char* kMooncakeTrace = "traces/mooncake/conversation_trace.jsonl.gz";

}  // namespace headroom::bench
