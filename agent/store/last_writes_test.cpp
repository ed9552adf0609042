#include "agent/store/last_writes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/store/store_test.h"

namespace squall::agent {
namespace {

using engine::Batch;

// "key" for what is put, "-key" for what is removed, "key+plan" where the plan goes with it.
std::vector<std::string> told(const Batches& batches) {
  std::vector<std::string> out;
  for (const LastWrite& one : last_writes(batches)) {
    out.push_back((one.is_delete() ? "-" : "") + one.write->key + (one.with_plan ? "+plan" : ""));
  }
  return out;
}

// Shows: of each key there is the last write, in key order, and it is the one of the last batch.
TEST(LastWrites, KeepsTheLastOfEachKey) {
  const std::string one = row(1)[0].key;
  const std::string two = row(2)[0].key;
  const std::string three = row(3)[0].key;
  const Batches batches = {row(3), row(1), joined({row(2), removed_row(3)}), removed_row(1),
                           row(1, 7)};
  EXPECT_EQ(told(batches), (std::vector<std::string>{one, two, "-" + three}));
  EXPECT_EQ(last_writes(batches)[0].write, &batches[4][0]);
  EXPECT_EQ(told(Batches{}), std::vector<std::string>());
}

// Shows: an update brings its plan where it has not started yet, or comes after its removal, in
// whatever state it is in the end; otherwise it does not.
TEST(LastWrites, KnowsWhosePlanMayBeMissing) {
  const Batch first = update(1, 0, UpdateState::kNotStarted);
  const Batch later = update(1, 0, UpdateState::kFailed);
  const std::string key = first[0].key;
  const Batch removed = {{key, nullptr}};
  EXPECT_EQ(told(Batches{later}), std::vector<std::string>{key});
  EXPECT_EQ(told(Batches{first}), std::vector<std::string>{key + "+plan"});
  EXPECT_EQ(told(Batches{first, later}), std::vector<std::string>{key + "+plan"});
  EXPECT_EQ(told(Batches{removed, later}), std::vector<std::string>{key + "+plan"});
  EXPECT_EQ(told(Batches{first, removed}), std::vector<std::string>{"-" + key});
  EXPECT_EQ(told(Batches{first, update(1, 1, UpdateState::kFailed)}),
            (std::vector<std::string>{key + "+plan", "update/command-00001/00000001"}));
}

}  // namespace
}  // namespace squall::agent
