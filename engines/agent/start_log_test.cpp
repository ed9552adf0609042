#include "engines/agent/start_log.h"

#include <gtest/gtest.h>

namespace squall::engines {
namespace {

ResourceUpdateView update_of(const std::string& label, UpdateState state) {
  ResourceUpdateView out;
  out.identity = {"web", label, "Test::Generic::Resource"};
  out.operation = UpdateOperation::kCreate;
  out.state = state;
  return out;
}

// Shows: what the log of the start does not have had not begun by then, whatever it is now; lines
// that are no log, or of something else, or cut off, are passed over.
TEST(AsFound, TakesBackWhatHasBegunSince) {
  CommandView command;
  command.id = "c-1";
  command.updates = {update_of("a", UpdateState::kInProgress),
                     update_of("b", UpdateState::kInProgress),
                     update_of("c", UpdateState::kSuccess)};
  const std::string log =
      "no JSON\n"
      R"({"time":"…","level":"info","event":"listening","port":1})"
      "\n"
      R"({"event":"command-goes-on","command":"c-0","begun":[{"stack":"web","label":"b",)"
      R"("type":"Test::Generic::Resource","operation":"create"}]})"
      "\n"
      R"({"event":"command-goes-on","command":"c-1","begun":[{"stack":"web","label":"a",)"
      R"("type":"Test::Generic::Resource","operation":"create"}]})"
      "\n"
      R"({"event":"command-goes-on","command":"c-1","begun":[{"stack":"web","la)";
  const std::vector<CommandView> found = as_found({command}, log);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().updates[0].state, UpdateState::kInProgress);
  EXPECT_EQ(found.front().updates[1].state, UpdateState::kNotStarted);
  EXPECT_EQ(found.front().updates[2].state, UpdateState::kSuccess);
}

}  // namespace
}  // namespace squall::engines
