#include "engines/terraform/instances.h"

#include <algorithm>
#include <utility>

#include "provider/tfplugin/cty.h"

namespace squall::terraform {

std::vector<Instance> instances_in(const std::optional<State>& state, const std::string& stack,
                                   const tfplugin::Mapping& mapping) {
  std::vector<Instance> out;
  if (!state) return out;
  for (const StateResource& resource : state->resources) {
    for (const StateInstance& instance : resource.instances) {
      const auto parsed = parse_address(resource.address(instance));
      const auto* type = parsed ? mapping.find(parsed->type) : nullptr;
      if (type == nullptr) continue;
      out.push_back(
          {{stack, parsed->label, type->type.schema.type}, parsed->placement, type, instance});
    }
  }
  return out;
}

bool has_deposed(const std::vector<Instance>& instances) {
  return std::ranges::any_of(
      instances, [](const Instance& instance) { return !instance.state.deposed.empty(); });
}

Placed placed_of(const std::vector<Instance>& instances) {
  Placed out;
  for (const Instance& instance : instances)
    if (instance.state.deposed.empty()) out[instance.identity] = instance.placement;
  return out;
}

// What tells which of its WriteOnly values were sent.
std::map<std::string, int64_t> versions_of(const Instance& instance) {
  std::map<std::string, int64_t> out;
  for (const tfplugin::FieldMapping& field : instance.type->fields) {
    const Json* version = instance.state.attributes.if_contains(field.version_attribute);
    if (version != nullptr && version->is_number()) out[field.path] = version->to_number<int64_t>();
  }
  return out;
}

std::map<ResourceIdentity, StoredResource> stored_of(const std::vector<Instance>& instances,
                                                     const std::string& stack,
                                                     const tfplugin::Mapping& mapping) {
  std::map<ResourceIdentity, StoredResource> out;
  for (const Instance& instance : instances)
    if (instance.state.deposed.empty())
      out[instance.identity] = {instance.placement,
                                blocks_at(instance.state.dependencies, stack, mapping),
                                instance.state.tainted, versions_of(instance)};
  return out;
}

std::map<ResourceIdentity, bool> creates_before_of(const std::vector<Instance>& instances) {
  std::map<ResourceIdentity, bool> out;
  for (const Instance& instance : instances)
    if (instance.state.deposed.empty())
      out[instance.identity] = instance.state.create_before_destroy;
  return out;
}

std::vector<InventoryRow> inventory_of(const std::vector<Instance>& instances) {
  std::vector<InventoryRow> out;
  for (const Instance& instance : instances) {
    InventoryRow row;
    row.identity = instance.identity;
    row.target = kTargetOfAll;
    row.ksuid = instance.type->name + "." + instance.identity.label;
    const Result<tfplugin::Value> value =
        tfplugin::decode_json(one_line(instance.state.attributes), instance.type->resource_value,
                              tfplugin::Strictness::kLenient);
    if (!value) continue;
    row.native_id = value->text_at(tfplugin::kIdAttribute);
    Result<JsonObject> all = tfplugin::properties_of(*instance.type, *value, *value);
    if (!all) continue;
    JsonObject fields;
    JsonObject others;
    for (auto&& member : *all) {
      const Schema& schema = instance.type->type.schema;
      // The state has it in clear, and says that it is sensitive.
      if (schema.hint(member.key()).opaque) member.value() = JsonObject{{"$opaque", true}};
      (schema.is_field(member.key()) ? fields : others)[member.key()] = member.value();
    }
    row.properties = std::move(fields);
    row.read_only = std::move(others);
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace squall::terraform
