// The thirteen tests of the public shrinking challenge (github.com/jlink/shrinking-challenge), each
// a property that is false, with the smallest case that shows it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "property/verdict.h"

namespace squall::quality {

// Draws a case, writes it down in `shown` and judges it.
using Property = property::Verdict::Kind (*)(property::Choices& choices, std::string& shown);

struct Challenge {
  std::string_view name;
  Property property;
  // The optimum, as Property shows it.
  std::string_view optimum;
  // Mean evaluations of the best library that publishes them; none for binheap.
  std::optional<int> best_published;
};

std::span<const Challenge> challenges();

}  // namespace squall::quality
