// Values that a configuration shows of what it manages, as an engine has them: Terraform's outputs.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "documents/json.h"

namespace squall {

struct Output {
  Json value;
  bool is_sensitive = false;
};
using Outputs = std::map<std::string, Output>;  // by name

// What a run said of one in the end, to whoever reads along.
struct ToldOutput {
  std::optional<Json> value;  // nullopt: it is kept back
  bool is_sensitive = false;
};

struct OutputsView {
  Outputs stored;  // in the engine's durable store
  // What the last run told of them in the end; nullopt: nothing at all.
  std::optional<std::map<std::string, ToldOutput>> told;
};

}  // namespace squall
