#include "sim/app/ops_command.hpp"

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hwmodels/compute/ops_table.hpp"
#include "sim/app/ops_report.hpp"
#include "sim/app/standard_output.hpp"
#include "sim/base/check.hpp"
#include "sim/config/diagnostics.hpp"
#include "sim/scenario/load_scenario.hpp"

namespace headroom {
namespace {

// Conventions of published tables that a real batch does not have; they are overrides of this
// command alone.
struct TableConventions {
  bool causal = true;              // ops.causal_attention
  bool fractional_counts = false;  // ops.fractional_counts
};

bool read_flag(const std::string& key, const std::string& value) {
  if (value == "true") return true;
  if (value == "false") return false;
  throw UserError("--set " + key + '=' + value + ": error: '" + key + "' is true or false");
}

class OpsCommand final : public Command {
 public:
  std::string name() const override { return "ops"; }
  std::string summary() const override {
    return "the operators of one iteration: work, time and what each is bound by";
  }
  std::string example() const override {
    return "headroom ops --model llama-3.1-8b --gpu h100-sxm --tokens 2048 --context 0\n"
           "  headroom ops --model llama-3.1-8b --gpu h100-sxm --decode 64 --decode-context 1000 "
           "--tokens 512";
  }

  void declare(OptionSet& options) override {
    options.text("--model", "NAME", model_,
                 "a model of the catalogue, or a path to a Hugging Face config.json");
    options.text("--gpu", "NAME", gpu_, "a GPU of the catalogue");
    options.count("--tp", 1, 1024, tensor_,
                  "tensor parallel ranks; work and time are those of one rank (default 1)");
    options.number("--tokens", tokens_,
                   "new prompt tokens (default 0, or 1 when nothing is asked for)");
    options.number("--context", context_,
                   "tokens before them, already in the KV cache (default 0)");
    options.number("--prompts", prompts_,
                   "prompts that the new tokens are split over evenly (default 1)");
    options.number("--decode", decode_, "sequences that decode, one new token each (default 0)");
    options.number("--decode-context", decode_context_,
                   "tokens before it, per sequence (default 0)");
    options.text("--dtype", "TYPE", dtype_, "of weights, KV cache and activations (default bf16)");
    options.text("--cost-model", "NAME", cost_model_,
                 "headroom list cost-models (default roofline)");
    options.text_list(
        "--set", "KEY=VALUE", overrides_,
        "override a key, such as hardware.gpu.hbm_bandwidth='2 TB/s'; also "
        "ops.causal_attention=false "
        "(every query sees every key) and ops.fractional_counts=true (averaged batches)");
    options.choice("--format", output_format_names(), format_, "default: table");
  }

  ExitCode execute() override {
    if (model_.empty())
      throw UserError("error: option --model is missing; see 'headroom list models'");
    if (gpu_.empty()) throw UserError("error: option --gpu is missing; see 'headroom list gpus'");
    TableConventions conventions;
    const SystemConfig system = load_system(settings(conventions));
    const OpsBatch batch = make_batch(conventions);
    const OpsTable table =
        ops_table(system.model, system.dtype, system.hardware.gpu, system.cost_model,
                  system.parallelism, batch, {.causal = conventions.causal});
    print_ops(table, output_format_from_name(format_));
    return kExitDone;
  }

 private:
  std::vector<std::string> settings(TableConventions& conventions) const {
    std::vector<std::string> all{"model=" + model_, "hardware.gpu=" + gpu_};
    if (tensor_) all.push_back("parallelism.tensor=" + std::to_string(*tensor_));
    if (!dtype_.empty()) {
      for (const char* part : {"weights", "kv_cache", "activations"})
        all.push_back("dtype." + std::string(part) + '=' + dtype_);
    }
    if (!cost_model_.empty()) all.push_back("cost_model=" + cost_model_);
    for (const auto& override_text : overrides_) {
      if (!override_text.starts_with("ops.")) {
        all.push_back(override_text);
        continue;
      }
      const auto equals = override_text.find('=');
      const std::string key = override_text.substr(0, equals);
      const std::string value = equals == std::string::npos ? "" : override_text.substr(equals + 1);
      if (key == "ops.causal_attention") {
        conventions.causal = read_flag(key, value);
      } else if (key == "ops.fractional_counts") {
        conventions.fractional_counts = read_flag(key, value);
      } else {
        throw UserError("--set " + override_text + ": error: unknown key '" + key + '\'' +
                        suggest(key, {"ops.causal_attention", "ops.fractional_counts"}, "keys"));
      }
    }
    return all;
  }

  OpsBatch make_batch(const TableConventions& conventions) const {
    const std::vector<std::pair<const char*, std::optional<double>>> counts{
        {"--tokens", tokens_},
        {"--context", context_},
        {"--prompts", prompts_},
        {"--decode", decode_},
        {"--decode-context", decode_context_}};
    for (const auto& [flag, value] : counts)
      if (value && *value != std::floor(*value) && !conventions.fractional_counts)
        throw UserError(std::string("error: option ") + flag +
                        " takes a whole number; averaged batches of published tables need " +
                        "--set ops.fractional_counts=true");
    if (decode_context_ && !decode_)
      throw UserError("error: option --decode-context says nothing without --decode");
    if (prompts_ && *prompts_ > tokens_.value_or(decode_ ? 0 : 1))
      throw UserError("error: option --prompts: a prompt has at least one of the --tokens");
    OpsBatch batch;
    batch.prefill_tokens = tokens_.value_or(decode_ ? 0 : 1);
    batch.prefill_context = context_.value_or(0);
    batch.prefill_sequences = prompts_.value_or(1);
    batch.decode_sequences = decode_.value_or(0);
    batch.decode_context = decode_context_.value_or(0);
    if (batch.prefill_tokens + batch.decode_sequences <= 0)
      throw UserError("error: an iteration needs new tokens: --tokens or --decode above 0");
    return batch;
  }

  std::string model_, gpu_, dtype_, cost_model_, format_ = "table";
  std::optional<std::int64_t> tensor_;
  std::optional<double> tokens_, context_, prompts_, decode_, decode_context_;
  std::vector<std::string> overrides_;
};

}  // namespace

std::unique_ptr<Command> make_ops_command() { return std::make_unique<OpsCommand>(); }

}  // namespace headroom
