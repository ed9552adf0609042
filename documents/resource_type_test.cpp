#include "documents/resource_type.h"

#include <gtest/gtest.h>

#include "documents/generic_types.h"

namespace squall {
namespace {

// Shows: every kind of field has a text that reads back, and other texts are refused with what is
// known.
TEST(FieldKind, HasATextThatReadsBack) {
  for (const FieldKind kind :
       {FieldKind::kText, FieldKind::kNumber, FieldKind::kBoolean, FieldKind::kTexts,
        FieldKind::kObject, FieldKind::kObjects, FieldKind::kReference, FieldKind::kReferences}) {
    const Result<FieldKind> read = parse_field_kind(to_string(kind));
    ASSERT_TRUE(read.has_value()) << to_string(kind);
    EXPECT_EQ(*read, kind);
  }
  const Result<FieldKind> unknown = parse_field_kind("colour");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_NE(unknown.error().message.find("\"references\""), std::string::npos);
}

// Shows: types are found by their schema's name, and their schemas keep the order.
TEST(ResourceType, IsFoundByName) {
  std::vector<ResourceType> types;
  for (const Schema& schema : generic_types()) {
    types.emplace_back();
    types.back().schema = schema;
  }
  ASSERT_NE(find_type(types, kGenericChild), nullptr);
  EXPECT_EQ(find_type(types, kGenericChild)->schema.parent, kGenericResource);
  EXPECT_EQ(find_type(types, "Test::Generic::Nothing"), nullptr);
  EXPECT_EQ(schemas_of(types), generic_types());
}

}  // namespace
}  // namespace squall
