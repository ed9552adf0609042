#include "cloud/latency.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.h"

namespace squall::cloud {
namespace {

using namespace std::chrono_literals;
using Kind = LatencyModel::Kind;

// A thousand draws, sorted.
std::vector<Duration> draws(Kind kind) {
  std::vector<Duration> out;
  Random random(7);
  for (int i = 0; i < 1000; ++i) out.push_back(latency_of({kind, 10ms}, random.next()));
  std::ranges::sort(out);
  return out;
}

// Shows: each model has the shape its name promises: the typical value in the middle, and what lies
// to either side of it.
TEST(LatencyOf, HasItsShape) {
  const auto constant = draws(Kind::kConstant);
  EXPECT_EQ(constant.front(), 10ms);
  EXPECT_EQ(constant.back(), 10ms);
  const auto uniform = draws(Kind::kUniform);
  EXPECT_LT(uniform.front(), 1ms);
  EXPECT_GT(uniform.back(), 19ms);
  EXPECT_LE(uniform.back(), 20ms);
  for (const Kind kind : {Kind::kUniform, Kind::kLogNormal, Kind::kLongTail}) {
    const auto all = draws(kind);
    EXPECT_GE(all.front(), 0ms);
    EXPECT_GT(all[500], 8ms);
    EXPECT_LT(all[500], 12ms);
  }
  const auto log_normal = draws(Kind::kLogNormal);
  EXPECT_GT(log_normal.back(), 30ms);
  EXPECT_LT(log_normal.back(), 50ms);
  EXPECT_GT(draws(Kind::kLongTail).back(), 1s);
}

// Shows: the same seed gives the same times; a call's time depends on its resource, its kind and
// its place among those, and on no other call.
TEST(Latency, LeavesOtherCallsAlone) {
  const LatencyModel model{Kind::kUniform, 1s};
  Latency one(1);
  const Duration first = one.next(model, "a", CallKind::kCreate);
  const Duration second = one.next(model, "a", CallKind::kCreate);
  EXPECT_NE(first, second);
  Latency other(1);
  EXPECT_NE(other.next(model, "b", CallKind::kCreate), first);
  EXPECT_NE(other.next(model, "a", CallKind::kRead), first);
  EXPECT_EQ(other.next(model, "a", CallKind::kCreate), first);
  EXPECT_EQ(other.next(model, "a", CallKind::kCreate), second);
  EXPECT_NE(Latency(2).next(model, "a", CallKind::kCreate), first);
  EXPECT_EQ(other.next(LatencyModel(), "a", CallKind::kCreate), 0ms);
}

}  // namespace
}  // namespace squall::cloud
