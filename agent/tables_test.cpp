#include "agent/tables.h"

#include <gmock/gmock.h>

namespace squall::agent {
namespace {

ResourceUpdateView update(UpdateOperation operation, std::string_view label, UpdateState state) {
  ResourceUpdateView out;
  out.operation = operation;
  out.identity = {"web", label, "Test::Generic::Resource"};
  out.state = state;
  return out;
}

CommandView command() {
  CommandView out;
  out.id = "2abc";
  out.kind = CommandKind::kApply;
  out.mode = Mode::kReconcile;
  out.state = CommandState::kFailed;
  out.updates = {update(UpdateOperation::kCreate, "one", UpdateState::kFailed),
                 update(UpdateOperation::kDelete, "another-one", UpdateState::kRejected)};
  out.updates[0].error = "the cloud says\n\x1b[31mno";
  out.updates[1].because_of = ResourceIdentity{"web", "one", "Net"};
  return out;
}

// Shows: a command is told with its updates, one line each whatever a provider's message holds.
TEST(Tables, TellsACommand) {
  EXPECT_EQ(table_of(command()),
            R"(apply reconcile 2abc: Failed
OPERATION  STACK  LABEL        TYPE                     STATE
create     web    one          Test::Generic::Resource  Failed    the cloud says  [31mno
delete     web    another-one  Test::Generic::Resource  Rejected  because of web/one (Net)
)");
  CommandView empty = command();
  empty.updates.clear();
  empty.kind = CommandKind::kSync;
  EXPECT_EQ(table_of(empty), "sync 2abc: Failed\n");
}

// Shows: several commands are one line each; none is said in words.
TEST(Tables, ListsCommands) {
  CommandView sync;
  sync.id = "2abcd";
  sync.kind = CommandKind::kSync;
  sync.source = Source::kSynchronizer;
  sync.state = CommandState::kSuccess;
  EXPECT_EQ(
      table_of(std::vector<CommandView>{command(), sync}),
      R"(COMMAND  KIND   MODE       SOURCE        STATE    STARTED                      UPDATES
2abc     apply  reconcile  user          Failed   1970-01-01T00:00:00.000000Z  2
2abcd    sync              synchronizer  Success  1970-01-01T00:00:00.000000Z  0
)");
  EXPECT_EQ(table_of(std::vector<CommandView>()), "no command yet\n");
}

// Shows: columns stay columns also where labels have letters of more than one byte.
TEST(Tables, ListsTheInventory) {
  InventoryRow one;
  one.identity = {"web", "größe", "Test::Generic::Resource"};
  one.native_id = "generic-1";
  InventoryRow two = one;
  two.identity = {"web", "b", "Test::Generic::Resource"};
  two.native_id = "";
  two.unsettled = true;
  EXPECT_EQ(table_of(std::vector<InventoryRow>{one, two}),
            R"(STACK  LABEL  TYPE                     NATIVE ID
web    größe  Test::Generic::Resource  generic-1
web    b      Test::Generic::Resource             unsettled
)");
  EXPECT_EQ(table_of(std::vector<InventoryRow>()), "the inventory is empty\n");
}

// Shows: what a request was answered, in words.
TEST(Tables, TellsAnswers) {
  EXPECT_EQ(words_of(Accepted{"2abc"}), "accepted as 2abc\n");
  EXPECT_EQ(words_of(NothingToDo()), "nothing to do\n");
  EXPECT_EQ(words_of(Rejection{RejectionType::kConflictingCommands, "2abc is\nat work"}),
            "refused, ConflictingCommands: 2abc is at work\n");
  Simulated simulated;
  simulated.updates = {update(UpdateOperation::kUpdate, "one", UpdateState::kNotStarted)};
  EXPECT_EQ(words_of(simulated), R"(would do:
OPERATION  STACK  LABEL  TYPE                     STATE
update     web    one    Test::Generic::Resource  NotStarted
)");
}

}  // namespace
}  // namespace squall::agent
