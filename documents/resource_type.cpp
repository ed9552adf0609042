#include "documents/resource_type.h"

#include <algorithm>

#include "documents/enum_text.h"

namespace squall {

namespace {

constexpr EnumTable<FieldKind, 8> kFieldKinds = {{
    {FieldKind::kText, "text"},
    {FieldKind::kNumber, "number"},
    {FieldKind::kBoolean, "boolean"},
    {FieldKind::kTexts, "texts"},
    {FieldKind::kObject, "object"},
    {FieldKind::kObjects, "objects"},
    {FieldKind::kReference, "reference"},
    {FieldKind::kReferences, "references"},
}};
static_assert(in_order(kFieldKinds));

}  // namespace

std::string_view to_string(FieldKind kind) { return text_in(kFieldKinds, kind); }

Result<FieldKind> parse_field_kind(std::string_view text) {
  return value_in(kFieldKinds, text, "kind of field");
}

const ResourceType* find_type(const std::vector<ResourceType>& types, std::string_view type) {
  const auto found = std::ranges::find_if(
      types, [type](const ResourceType& each) { return each.schema.type == type; });
  return found == types.end() ? nullptr : &*found;
}

std::vector<Schema> schemas_of(const std::vector<ResourceType>& types) {
  std::vector<Schema> schemas;
  schemas.reserve(types.size());
  for (const ResourceType& type : types) schemas.push_back(type.schema);
  return schemas;
}

}  // namespace squall
