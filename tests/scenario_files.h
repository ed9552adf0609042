// The scenario files of this repository, as its tests read them.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "campaign/replay.h"
#include "suite/scenario.h"

namespace squall {

// Those of a folder of tests/, by name.
inline std::vector<std::filesystem::path> files_in(const char* folder) {
  namespace fs = std::filesystem;
  std::vector<fs::path> out;
  for (const auto& entry : fs::directory_iterator(fs::path(SQUALL_SOURCE_DIR) / "tests" / folder))
    if (entry.path().extension() == ".json") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

inline suite::Scenario read(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  const Result<suite::Scenario> scenario = suite::parse_scenario(text.str());
  EXPECT_TRUE(scenario) << file << ": " << (scenario ? "" : scenario.error().message);
  return scenario ? *scenario : suite::Scenario();
}

// What went wrong in it; empty: nothing.
inline std::string shown(const campaign::Replay& replay) {
  std::string out;
  for (const std::string& signature : replay.signatures) out += signature + " ";
  for (const std::string& what : replay.record.stuck) out += "(stuck: " + what + ") ";
  return out + replay.record.harness_error;
}

}  // namespace squall
