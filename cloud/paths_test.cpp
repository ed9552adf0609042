#include "cloud/paths.h"

#include <gtest/gtest.h>

#include "cloud/test_requests.h"

namespace squall::cloud {
namespace {

using testing::object;

std::string seen(const JsonObject& document, std::string_view path) {
  std::string out;
  visit_values(document, path, [&](const Json& value) { out += canonical(value) + " "; });
  return out;
}

// Shows: a path leads into objects and into every element of a collection, a key with a dot is
// one key, and a path that leads nowhere visits nothing.
TEST(Paths, LeadToValues) {
  const JsonObject document = object(
      R"({"A":{"B":1,"C.D":2},"L":[{"R":"x"},{"S":0},{"R":["y","z"]}],"team.name":"t","N":["p"]})");
  EXPECT_EQ(seen(document, "A.B"), "1 ");
  EXPECT_EQ(seen(document, "A.C.D"), "2 ");
  EXPECT_EQ(seen(document, "L.R"), R"("x" "y" "z" )");
  EXPECT_EQ(seen(document, "team.name"), R"("t" )");
  EXPECT_EQ(seen(document, "N"), R"("p" )");
  EXPECT_EQ(seen(document, "A.X"), "");
  EXPECT_EQ(seen(document, "team.colour"), "");
  EXPECT_EQ(value_at(document, "A.B")->as_int64(), 1);
  EXPECT_EQ(value_at(document, "L.R"), nullptr);
}

// Shows: what a path leads to can be changed and taken away, everywhere.
TEST(Paths, LeadToWhatChanges) {
  JsonObject document = object(R"({"A":{"B":"X"},"L":[{"R":"Y","S":1},{"R":"Z"}]})");
  edit_values(document, "A.B", [](Json& value) { value = "x"; });
  erase_values(document, "L.R");
  EXPECT_EQ(canonical(document), R"({"A":{"B":"x"},"L":[{"S":1},{}]})");
}

// Shows: a member is as fixed as the field it is in, and its edge is that of the field.
TEST(Paths, HintsGoForMembers) {
  Schema schema;
  schema.hints["A"].create_only = true;
  schema.hints["L"].edge = EdgeKind::kAttachesTo;
  schema.hints["S.Zone"].create_only = true;
  EXPECT_TRUE(is_create_only(schema, "A.B"));
  EXPECT_TRUE(is_create_only(schema, "S.Zone"));
  EXPECT_FALSE(is_create_only(schema, "S"));
  EXPECT_EQ(edge_at(schema, "L.R"), EdgeKind::kAttachesTo);
  EXPECT_EQ(edge_at(schema, "A.B"), EdgeKind::kDefault);
}

}  // namespace
}  // namespace squall::cloud
