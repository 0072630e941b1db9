#include "sim/scenario/identity.hpp"

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "scenario_texts.hpp"

using namespace headroom;

TEST_CASE("SHA-256 is that of the standard", "[scenario][identity]") {
  // FIPS 180-4 examples: "abc" and the empty message.
  CHECK(sha256_of_text("abc") ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_of_text("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a file hashes like its content", "[scenario][identity]") {
  const auto path = std::filesystem::temp_directory_path() / "headroom_identity_test";
  const std::string content(200000, 'x');  // more than one buffer
  std::ofstream(path, std::ios::binary) << content;
  CHECK(sha256_of_file(path.string()) == sha256_of_text(content));
  std::filesystem::remove(path);
  CHECK_THROWS_AS(sha256_of_file(path.string()), UserError);
}

TEST_CASE("the identity of a scenario depends on its text and its files and nothing else",
          "[scenario][identity]") {
  const auto hash = scenario_hash("text", {"a", "b"});
  CHECK(hash == scenario_hash("text", {"a", "b"}));
  CHECK(hash != scenario_hash("text", {"b", "a"}));
  CHECK(hash != scenario_hash("text", {"ab"}));
  CHECK(hash != scenario_hash("texta", {"b"}));
  CHECK(hash <= 0x7fffffffffffffffULL);
}

TEST_CASE("how a scenario is written does not change its identity", "[scenario][identity]") {
  const Scenario in_file = load(kBase + "seed: 3\nserving: {max_num_seqs: 64}\n");
  const Scenario by_flag = load(kBase, {"serving.max_num_seqs=64", "seed=3"});
  CHECK(scenario_hash(in_file) == scenario_hash(by_flag));
  CHECK(scenario_hash(in_file) != scenario_hash(load(kBase, {"seed=3"})));
}
