#include "documents/generic_types.h"

#include <algorithm>
#include <utility>

namespace squall {

namespace {

FieldHint fixed_at_creation() {
  FieldHint hint;
  hint.create_only = true;
  hint.required = true;
  return hint;
}

FieldHint collection(UpdateMethod method, std::string index_field = "") {
  FieldHint hint;
  hint.update_method = method;
  hint.index_field = std::move(index_field);
  return hint;
}

Schema generic_resource() {
  Schema schema;
  schema.type = kGenericResource;
  schema.identifier = "Id";
  schema.fields = {"Name", "Value", "SetTags", "EntityTags", "OrderedItems"};
  schema.hints = {{"Name", fixed_at_creation()},
                  {"SetTags", collection(UpdateMethod::kSet)},
                  {"EntityTags", collection(UpdateMethod::kEntitySet, "Key")},
                  {"OrderedItems", collection(UpdateMethod::kArray)}};
  schema.discoverable = true;
  return schema;
}

Schema generic_child(std::string_view type, std::string_view parent) {
  Schema schema;
  schema.type = type;
  schema.identifier = "Id";
  schema.fields = {"Name", "ParentId", "Value"};
  schema.hints = {{"Name", fixed_at_creation()}, {"ParentId", fixed_at_creation()}};
  schema.discoverable = true;
  schema.parent = parent;
  schema.parent_mappings = {{"Name", "ParentId"}};
  return schema;
}

}  // namespace

const std::vector<Schema>& generic_types() {
  static const std::vector<Schema> kTypes = {
      generic_resource(),
      generic_child(kGenericChild, kGenericResource),
      generic_child(kGenericGrandchild, kGenericChild),
  };
  return kTypes;
}

const Schema* find_schema(const std::vector<Schema>& types, std::string_view type) {
  const auto found = std::find_if(types.begin(), types.end(),
                                  [type](const Schema& schema) { return schema.type == type; });
  return found == types.end() ? nullptr : &*found;
}

}  // namespace squall
