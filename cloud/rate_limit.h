// The cloud's rate limit: one token bucket per namespace. Its capacity is the rate, it starts full,
// and it refills continuously. All in integers: what reaches a decision must not depend on how a
// machine rounds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace squall::cloud {

class RateLimit {
 public:
  // Would take() succeed? rate_per_second 0: always.
  bool has_one(std::string_view name_space, uint32_t rate_per_second, Instant now) const;
  // Takes one token, if there is one. A clock that ran backwards refills nothing.
  bool take(std::string_view name_space, uint32_t rate_per_second, Instant now);

 private:
  struct Bucket {
    std::string name_space;
    int64_t level = 0;  // millionths of a token
    Instant filled;
  };
  static int64_t level_at(const Bucket& bucket, uint32_t rate_per_second, Instant now);
  const Bucket* find(std::string_view name_space) const;

  std::vector<Bucket> buckets_;  // as few as there are namespaces
};

}  // namespace squall::cloud
