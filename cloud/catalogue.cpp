#include "cloud/catalogue.h"

#include <utility>

#include "base/check.h"
#include "cloud/type_reader.h"
#include "documents/generic_types.h"

namespace squall::cloud {

namespace {

FieldShape shape(std::string path, FieldKind kind, bool optional = true) {
  FieldShape out;
  out.path = std::move(path);
  out.kind = kind;
  out.optional = optional;
  return out;
}

FieldShape parent_shape(const Schema& schema, const ParentMapping& mapping) {
  FieldShape out = shape(mapping.child_property, FieldKind::kReference,
                         !schema.hint(mapping.child_property).required);
  out.refers_to = schema.parent;
  out.property = mapping.parent_property;
  return out;
}

ResourceType plain_type(const Schema& schema) {
  ResourceType type;
  type.schema = schema;
  for (const ParentMapping& mapping : schema.parent_mappings) {
    type.shapes.push_back(parent_shape(schema, mapping));
  }
  return type;
}

ResourceType generic_type(const Schema& schema) {
  ResourceType type = plain_type(schema);
  type.shapes.push_back(shape("Value", FieldKind::kText));
  if (schema.type != kGenericResource) return type;
  type.shapes.push_back(shape("SetTags", FieldKind::kTexts));
  type.shapes.push_back(shape("EntityTags", FieldKind::kObjects));
  type.shapes.push_back(shape("EntityTags.Key", FieldKind::kText, false));
  type.shapes.push_back(shape("EntityTags.Value", FieldKind::kText));
  type.shapes.push_back(shape("OrderedItems", FieldKind::kTexts));
  return type;
}

std::vector<ResourceType> make_built_in_types() {
  std::vector<ResourceType> types;
  for (const Schema& schema : generic_types()) types.push_back(generic_type(schema));
  Result<std::vector<ResourceType>> network =
      read_types(std::string(network_toml()), "cloud/catalogue/network.toml", types);
  SQUALL_CHECK(network.has_value());
  for (ResourceType& type : *network) types.push_back(std::move(type));
  return types;
}

}  // namespace

const std::vector<ResourceType>& built_in_types() {
  static const std::vector<ResourceType> kTypes = make_built_in_types();
  return kTypes;
}

Result<std::vector<ResourceType>> load_types(const std::string& toml_text,
                                             std::string_view origin) {
  return read_types(toml_text, origin, built_in_types());
}

std::shared_ptr<const Catalogue> catalogue_of(std::vector<ResourceType> types) {
  Catalogue catalogue;
  catalogue.schemas = schemas_of(types);
  catalogue.types = std::move(types);
  return std::make_shared<const Catalogue>(std::move(catalogue));
}

std::shared_ptr<const Catalogue> catalogue_of(const std::vector<Schema>& schemas) {
  std::vector<ResourceType> types;
  types.reserve(schemas.size());
  for (const Schema& schema : schemas) types.push_back(plain_type(schema));
  return catalogue_of(std::move(types));
}

}  // namespace squall::cloud
