#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::monotonic_states_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using enum CommandState;

std::vector<std::string> found(const RecordBuilder& b) {
  return kinds(b.record, "monotonic-states");
}

RecordBuilder ended() {
  RecordBuilder b;
  b.accept("c1", RecordBuilder::replacement("vpc-1"));
  b.end("c1", "vpc-1", UpdateState::kSuccess, "", UpdateOperation::kDelete);
  b.end("c1", "vpc-1", UpdateState::kFailed, "", UpdateOperation::kCreate);
  return b;
}

// Shows: terminal is for ever, for commands and for each of their updates.
TEST(MonotonicStates, SeesAStateThatChangesAfterTheEnd) {
  EXPECT_THAT(found(ended()), IsEmpty());

  RecordBuilder command = ended();
  command.record.commands["c1"].states = {kSuccess, kInProgress, kSuccess};
  EXPECT_THAT(found(command), ElementsAre("changed-after-end"));

  RecordBuilder update = ended();
  update.record.claims.front().view.state = UpdateState::kFailed;
  EXPECT_THAT(found(update), ElementsAre("changed-after-end"));
}

// Shows: what has begun does not go back to its start.
TEST(MonotonicStates, SeesAStateThatGoesBack) {
  RecordBuilder b = ended();
  b.record.commands["c1"].states = {kNotStarted, kInProgress, kFailed};
  EXPECT_THAT(found(b), IsEmpty());
  b.record.commands["c1"].states = {kInProgress, kNotStarted, kFailed};
  EXPECT_THAT(found(b), ElementsAre("went-back"));
}

// Shows: an outcome that a restart took back is one finding, however much of the command it shook.
TEST(MonotonicStates, SeesAnOutcomeUndoneByARestart) {
  RecordBuilder b = ended();
  b.record.commands["c1"].undone = kInProgress;
  b.record.commands["c1"].states.push_back(kInProgress);
  b.view_of("c1", "vpc-1").state = UpdateState::kInProgress;
  EXPECT_THAT(found(b), ElementsAre("undone-by-restart"));
}

}  // namespace
}  // namespace squall::invariants::monotonic_states_test
