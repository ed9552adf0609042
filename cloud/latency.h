// How long calls take where no fault decides it. All in integers, from tables: what reaches a
// decision must not depend on how a machine rounds. The time of a call depends on the seed, its
// resource, its kind and its place among the calls of both: taking one call away leaves the times
// of the others' alone.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "cloud/controller.h"

namespace squall::cloud {

// One draw from a model; chance: any number, all equally likely.
Duration latency_of(const LatencyModel& model, uint64_t chance);

class Latency {
 public:
  explicit Latency(uint64_t seed) : seed_(seed) {}
  Duration next(const LatencyModel& model, const std::string& resource_name, CallKind call);

 private:
  uint64_t seed_;
  std::map<std::pair<std::string, CallKind>, uint64_t> calls_;  // so far
};

}  // namespace squall::cloud
