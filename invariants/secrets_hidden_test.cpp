#include <gmock/gmock.h>

#include "invariants/record_builder.h"

namespace squall::invariants::secrets_hidden_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using B = RecordBuilder;

std::vector<std::string> found(const RecordBuilder& b) { return kinds(b.record, "secrets-hidden"); }

RecordBuilder with_secret(const std::string& value) {
  RecordBuilder b;
  b.record.secrets = {"s3cret-1", "x"};
  b.show("vpc-1", "net-1", named("vpc-1", value));
  b.checkpoint();
  return b;
}

// Shows: a secret in a row, as a whole or as part of a text; a short one counts as a whole only.
TEST(SecretsHidden, LooksThroughTheInventory) {
  EXPECT_THAT(found(with_secret("a")), IsEmpty());
  EXPECT_THAT(found(with_secret("s3cret-1")), ElementsAre("in-inventory"));
  EXPECT_THAT(found(with_secret("user:s3cret-1@host")), ElementsAre("in-inventory"));
  EXPECT_THAT(found(with_secret("x")), ElementsAre("in-inventory"));
  EXPECT_THAT(found(with_secret("xy")), IsEmpty());

  RecordBuilder nested = with_secret("a");
  nested.record.checkpoints[0].inventory[0].properties.set(
      "EntityTags", JsonArray{JsonObject{{"Key", "s3cret-1"}}});
  EXPECT_THAT(found(nested), ElementsAre("in-inventory"));
}

// Shows: a secret in the words of an update or of a rejection, and one that lies in the store.
TEST(SecretsHidden, LooksThroughWordsAndTheStore) {
  RecordBuilder status = with_secret("a");
  status.accept("c1", {B::create("vpc-2")});
  status.view_of("c1", "vpc-2").error = "cannot use s3cret-1";
  EXPECT_THAT(found(status), ElementsAre("in-status"));

  RecordBuilder answer = with_secret("a");
  answer.submit(spec::Refused{}, Rejection{RejectionType::kInvalidForma, "s3cret-1 is no number"});
  EXPECT_THAT(found(answer), ElementsAre("in-answer"));

  RecordBuilder store = with_secret("a");
  store.record.store_leaks = {"the intent of vpc-1"};
  EXPECT_THAT(found(store), ElementsAre("in-store"));
}

}  // namespace
}  // namespace squall::invariants::secrets_hidden_test
