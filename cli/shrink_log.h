// --shrink-log: every attempt of the shrinker as a line of JSON.
#pragma once

#include <fstream>
#include <string>

#include "base/result.h"
#include "campaign/attempt.h"

namespace squall::cli {

class ShrinkLog {
 public:
  // Replaces what is there. The error names the file and what is wrong with it.
  static Result<ShrinkLog> open(const std::string& path);

  void add(const campaign::Attempt& attempt);
  // Whether every line reached the file.
  Result<void> close();

 private:
  ShrinkLog(std::string path, std::ofstream out) : path_(std::move(path)), out_(std::move(out)) {}

  std::string path_;
  std::ofstream out_;
};

}  // namespace squall::cli
