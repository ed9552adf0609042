// Approval tests: a text must be exactly what a file under report/expected/ says. With
// SQUALL_APPROVE set in the environment the file is written instead; look at the difference before
// it is committed.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace squall::report {

inline void expect_approved(const std::string& name, const std::string& text) {
  const std::string path = std::string(SQUALL_EXPECTED_DIR) + "/" + name;
  if (std::getenv("SQUALL_APPROVE") != nullptr) {
    std::ofstream(path, std::ios::binary) << text;
    return;
  }
  std::ifstream in(path, std::ios::binary);
  const std::string expected{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  EXPECT_EQ(text, expected) << "report/expected/" << name << " says otherwise";
}

}  // namespace squall::report
