// What a test function says about one case.
#pragma once

#include <any>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "property/choices.h"

namespace squall::property {

struct Verdict {
  enum class Kind : uint8_t {
    pass,
    fail,
    discard,  // the case could not be judged (a precondition did not hold)
  };

  Kind kind = Kind::pass;
  // What is wrong, as classes of failures rather than single ones: no labels, no values. The
  // primary one comes first. Empty unless kind is fail, never empty then.
  std::vector<std::string> signatures = {};
  // Covers everything observable that happened; folded over a run to show that it was
  // deterministic.
  uint64_t trace_hash = 0;
  // Whatever the caller wants to be handed in Listener::on_case, for example statistics of the
  // case.
  std::any payload = {};
};

// Runs one case. Must be a function of the draws alone, and must not throw. Called by one thread at
// a time.
using TestFunction = std::function<Verdict(Choices&)>;

}  // namespace squall::property
