#include "cloud/latency.h"

#include <array>

#include "base/check.h"
#include "base/hash.h"
#include "base/random.h"

namespace squall::cloud {

namespace {

// Quantiles in thousandths of the median, at 0, 1/32, 2/32, … 1; between them lies a straight line.
using Quantiles = std::array<int64_t, 33>;

// exp(0.6 z) for the quantiles z of the normal distribution; its ends stand for 1/256 and 255/256.
constexpr Quantiles kLogNormal = {
    203,  327,  398,  453,  501,  546,  587,  628,  667,  706,  746,
    786,  826,  867,  910,  954,  1000, 1048, 1099, 1153, 1211, 1273,
    1341, 1415, 1499, 1593, 1703, 1833, 1994, 2205, 2510, 3058, 4933,
};

// 0.5 / (1 - q): one call in a thousand takes hundreds of times as long as most. The end stands for
// 1023/1024.
constexpr Quantiles kLongTail = {
    500,  516,  533,  552,  571,  593,  615,  640,  667,  696,   727,
    762,  800,  842,  889,  941,  1000, 1067, 1143, 1231, 1333,  1455,
    1600, 1778, 2000, 2286, 2667, 3200, 4000, 5333, 8000, 16000, 512000,
};

constexpr int64_t kSteps = 1024;  // from one quantile to the next

Duration scaled(Duration median, const Quantiles& quantiles, uint64_t chance) {
  const auto at = static_cast<int64_t>(chance % ((quantiles.size() - 1) * kSteps));
  const auto below = static_cast<size_t>(at / kSteps);
  const int64_t from = quantiles[below];
  const int64_t rise = quantiles[below + 1] - from;
  const int64_t thousandths = from + rise * (at % kSteps) / kSteps;
  return median * thousandths / 1000;
}

}  // namespace

Duration latency_of(const LatencyModel& model, uint64_t chance) {
  SQUALL_CHECK(model.typical >= Duration(0));
  switch (model.kind) {
    case LatencyModel::Kind::kConstant:
      return model.typical;
    case LatencyModel::Kind::kUniform: {
      const auto most = static_cast<uint64_t>(2 * model.typical.count());
      return Duration(static_cast<int64_t>(Random(chance).below(most + 1)));
    }
    case LatencyModel::Kind::kLogNormal:
      return scaled(model.typical, kLogNormal, chance);
    case LatencyModel::Kind::kLongTail:
      return scaled(model.typical, kLongTail, chance);
  }
  SQUALL_CHECK(false);
}

Duration Latency::next(const LatencyModel& model, const std::string& resource_name, CallKind call) {
  if (model.typical == Duration(0)) return Duration(0);
  const uint64_t ordinal = ++calls_[{resource_name, call}];
  uint64_t chance = combine(seed_, hash_text(resource_name));
  chance = combine(chance, static_cast<uint64_t>(call));
  return latency_of(model, combine(chance, ordinal));
}

}  // namespace squall::cloud
