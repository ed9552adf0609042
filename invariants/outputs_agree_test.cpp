#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::outputs_agree_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class OutputsAgree : public testing::Test {
 protected:
  OutputsAgree() {
    b.now.expected_outputs.emplace();
    b.now.expected_outputs->values = {{"o", {Json("x"), false}}, {"s", {Json("y"), true}}};
    b.now.outputs.stored = b.now.expected_outputs->values;
    b.now.outputs.told = {{"o", {Json("x"), false}}, {"s", {std::nullopt, true}}};
  }
  std::vector<std::string> found() {
    b.checkpoint();
    return kinds(b.record, "outputs-agree");
  }

  RecordBuilder b;
};

// Shows: the right values, and a sensitive one kept back, are as they should be.
TEST_F(OutputsAgree, LetsRightOnesBe) { EXPECT_THAT(found(), IsEmpty()); }

// Shows: one that is not there, and one too many; but for where nobody knows of the others.
TEST_F(OutputsAgree, SeesWhichThereAre) {
  b.now.outputs.told.reset();
  b.now.outputs.stored.erase("o");
  b.now.outputs.stored["other"] = {Json("z"), false};
  EXPECT_THAT(found(), ElementsAre("missing", "unexpected"));
  b.record.checkpoints.clear();
  b.now.expected_outputs->others_are_open = true;
  EXPECT_THAT(found(), ElementsAre("missing"));
}

// Shows: another value, and another sensitivity than declared.
TEST_F(OutputsAgree, SeesWhatTheyAre) {
  b.now.outputs.told.reset();
  b.now.outputs.stored["o"].value = "z";
  b.now.outputs.stored["s"].is_sensitive = false;
  EXPECT_THAT(found(), ElementsAre("wrong-value", "wrong-sensitivity"));
}

// Shows: what is told is what is there, and what is sensitive is not told.
TEST_F(OutputsAgree, SeesWhatIsTold) {
  b.now.outputs.told->at("o").value = "z";
  EXPECT_THAT(found(), ElementsAre("told-otherwise"));
  b.record.checkpoints.clear();
  b.now.outputs.told = {{"s", {Json("y"), true}}};
  EXPECT_THAT(found(), ElementsAre("not-kept-back", "told-otherwise"));
}

// Shows: an engine without outputs is asked for none.
TEST_F(OutputsAgree, AsksOnlyWhoHasAny) {
  b.now.expected_outputs.reset();
  b.now.outputs = {};
  EXPECT_THAT(found(), IsEmpty());
}

}  // namespace
}  // namespace squall::invariants::outputs_agree_test
