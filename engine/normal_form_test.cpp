#include "engine/normal_form.h"

#include <gtest/gtest.h>

#include "engine/test_env.h"

namespace squall::engine::normal_form_test {
namespace {

Schema schema() {
  Schema out;
  out.type = "Test::Generic::Everything";
  out.fields = {"Scalar", "Object", "Set", "Entities", "Array", "Text", "Secret"};
  out.hints["Entities"].update_method = UpdateMethod::kEntitySet;
  out.hints["Entities"].index_field = "Key";
  out.hints["Array"].update_method = UpdateMethod::kArray;
  out.hints["Object.Ordered"].update_method = UpdateMethod::kArray;
  out.hints["Text"].format = "json";
  out.hints["Secret"].write_only = true;
  return out;
}

std::string normal(std::string_view document) {
  return canonical(normal_form(schema(), json(document).as_object()));
}
bool are_equal(std::string_view a, std::string_view b) {
  return equal(schema(), json(a).as_object(), json(b).as_object());
}
bool are_equal_as_read(std::string_view a, std::string_view b) {
  return equal_as_read(schema(), json(a).as_object(), json(b).as_object());
}

// Shows: members that say nothing are dropped, innermost first, and nothing is inside arrays.
TEST(NormalForm, DropsWhatSaysNothing) {
  EXPECT_EQ(normal(R"({"Scalar":null,"Set":[],"Object":{"A":{"B":null}}})"), "{}");
  EXPECT_EQ(normal(R"({"Object":{"A":null,"B":0,"C":""}})"), R"({"Object":{"B":0,"C":""}})");
  EXPECT_EQ(normal(R"({"Array":[null,[],{"A":null}]})"), R"({"Array":[null,[],{"A":null}]})");
}

// Shows: a Set loses duplicates, of which the first stays; an array without a hint is a Set.
TEST(NormalForm, SetsLoseDuplicates) {
  EXPECT_EQ(normal(R"({"Set":["b","a","b"],"Array":["b","b"]})"),
            R"({"Array":["b","b"],"Set":["b","a"]})");
}

// Shows: the order of Sets and EntitySets does not count, that of Arrays does, also nested ones.
TEST(NormalForm, OrderCountsInArraysOnly) {
  EXPECT_TRUE(are_equal(R"({"Set":[1,2]})", R"({"Set":[2,1,2]})"));
  EXPECT_TRUE(are_equal(R"({"Entities":[{"Key":"a","V":[1,2]},{"Key":"b"}]})",
                        R"({"Entities":[{"Key":"b"},{"Key":"a","V":[2,1]}]})"));
  EXPECT_FALSE(are_equal(R"({"Array":[1,2]})", R"({"Array":[2,1]})"));
  EXPECT_TRUE(are_equal(R"({"Object":{"Loose":[1,2]}})", R"({"Object":{"Loose":[2,1]}})"));
  EXPECT_FALSE(are_equal(R"({"Object":{"Ordered":[1,2]}})", R"({"Object":{"Ordered":[2,1]}})"));
}

// Shows: texts with Format json are compared parsed, others as they are.
TEST(NormalForm, JsonTextsAreParsed) {
  EXPECT_TRUE(are_equal(R"({"Text":"{\"a\":1,\"b\":2}"})", R"({"Text":"{\"b\":2, \"a\":1}"})"));
  EXPECT_FALSE(are_equal(R"({"Text":"{\"a\":1}"})", R"({"Text":"{\"a\":2}"})"));
  EXPECT_FALSE(are_equal(R"({"Text":"{broken"})", R"({"Text":"{broken "})"));
  EXPECT_FALSE(are_equal(R"({"Scalar":"{\"a\":1}"})", R"({"Scalar":"{ \"a\":1}"})"));
}

// Shows: a reference is a scalar; nothing in it is dropped or sorted.
TEST(NormalForm, ReferencesAreScalars) {
  const std::string reference =
      R"({"$label":"a","$property":"","$res":true,"$stack":"s","$type":"T","X":null})";
  EXPECT_EQ(normal(R"({"Scalar":)" + reference + "}"), R"({"Scalar":)" + reference + "}");
  EXPECT_TRUE(holds_reference(json(R"({"A":[{"B":)" + reference + "}]}")));
  EXPECT_FALSE(holds_reference(json(R"({"A":[{"$res":false}]})")));
}

// Shows: against a read neither WriteOnly fields nor read-only properties count.
TEST(NormalForm, ReadsShowFieldsOnly) {
  EXPECT_TRUE(are_equal_as_read(R"({"Scalar":1,"Secret":"x"})", R"({"Scalar":1,"Id":"native"})"));
  EXPECT_FALSE(are_equal_as_read(R"({"Scalar":1})", R"({"Scalar":2})"));
  EXPECT_FALSE(are_equal(R"({"Scalar":1,"Secret":"x"})", R"({"Scalar":1})"));
}

}  // namespace
}  // namespace squall::engine::normal_form_test
