#include "cloud/rate_limit.h"

#include <algorithm>

namespace squall::cloud {

namespace {
constexpr int64_t kOneToken = 1'000'000;
constexpr int64_t kOneSecond_us = 1'000'000;
}  // namespace

int64_t RateLimit::level_at(const Bucket& bucket, uint32_t rate_per_second, Instant now) {
  const int64_t capacity = int64_t{rate_per_second} * kOneToken;
  // A second fills any bucket, so longer times need not be multiplied, and cannot overflow.
  const int64_t elapsed_us = std::clamp<int64_t>((now - bucket.filled).count(), 0, kOneSecond_us);
  return std::min(capacity, bucket.level + elapsed_us * rate_per_second);
}

const RateLimit::Bucket* RateLimit::find(std::string_view name_space) const {
  const auto found = std::find_if(buckets_.begin(), buckets_.end(), [&](const Bucket& bucket) {
    return bucket.name_space == name_space;
  });
  return found == buckets_.end() ? nullptr : &*found;
}

bool RateLimit::has_one(std::string_view name_space, uint32_t rate_per_second, Instant now) const {
  if (rate_per_second == 0) return true;
  const Bucket* bucket = find(name_space);
  return bucket == nullptr || level_at(*bucket, rate_per_second, now) >= kOneToken;
}

bool RateLimit::take(std::string_view name_space, uint32_t rate_per_second, Instant now) {
  if (rate_per_second == 0) return true;
  if (find(name_space) == nullptr) {
    buckets_.push_back({std::string(name_space), int64_t{rate_per_second} * kOneToken, now});
  }
  Bucket& bucket = buckets_[static_cast<size_t>(find(name_space) - buckets_.data())];
  bucket.level = level_at(bucket, rate_per_second, now);
  // Kept at the latest time seen: a clock that jumps back and forth earns nothing twice.
  bucket.filled = std::max(bucket.filled, now);
  if (bucket.level < kOneToken) return false;
  bucket.level -= kOneToken;
  return true;
}

}  // namespace squall::cloud
