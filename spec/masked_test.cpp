#include "spec/masked.h"

#include <gtest/gtest.h>

#include "spec/test_world.h"

namespace squall::spec::masked_test {
namespace {

TEST(Masked, HidesOpaqueValuesAsAWhole) {
  // On the top level and nested, whatever they are; all else, and what is empty, stays.
  EXPECT_EQ(masked(object("{'Name':'n','Pin':'1234','Settings':{'Level':1,'Pin':{'a':['b']}},"
                          "'Labels':['x']}"),
                   box_schema()),
            object("{'Name':'n','Pin':{'$opaque':true},'Labels':['x'],"
                   "'Settings':{'Level':1,'Pin':{'$opaque':true}}}"));
  const JsonObject empty = object("{'Pin':null,'Settings':{'Pin':[]}}");
  EXPECT_EQ(masked(empty, box_schema()), empty);
  const JsonObject hidden = object("{'Pin':{'$opaque':true}}");
  EXPECT_EQ(masked(hidden, box_schema()), hidden);
}

TEST(Masked, HidesMembersOfElements) {
  // A hint for a member of a collection's elements reaches each of them.
  Schema schema = box_schema();
  schema.hints["Rules.Token"].opaque = true;
  EXPECT_EQ(masked(object("{'Rules':[{'Id':1,'Token':'a'},{'Id':2}]}"), schema),
            object("{'Rules':[{'Id':1,'Token':{'$opaque':true}},{'Id':2}]}"));
}

TEST(Masked, LeavesReferencesButNotWhatTheyStandFor) {
  // Whom a secret comes from is no secret.
  const Json reference = reference_to(id("p", "s", kBox), "Pin");
  EXPECT_EQ(masked({{"Pin", reference}}, box_schema()), (JsonObject{{"Pin", reference}}));
  Json with_value = reference;
  with_value.as_object()["$value"] = "1234";
  Json hidden = reference;
  hidden.as_object()["$value"] = JsonObject{{"$opaque", true}};
  EXPECT_EQ(masked({{"Pin", with_value}}, box_schema()), (JsonObject{{"Pin", hidden}}));
}

}  // namespace
}  // namespace squall::spec::masked_test
