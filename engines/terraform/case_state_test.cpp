#include "engines/terraform/case_state.h"

#include "engines/terraform/real_cli_test.h"

namespace squall::terraform {
namespace {

using testing::Each;
using testing::IsEmpty;
using testing::Not;

// Shows: the marks that a campaign must reach can be reached with the faults that the traits offer.
TEST(HttpStateMarks, CanAllBeReached) {
  std::map<std::string, uint64_t> marks = {{"lock-left-held", 1}, {"errored-state-pushed", 1}};
  for (const StoreFault& fault : faults_of_http_state())
    note_marks_of({.call = fault.operation, .fault = fault.kind}, marks);
  for (const std::string_view mark : marks_of_http_state())
    EXPECT_TRUE(marks.contains(std::string(mark))) << mark;
}

class CaseStateTest : public RealCliTest {
 protected:
  void SetUp() override {
    RealCliTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    auto opened = shared.open(cli(), area());
    ASSERT_TRUE(opened) << opened.error().message;
    backend = *opened;
    auto made = CaseState::in_backend(*backend, shared.init_record(), options.directory);
    ASSERT_TRUE(made) << made.error().message;
    state = std::move(*made);
    Configuration configuration;
    configuration.backend = state.configuration();
    configuration.root.resources = {data("a", {{"input", 1}})};
    configure(configuration);
    options.environment = state.environment("first");
  }

  SharedBackend shared;
  StateBackend* backend = nullptr;
  CaseState state;
};

// Shows: a run in a directory that nobody initialised keeps its state in the backend, and every
// call of it is there with its run.
TEST_F(CaseStateTest, LiesInTheBackend) {
  EXPECT_EQ(state.read(), std::nullopt);
  EXPECT_EQ(state.mend(), std::nullopt);
  succeed(command::apply());
  state.end_run();
  ASSERT_TRUE(state.read());
  EXPECT_EQ(state.read()->managed_objects(), 1U);
  EXPECT_FALSE(std::filesystem::exists(path("terraform.tfstate")));
  EXPECT_EQ(state.mend(), std::nullopt);
  const std::vector<StoreCall> calls = state.calls(0);
  ASSERT_THAT(calls, Not(IsEmpty()));
  EXPECT_THAT(calls, Each(testing::Field(&StoreCall::run, "first")));
  EXPECT_EQ(state.calls(calls.size() - 1).size(), 1U);
}

// Shows: what the backend's text must not become is found, and put back as it was.
TEST_F(CaseStateTest, IsMendedThere) {
  succeed(command::apply());
  ASSERT_EQ(state.mend(), std::nullopt);
  const std::string name = std::filesystem::path(options.directory).filename().string();
  const std::string text = backend->state(name);
  const std::map<std::string, StoreDamage> damages = {
      {"", StoreDamage::kEmptied},
      {"garbage", StoreDamage::kUnreadable},
  };
  for (const auto& [becomes, damage] : damages) {
    backend->set_state(name, becomes);
    const std::optional<StoreFinding> found = state.mend();
    ASSERT_TRUE(found) << becomes;
    EXPECT_EQ(found->damage, damage);
    EXPECT_EQ(backend->state(name), text);
  }
}

// Shows: faults are for one run; what a run could not save lies beside it.
TEST_F(CaseStateTest, StrikesOneRun) {
  state.begin_run({{StoreOperation::kWrite, StoreFaultKind::kFails}});
  EXPECT_TRUE(run(command::apply()).rejected_as(Rejection::kStateSaveFailed));
  state.end_run();
  ASSERT_TRUE(state.left_over());
  EXPECT_EQ(trouble_of(state.calls(0)), StoreTrouble::kSaveFailed);
  options.environment = state.environment("second");
  succeed(command::state_push(*state.left_over()));
  EXPECT_EQ(state.read()->managed_objects(), 1U);
}

// Shows: the state of a case is gone with it.
TEST_F(CaseStateTest, IsGoneWithTheCase) {
  succeed(command::apply());
  state = {};
  EXPECT_FALSE(run(command::plan("")).succeeded());
  EXPECT_EQ(backend->strangers(), 1U);
}

class WorkspaceTest : public RealCliTest {
 protected:
  // The last run's; elsewhere: not where the case is at work.
  void apply(bool elsewhere, int64_t input) {
    Configuration configuration;
    configuration.root.resources = {data("a", {{"input", input}})};
    configure(configuration);
    options.environment.clear();
    if (elsewhere) options.environment["TF_WORKSPACE"] = state.other_workspace();
    succeed(command::apply());
  }

  CaseState state;
};

// Shows: in whichever workspace a case is at work, its state is looked for there; what a run in
// another one leaves is that one's, and a run that leaves something where it has no business is
// told, and its traces removed.
TEST_F(WorkspaceTest, HaveStatesOfTheirOwn) {
  for (const std::string workspace : {"work", ""}) {
    state = CaseState::local(options.directory, workspace);
    if (!workspace.empty()) succeed(command::workspace_new(workspace));
    apply(false, 1);
    EXPECT_EQ(state.mend(), std::nullopt);
    ASSERT_TRUE(state.read());
    EXPECT_EQ(state.read()->managed_objects(), 1U);
    state.begin_visit();
    apply(true, 2);
    state.end_visit();
    EXPECT_EQ(state.mend(), std::nullopt) << "it worked elsewhere";
    apply(true, 3);
    const std::optional<StoreFinding> mixed_up = state.mend();
    ASSERT_TRUE(mixed_up) << "no visit";
    EXPECT_EQ(mixed_up->damage, StoreDamage::kMixedUp);
    EXPECT_EQ(state.mend(), std::nullopt);
    state.begin_visit();
    apply(false, 4);
    state.end_visit();
    ASSERT_TRUE(state.mend()) << "a visit that never left";
    options.environment.clear();
    if (!workspace.empty()) succeed(command::workspace_select("default"));
    std::filesystem::remove(path("terraform.tfstate"));
  }
}

}  // namespace
}  // namespace squall::terraform
