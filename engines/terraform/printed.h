// What the runs of a case have printed, for whoever looks for what must not be read there.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine_under_test/outputs.h"
#include "engines/terraform/cli.h"
#include "engines/terraform/state_file.h"

namespace squall::terraform {

class Printed {
 public:
  void add(const CliRun& run);
  // A text that is kept somewhere, and must not have any of these.
  void look_into(const std::string& place, const std::string& text,
                 const std::set<std::string>& secrets);
  void clear() {
    texts_.clear();
    found_.clear();
  }
  // Where one of these texts stands: "the output of: apply -json …"; and where something was found.
  std::vector<std::string> places_of(const std::vector<std::string>& secrets) const;

 private:
  struct Text {
    std::string command;
    std::string text;
  };
  std::vector<Text> texts_;
  std::vector<std::string> found_;
};

Outputs outputs_of(const std::optional<State>& state);

// What a run told of its outputs in the end; nullopt: nothing.
std::optional<std::map<std::string, ToldOutput>> told_outputs(const CliRun& run);

}  // namespace squall::terraform
