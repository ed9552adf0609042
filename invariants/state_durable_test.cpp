#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::state_durable_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Shows: each way in which a store may be damaged is a kind of its own, with the words for it.
TEST(StateDurable, SaysWhatBecameOfTheStore) {
  RecordBuilder b;
  EXPECT_THAT(kinds(b.record, "state-durable"), IsEmpty());
  for (const StoreDamage damage :
       {StoreDamage::kEmptied, StoreDamage::kUnreadable, StoreDamage::kWentBack,
        StoreDamage::kExchanged, StoreDamage::kSaveRefused, StoreDamage::kMixedUp})
    b.record.store_damages.push_back({1, 0, {damage, "serial 7 before, now 3"}});
  EXPECT_THAT(
      kinds(b.record, "state-durable"),
      ElementsAre("emptied", "unreadable", "went-back", "exchanged", "save-refused", "mixed-up"));
}

}  // namespace
}  // namespace squall::invariants::state_durable_test
