#include "tests/cli/bad_input_cases.hpp"

#include <sqlite3.h>

#include <stdexcept>
#include <utility>

// The lines of small_scenario(): 1 name, 2 model, 3 hardware, 4 dtype, 5 cost_model, 6 serving, 7
// workload, 8 arrivals, 9 prompt_tokens, 10 output_tokens, 11 requests, 12 slo, 13 seed. Columns
// count from 1.
namespace headroom::cli {
namespace {

BadInput with_problems(std::size_t count, BadInput input) {
  input.problems = count;
  return input;
}

BadInput scenario_text(std::string what, std::string text, std::string message) {
  return {std::move(what),
          {"check", "bad.yaml"},
          std::move(message),
          [text = std::move(text)](const Folder& folder) { folder.write("bad.yaml", text); }};
}

BadInput scenario(std::string what, const std::string& start, const std::string& line,
                  std::string message) {
  return scenario_text(std::move(what), small_scenario_with(start, line), std::move(message));
}

BadInput override_of(std::string what, const std::string& setting, std::string message) {
  return {std::move(what),
          {"check", "good.yaml", "--set", setting},
          std::move(message),
          [](const Folder& folder) { folder.write("good.yaml", small_scenario()); }};
}

const std::string kConfig =
    "{\n"
    "  \"model_type\": \"llama\",\n"
    "  \"num_hidden_layers\": 4,\n"
    "  \"hidden_size\": 512,\n"
    "  \"intermediate_size\": 1024,\n"
    "  \"num_attention_heads\": 8,\n"
    "  \"num_key_value_heads\": 2,\n"
    "  \"vocab_size\": 1000,\n"
    "  \"max_position_embeddings\": 4096\n"
    "}\n";

std::string config_with(const std::string& old, const std::string& fresh) {
  std::string text = kConfig;
  text.replace(text.find(old), old.size(), fresh);
  return text;
}

BadInput config(std::string what, std::string text, std::string message) {
  return {std::move(what),
          {"check", "s.yaml"},
          std::move(message),
          [text = std::move(text)](const Folder& folder) {
            folder.write("config.json", text);
            folder.write("s.yaml", small_scenario_with("model:", "model: config.json"));
          }};
}

// A scenario that replays `file`, whose text is `text`.
BadInput trace(std::string what, const std::string& format, const std::string& file,
               std::string text, std::string message, const std::string& more = "") {
  return {std::move(what),
          {"run", "s.yaml", "--no-db"},
          std::move(message),
          [format, file, text = std::move(text), more](const Folder& folder) {
            if (!text.empty()) folder.write(file, text);
            folder.write(
                "s.yaml",
                "model: llama-3.1-8b\nhardware: {gpu: h100-sxm}\nworkload:\n  trace: {format: " +
                    format + ", path: " + file + more + "}\n");
          }};
}

BadInput command_line(std::string what, std::vector<std::string> arguments, std::string message) {
  return {std::move(what), std::move(arguments), std::move(message),
          [](const Folder& folder) { folder.write("good.yaml", small_scenario()); }};
}

void make_database(const Folder& folder, const std::string& name, const char* sql) {
  sqlite3* database = nullptr;
  const bool done = sqlite3_open(folder.path(name).c_str(), &database) == SQLITE_OK &&
                    sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
  sqlite3_close(database);
  if (!done) throw std::runtime_error("cannot prepare " + name);
}

void with_results(const Folder& folder) {
  folder.write("good.yaml", small_scenario());
  folder.headroom({"run", "good.yaml", "--db", "r.sqlite"});
}

}  // namespace

std::vector<BadInput> bad_scenarios() {
  return {
      scenario_text("an empty file", "", "bad.yaml"),
      with_problems(4,
                    scenario_text("a file that is a list", "- a\n- b\n", "bad.yaml:1:1: error: ")),
      scenario_text("YAML that does not parse", "name: [1, 2\nmodel: x\n", "bad.yaml:"),
      scenario_text("a tab that indents", "name: a\nhardware:\n\tgpu: h100-sxm\n", "bad.yaml:3:"),
      scenario_text("a second document", small_scenario() + "---\nname: b\n",
                    "bad.yaml:15:1: error: "),
      scenario_text("a duplicate key", small_scenario() + "seed: 8\n", "bad.yaml:14:1: error: "),
      scenario_text("an alias that could explode", "name: &a x\nmodel: *a\n", "bad.yaml:1:"),
      scenario_text("bytes that are not UTF-8", "name: \xff\xfe\n", "bad.yaml:1:"),
      scenario("an unknown key", "seed:", "sede: 7",
               "bad.yaml:13:1: error: unknown key 'sede'; did you mean 'seed'?"),
      scenario("an unknown nested key", "serving:", "serving: {max_num_seq: 16}",
               "bad.yaml:6:11: error: unknown key 'max_num_seq' in 'serving'; did you mean "
               "'max_num_seqs'?"),
      scenario("an unknown GPU", "hardware:", "hardware: {gpu: h100-smx}",
               "did you mean 'h100-sxm'?"),
      scenario("an unknown model", "model:", "model: llama-3.1-8c", "bad.yaml:2:8: error: "),
      scenario("an unknown data type", "dtype:", "dtype: {weights: bf17}",
               "bad.yaml:4:18: error: "),
      scenario("an unknown cost model", "cost_model:", "cost_model: rooftop",
               "bad.yaml:5:13: error: "),
      scenario("an unknown scheduler", "serving:", "serving: {scheduler: vlm}",
               "bad.yaml:6:22: error: "),
      scenario("an unknown router", "serving:", "serving: {router: random_walk}",
               "bad.yaml:6:19: error: "),
      scenario("an unknown engine", "serving:", "serving: {engine: vllm-9}",
               "bad.yaml:6:19: error: "),
      scenario("a missing section", "hardware:", "", "hardware"),
      scenario("a missing unit", "slo:", "slo: {ttft: 1}",
               "bad.yaml:12:13: error: 'slo.ttft' needs a unit"),
      scenario("a unit of another dimension", "slo:", "slo: {ttft: 1 GB}",
               "bad.yaml:12:13: error: "),
      scenario("a word for a number", "seed:", "seed: seven", "bad.yaml:13:7: error: "),
      scenario("a negative count", "requests:", "  requests: -5", "bad.yaml:11:13: error: "),
      scenario("a fraction for a count", "requests:", "  requests: 2.5", "bad.yaml:11:13: error: "),
      scenario("a number too large", "requests:", "  requests: 99999999999999999999",
               "bad.yaml:11:13: error: "),
      scenario("a value that is not finite", "arrivals:",
               "  arrivals: {process: poisson, rate: .inf /s}", "bad.yaml:8:38: error: "),
      scenario("a rate of zero", "arrivals:", "  arrivals: {process: poisson, rate: 0 /s}",
               "bad.yaml:8:38: error: "),
      scenario("a memory fraction above one", "serving:", "serving: {gpu_memory_utilization: 1.2}",
               "bad.yaml:6:35: error: "),
      scenario("a block size of zero", "serving:", "serving: {block_size: 0}",
               "bad.yaml:6:23: error: "),
      scenario("a distribution whose low end is above its high end", "output_tokens:",
               "  output_tokens: {distribution: uniform, min: 60, max: 10}", "bad.yaml:10:"),
      scenario("a list for a map", "serving:", "serving: [16, 512]", "bad.yaml:6:10: error: "),
      scenario("a model that does not fit the GPU", "model:", "model: gpt3-175b", "bad.yaml:3:"),
      scenario("a key that its process does not take", "arrivals:",
               "  arrivals: {process: constant, rate: 4 /s, burstiness: 2}", "bad.yaml:8:"),
      {"a scenario that is not there", {"check", "nowhere.yaml"}, "nowhere.yaml"},
      {"a scenario that is a folder", {"check", "."}, "error: "},
      override_of("an override without a value", "serving.max_num_seqs", "--set"),
      override_of("an override of an unknown key", "serving.max_num_sequences=4",
                  "--set serving.max_num_sequences=4"),
      override_of("an override with a bad value", "serving.max_num_seqs=none",
                  "--set serving.max_num_seqs=none"),
      override_of("an override through a value", "seed.value=3", "--set seed.value=3"),
  };
}

std::vector<BadInput> bad_model_configs() {
  return {
      {"a config.json that is not there",
       {"check", "s.yaml"},
       "s.yaml:2:8: error: ",
       [](const Folder& folder) {
         folder.write("s.yaml", small_scenario_with("model:", "model: nowhere/config.json"));
       }},
      config("a config.json that is cut off", kConfig.substr(0, 60), "config.json:"),
      config("a config.json that is a list", "[1, 2]\n", "config.json:1:1: error: "),
      config("an unknown model_type", config_with("\"llama\"", "\"mamba\""),
             "config.json:2:17: error: "),
      config("a missing shape", config_with("  \"hidden_size\": 512,\n", ""), "hidden_size"),
      config("a shape that is text", config_with("512", "\"wide\""), "config.json:4:18: error: "),
      config("a key that would change the shape", config_with("{\n", "{\n  \"state_size\": 16,\n"),
             "config.json:2:3: error: "),
      config("heads that do not divide",
             config_with("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3"),
             "config.json:7:"),
  };
}

std::vector<BadInput> bad_traces() {
  const std::string vidur = "arrived_at,num_prefill_tokens,num_decode_tokens\n";
  return {
      trace("a trace that is not there", "vidur", "t.csv", "", "s.yaml:4:"),
      trace("an unknown trace format", "azur", "t.csv", vidur, "did you mean 'azure'?"),
      with_problems(3, trace("an empty trace", "vidur", "t.csv", "\n",
                             "t.csv:1: error: no column 'arrived_at'")),
      trace("a trace without rows", "vidur", "t.csv", vidur, "t.csv"),
      trace("a missing column", "vidur", "t.csv", "arrived_at,num_prefill_tokens\n1,2\n",
            "num_decode_tokens"),
      trace("a row that is too short", "vidur", "t.csv", vidur + "0.5,100,10\n0.7,100\n",
            "t.csv:3"),
      trace("a number that is none", "vidur", "t.csv", vidur + "0.5,many,10\n",
            "t.csv:2:5: error: "),
      trace("a negative length", "vidur", "t.csv", vidur + "0.5,-3,10\n", "t.csv:2:5: error: "),
      trace("an arrival that is not finite", "vidur", "t.csv", vidur + "nan,100,10\n",
            "t.csv:2:1: error: "),
      trace("a date that is none", "azure", "t.csv",
            "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-13-45 99:00:00,1,2\n",
            "t.csv:2:1: error: "),
      trace("JSON lines that are cut off", "mooncake", "t.jsonl",
            "{\"timestamp\": 0, \"input_length\": 6", "t.jsonl:1"),
      trace(
          "a block size that does not divide prefix blocks", "mooncake", "t.jsonl",
          "{\"timestamp\": 0, \"input_length\": 600, \"output_length\": 5, \"hash_ids\": [1, 2]}\n",
          "block_size", "}\nserving: {block_size: 48, enable_prefix_caching: true"),
      {"a gzip file that is cut off",
       {"run", "s.yaml", "--no-db"},
       "t.csv.gz",
       [vidur](const Folder& folder) {
         std::string rows = vidur;
         for (int i = 0; i < 5000; ++i)
           rows += std::to_string(i) + ".25," + std::to_string(100 + i * 7919 % 1000) + ",17\n";
         folder.write_gzip("t.csv.gz", rows);
         folder.write("t.csv.gz", folder.read("t.csv.gz").substr(0, 8000));
         folder.write("s.yaml",
                      "model: llama-3.1-8b\nhardware: {gpu: h100-sxm}\nworkload:\n"
                      "  trace: {format: vidur, path: t.csv.gz}\n");
       }},
  };
}

std::vector<BadInput> bad_command_lines() {
  return {
      command_line("no command", {}, "which command?"),
      command_line("an unknown command", {"runn", "good.yaml"}, "did you mean 'run'?"),
      command_line("an unknown option", {"run", "good.yaml", "--no-bd"}, "did you mean '--no-db'?"),
      command_line("an unknown option before the command", {"--versoin"},
                   "did you mean '--version'?"),
      command_line("an option without its value", {"run", "good.yaml", "--format"}, "--format"),
      command_line("an option given twice",
                   {"run", "good.yaml", "--format", "csv", "--format", "json"}, "--format"),
      command_line("a missing argument", {"run"}, "SCENARIO"),
      command_line("one argument too many", {"check", "good.yaml", "more.yaml"}, "more.yaml"),
      command_line("an unknown format", {"run", "good.yaml", "--format", "jsn"},
                   "did you mean 'json'?"),
      command_line("a seed that is no number", {"run", "good.yaml", "--seed", "abc"}, "--seed"),
      command_line("a negative seed", {"run", "good.yaml", "--seed", "-1"}, "--seed"),
      command_line("no seeds at all", {"run", "good.yaml", "--seeds", "0"}, "--seeds"),
      command_line("a time limit without a unit", {"run", "good.yaml", "--time-limit", "10"},
                   "needs a unit"),
      command_line("an unknown record mode", {"run", "good.yaml", "--record", "all"}, "--record"),
      command_line("a database and none at once",
                   {"run", "good.yaml", "--db", "a.sqlite", "--no-db"}, "--no-db"),
      command_line("ops without a model", {"ops", "--gpu", "h100-sxm"}, "--model"),
      command_line("ops of an unknown model", {"ops", "--model", "llama-9", "--gpu", "h100-sxm"},
                   "llama-9"),
      command_line("ops with ranks that do not divide the heads",
                   {"ops", "--model", "llama-3.1-8b", "--gpu", "h100-sxm", "--tp", "5"}, "5"),
      command_line("ops with a fraction of a token",
                   {"ops", "--model", "llama-3.1-8b", "--gpu", "h100-sxm", "--tokens", "1.5"},
                   "fractional_counts"),
      command_line("ops without tokens",
                   {"ops", "--model", "llama-3.1-8b", "--gpu", "h100-sxm", "--tokens", "0"},
                   "--tokens"),
      command_line("something to list that does not exist", {"list", "gpsu"},
                   "did you mean 'gpus'?"),
      command_line("a name that is not in a list", {"list", "gpus", "h100-sxn"},
                   "did you mean 'h100-sxm'?"),
  };
}

std::vector<BadInput> bad_databases() {
  const auto with_file = [](const std::string& name, const std::string& text) {
    return [name, text](const Folder& folder) {
      folder.write("good.yaml", small_scenario());
      folder.write(name, text);
    };
  };
  return {
      {"a results file that is not there", {"query", "none.sqlite", "summary"}, "none.sqlite"},
      {"a results file that is no database",
       {"query", "text.sqlite", "summary"},
       "text.sqlite",
       with_file("text.sqlite", std::string(5000, 'x'))},
      {"writing to a file that is no database",
       {"run", "good.yaml", "--db", "text.sqlite"},
       "text.sqlite",
       with_file("text.sqlite", std::string(5000, 'x'))},
      {"writing into a folder that is not there",
       {"run", "good.yaml", "--db", "no/such/r.sqlite"},
       "no/such/r.sqlite",
       with_file("unused", "x")},
      {"writing to a folder",
       {"run", "good.yaml", "--db", "folder"},
       "folder",
       [](const Folder& folder) {
         folder.write("good.yaml", small_scenario());
         folder.write("folder/x", "x");
       }},
      {"a database of somebody else",
       {"run", "good.yaml", "--db", "other.sqlite"},
       "other.sqlite",
       [](const Folder& folder) {
         folder.write("good.yaml", small_scenario());
         make_database(folder, "other.sqlite", "CREATE TABLE t (x)");
       }},
      {"a results file of another schema",
       {"query", "later.sqlite", "summary"},
       "later.sqlite",
       [](const Folder& folder) {
         folder.write("good.yaml", small_scenario());
         folder.headroom({"run", "good.yaml", "--db", "later.sqlite"});
         make_database(folder, "later.sqlite", "PRAGMA user_version = 999");
       }},
      {"an unknown query", {"query", "r.sqlite", "sumary"}, "summary", with_results},
      {"SQL that is wrong",
       {"query", "r.sqlite", "SELECT nothing FROM run"},
       "nothing",
       with_results},
      {"SQL that writes", {"query", "r.sqlite", "DELETE FROM run"}, "error: ", with_results},
      {"a parameter that is not NAME=VALUE",
       {"query", "r.sqlite", "summary", "--param", "limit"},
       "--param",
       with_results},
      {"a parameter that the query does not have",
       {"query", "r.sqlite", "summary", "--param", "colour=3"},
       "colour",
       with_results},
  };
}

}  // namespace headroom::cli
