#include "base/ids.h"

#include <algorithm>
#include <array>

namespace squall {

namespace {
constexpr int64_t kKsuidEpoch_s = 1'400'000'000;
constexpr std::string_view kBase62 =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr size_t kKsuidLength = 27;

// As many digits as one division of the limbs can give: 62^5 is the last power below 2^32.
constexpr size_t kDigitsAtOnce = 5;
constexpr uint64_t kDivisor = 62ULL * 62 * 62 * 62 * 62;
}  // namespace

Ksuid make_ksuid(Instant wall, uint64_t high, uint64_t low) {
  const int64_t seconds = microseconds_of(wall) / 1'000'000 - kKsuidEpoch_s;
  // Five 32-bit limbs, most significant first, divided until nothing is left.
  std::array<uint32_t, 5> limbs = {static_cast<uint32_t>(std::max<int64_t>(seconds, 0)),
                                   static_cast<uint32_t>(high >> 32), static_cast<uint32_t>(high),
                                   static_cast<uint32_t>(low >> 32), static_cast<uint32_t>(low)};
  std::string out(kKsuidLength, '0');
  for (size_t end = kKsuidLength; end > 0;) {
    uint64_t remainder = 0;
    for (uint32_t& limb : limbs) {
      const uint64_t value = (remainder << 32) | limb;
      limb = static_cast<uint32_t>(value / kDivisor);
      remainder = value % kDivisor;
    }
    for (size_t digit = 0; digit < kDigitsAtOnce && end > 0; ++digit) {
      out[--end] = kBase62[remainder % kBase62.size()];
      remainder /= kBase62.size();
    }
  }
  return out;
}

}  // namespace squall
