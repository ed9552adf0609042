// What the tests of justified-outcome share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "invariants/record_builder.h"

namespace squall::invariants::justified_outcome_test {

inline std::vector<std::string> found(const RecordBuilder& b) {
  return kinds(b.record, "justified-outcome");
}

// A command "c1" with that one update.
inline RecordBuilder with(spec::PlannedUpdate update) {
  RecordBuilder b;
  b.accept("c1", {std::move(update)});
  return b;
}
inline RecordBuilder with_create() { return with(RecordBuilder::create("vpc-1")); }

inline void fail(RecordBuilder& b, CallKind kind, ErrorCode code, int times = 1) {
  for (int i = 0; i < times; ++i) b.failed(b.call("c1", kind, "vpc-1"), code);
}

}  // namespace squall::invariants::justified_outcome_test
