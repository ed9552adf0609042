#include "provider/cloud_server/wire/cloud_messages.h"

#include <fmt/format.h>

#include <utility>

#include "provider/plugin/wire/messages.h"

namespace squall::cloud_server {

namespace {

namespace v1 = cloud::v1;

std::vector<std::string> texts_of(const google::protobuf::RepeatedPtrField<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

void write(const FieldShape& shape, v1::FieldShape* out) {
  out->set_path(shape.path);
  out->set_kind(std::string(to_string(shape.kind)));
  out->set_optional(shape.optional);
  out->set_refers_to(shape.refers_to);
  out->set_property(shape.property);
}

Result<FieldShape> read(const v1::FieldShape& message) {
  FieldShape out;
  out.path = message.path();
  TRY(out.kind, parse_field_kind(message.kind()));
  out.optional = message.optional();
  out.refers_to = message.refers_to();
  out.property = message.property();
  return out;
}

Result<ResourceType> read(const v1::ResourceType& message) {
  ResourceType out;
  TRY(const Json schema, parse_json(message.schema()));
  TRY(out.schema, parse_schema(schema));
  for (const v1::FieldShape& each : message.shapes()) {
    TRY(FieldShape shape, read(each));
    out.shapes.push_back(std::move(shape));
  }
  out.computed = texts_of(message.computed());
  TRY(const Document defaults, plugin::wire::read_document(message.defaults(), "defaults"));
  out.defaults = *defaults;
  out.lower_case = texts_of(message.lower_case());
  out.sorted = texts_of(message.sorted());
  out.updatable = message.updatable();
  out.id_is_name = message.id_is_name();
  return out;
}

}  // namespace

void write(const ResourceType& type, v1::ResourceType* out) {
  out->set_schema(one_line(to_json(type.schema)));
  for (const FieldShape& each : type.shapes) write(each, out->add_shapes());
  for (const std::string& each : type.computed) out->add_computed(each);
  out->set_defaults(plugin::wire::text_of_document(type.defaults));
  for (const std::string& each : type.lower_case) out->add_lower_case(each);
  for (const std::string& each : type.sorted) out->add_sorted(each);
  out->set_updatable(type.updatable);
  out->set_id_is_name(type.id_is_name);
}

Result<std::vector<ResourceType>> read(const v1::TypesResponse& message) {
  std::vector<ResourceType> out;
  for (const v1::ResourceType& each : message.types()) {
    Result<ResourceType> type = read(each);
    if (!type)
      return fail(fmt::format("its type number {}: {}", out.size() + 1, type.error().message));
    out.push_back(*std::move(type));
  }
  return out;
}

void write(const CloudTraits& traits, Instant now, v1::TraitsResponse* out) {
  provider::v1::Traits& shared = *out->mutable_traits();
  shared.set_create_tokens(traits.create_tokens);
  shared.set_versions(traits.versions);
  shared.set_consistency_window_us(traits.consistency_window.count());
  out->set_normalises(traits.normalises);
  out->set_now_us(microseconds_of(now));
}

CloudTraits read(const v1::TraitsResponse& message) {
  return {.create_tokens = message.traits().create_tokens(),
          .versions = message.traits().versions(),
          .normalises = message.normalises(),
          .consistency_window = Duration(message.traits().consistency_window_us())};
}

}  // namespace squall::cloud_server
