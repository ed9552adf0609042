#include "base/ids.h"

#include <gtest/gtest.h>

namespace squall {
namespace {

// Shows: the encoding agrees with the example of the KSUID specification (0669F7EF… of 2017-10-09).
TEST(Ksuid, AgreesWithTheSpecificationsExample) {
  const Instant wall = instant_at((1'400'000'000LL + 0x0669F7EF) * 1'000'000);
  EXPECT_EQ(make_ksuid(wall, 0xB5A1CD34B5F99D11ULL, 0x54FB6853345C9735ULL),
            "0ujtsYcgvSTl8PAuAdqWYSMnLOv");
}

// Shows: ids stamped later sort later, whatever their payload.
TEST(Ksuid, SortsByTime) {
  const Instant early = instant_at(1'700'000'000'000'000);
  const Instant late = instant_at(1'700'000'001'000'000);
  EXPECT_LT(make_ksuid(early, ~0ULL, ~0ULL), make_ksuid(late, 0, 0));
}

}  // namespace
}  // namespace squall
