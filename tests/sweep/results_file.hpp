// tests/sweep/results_file.hpp -- a results file seen by any SQLite client.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace headroom::test {

using Rows = std::vector<std::vector<std::string>>;

// Throws std::runtime_error with SQLite's message.
Rows ask(const std::filesystem::path& file, const std::string& sql);
// Every table but run_host, each in the order of its key.
Rows all_tables(const std::filesystem::path& file);
std::string integrity_of(const std::filesystem::path& file);  // "ok"
long count_of(const std::filesystem::path& file, const std::string& table);

}  // namespace headroom::test
