#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::import_honoured_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class ImportHonoured : public testing::Test {
 protected:
  ImportHonoured() { b.record.traits.imports = true; }

  void forgotten_at_checkpoint(uint64_t log_end) {
    b.now.forgotten[RecordBuilder::id("vpc-1")].native_id = "net-1";
    b.checkpoint().log_end = log_end;
  }
  void logs(uint64_t sequence, cloud::LogPhase phase, cloud::Effect effect) {
    cloud::LogRecord record;
    record.sequence = sequence;
    record.phase = phase;
    record.change.emplace();
    record.change->effect = effect;
    record.change->native_id = "net-1";
    b.record.log.push_back(std::move(record));
  }
  suite::Submission& imports(const std::string& id) {
    suite::Submission& out = b.submit(spec::NothingPlanned{}, NothingToDo{});
    out.request.forma.resources.push_back(
        {RecordBuilder::id("vpc-1"), "target-0", JsonObject(), {}, id});
    return out;
  }

  RecordBuilder b;
};

// Shows: what the engine does to an object that it was to forget is said; what others do, or what
// came before, is not.
TEST_F(ImportHonoured, AForgottenObjectIsLeftAlone) {
  logs(1, cloud::LogPhase::kExecuted, cloud::Effect::kUpdated);
  forgotten_at_checkpoint(1);
  logs(2, cloud::LogPhase::kExecuted, cloud::Effect::kNone);
  logs(3, cloud::LogPhase::kChanged, cloud::Effect::kDeleted);
  forgotten_at_checkpoint(3);
  EXPECT_THAT(kinds(b.record, "import-honoured"), IsEmpty());
  logs(4, cloud::LogPhase::kExecuted, cloud::Effect::kDeleted);
  forgotten_at_checkpoint(4);
  EXPECT_THAT(kinds(b.record, "import-honoured"), ElementsAre("forgotten-object-touched"));
}

// Shows: what is imported is the object that was named.
TEST_F(ImportHonoured, TheNamedObjectIsImported) {
  imports("net-1");
  b.show("vpc-1", "net-1", named("vpc-1"));
  b.checkpoint();
  EXPECT_THAT(kinds(b.record, "import-honoured"), IsEmpty());
  b.now.inventory.front().native_id = "net-2";
  b.record.checkpoints.clear();
  b.checkpoint();
  EXPECT_THAT(kinds(b.record, "import-honoured"), ElementsAre("other-object-imported"));
}

TEST_F(ImportHonoured, SomethingIsImported) {
  imports("net-1");
  b.checkpoint();
  EXPECT_THAT(kinds(b.record, "import-honoured"), ElementsAre("other-object-imported"));
}

// Shows: what only plans, or is refused, imports nothing; what is replaced becomes another object.
TEST_F(ImportHonoured, NotEveryImportIsCarriedOut) {
  imports("net-1").request.simulate = true;
  imports("net-1").reply = Rejection{RejectionType::kProviderFailed, ""};
  spec::Plan plan;
  plan.updates = RecordBuilder::replacement("vpc-1");
  imports("net-1").predicted = std::move(plan);
  b.checkpoint();
  EXPECT_THAT(kinds(b.record, "import-honoured"), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::import_honoured_test
