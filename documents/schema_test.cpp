#include "documents/schema.h"

#include <gtest/gtest.h>

#include "documents/generic_types.h"

namespace squall {
namespace {

// Shows: every built-in type survives the way to JSON and back.
TEST(Schema, RoundTrips) {
  for (const Schema& schema : generic_types()) {
    const Result<Schema> back = parse_schema(to_json(schema));
    ASSERT_TRUE(back.has_value()) << back.error().message;
    EXPECT_EQ(*back, schema);
  }
}

// Shows: hints of every kind survive, also for a nested path.
TEST(Schema, RoundTripsEveryHint) {
  Schema schema;
  schema.type = "A::B::C";
  schema.fields = {"x"};
  FieldHint& hint = schema.hints["x.y"];
  hint.create_only = hint.write_only = hint.required = hint.required_on_create = true;
  hint.required_on_update = hint.has_provider_default = hint.opaque = true;
  hint.edge = EdgeKind::kRuntimeDependency;
  hint.update_method = UpdateMethod::kEntitySet;
  hint.index_field = "Key";
  hint.format = "json";
  schema.extractable = schema.portable = false;
  const Result<Schema> back = parse_schema(to_json(schema));
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(*back, schema);
}

// Shows: a malformed schema is refused with the path of what is wrong.
TEST(Schema, NamesThePathOfAnError) {
  const auto error = [](std::string_view text) {
    const Result<Schema> schema = parse_schema(*parse_json(text));
    return schema ? std::string("no error") : schema.error().message;
  };
  EXPECT_EQ(error(R"({"Fields":[]})"), "$: has no member \"Type\", which it must have");
  EXPECT_EQ(error(R"({"Type":"T","Fields":["a",1]})"),
            "$.Fields[1]: must be a text, and is a number");
  EXPECT_EQ(error(R"({"Type":"T","Fields":["a","a"]})"),
            "$.Fields[1]: names a field a second time");
  EXPECT_EQ(error(R"({"Type":"T","Fields":[],"Hints":{"a":{"CreateOnly":1}}})"),
            "$.Hints.a.CreateOnly: must be a boolean, and is a number");
  EXPECT_EQ(error(R"({"Type":"T","Fields":[],"Hints":{"a":{"UpdateMethod":"EntitySet"}}})"),
            "$.Hints.a: is an EntitySet and must name its IndexField");
  EXPECT_NE(error(R"({"Type":"T","Fields":[],"Hints":{"a":{"EdgeKind":"x"}}})").find("attachesTo"),
            std::string::npos);
}

// Shows: a path without a hint has the default one, and an empty update method means Set.
TEST(Schema, HasDefaultHints) {
  const Schema schema = *parse_schema(
      *parse_json(R"({"Type":"T","Fields":["a"],"Hints":{"a":{"UpdateMethod":""}}})"));
  EXPECT_EQ(schema.hint("a"), FieldHint());
  EXPECT_EQ(schema.hint("b"), FieldHint());
  EXPECT_TRUE(schema.is_field("a"));
  EXPECT_FALSE(schema.is_field("b"));
}

// Shows: the facts of the built-in family that generators and engines count on.
TEST(GenericTypes, AreAsDescribed) {
  const Schema* resource = find_schema(generic_types(), kGenericResource);
  ASSERT_NE(resource, nullptr);
  EXPECT_TRUE(resource->hint("Name").required);
  EXPECT_TRUE(resource->hint("Name").create_only);
  EXPECT_EQ(resource->hint("EntityTags").index_field, "Key");
  EXPECT_EQ(resource->hint("OrderedItems").update_method, UpdateMethod::kArray);
  EXPECT_FALSE(resource->is_field("Id"));
  EXPECT_EQ(resource->identifier, "Id");

  const Schema* grandchild = find_schema(generic_types(), kGenericGrandchild);
  ASSERT_NE(grandchild, nullptr);
  EXPECT_EQ(grandchild->parent, kGenericChild);
  EXPECT_EQ(grandchild->parent_mappings, (std::vector<ParentMapping>{{"Name", "ParentId"}}));
  EXPECT_TRUE(grandchild->hint("ParentId").create_only);
  EXPECT_EQ(find_schema(generic_types(), "Test::Generic::Nothing"), nullptr);
}

// Shows: the namespace is the first part of a type.
TEST(Schema, KnowsTheNamespace) {
  EXPECT_EQ(namespace_of("Test::Generic::Resource"), "Test");
  EXPECT_EQ(namespace_of("Alone"), "Alone");
}

}  // namespace
}  // namespace squall
