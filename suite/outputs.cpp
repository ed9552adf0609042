#include "suite/outputs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "spec/resolve.h"

namespace squall::suite {

namespace {

// As a configuration may name it: a property may have a dot.
std::string name_of(const WantedOutput& wanted) {
  std::string out = fmt::format("{}_{}", wanted.label, wanted.property);
  std::ranges::replace(out, '.', '_');
  return out;
}

std::string hidden_prefix(const std::string& output) { return "hidden-" + output + "-is-"; }

bool is_one_value(const FieldShape& shape) {
  return shape.kind == FieldKind::kText || shape.kind == FieldKind::kNumber ||
         shape.kind == FieldKind::kBoolean || shape.kind == FieldKind::kReference;
}

}  // namespace

std::vector<std::string> showable_properties(const ResourceType& type) {
  std::vector<std::string> out = {"Name"};
  const std::string& identifier = type.schema.identifier;
  if (!identifier.empty() && !type.schema.is_field(identifier)) out.push_back(identifier);
  for (const FieldShape& shape : type.shapes) {
    const FieldHint& hint = type.schema.hint(shape.path);
    if (type.schema.is_field(shape.path) && is_one_value(shape) && !hint.opaque &&
        !hint.write_only && hint.format.empty())
      out.push_back(shape.path);
  }
  return out;
}

std::vector<DeclaredOutput> declared_outputs(const World& world, const Operation& operation) {
  std::vector<DeclaredOutput> out;
  for (const WantedOutput& wanted : operation.outputs) {
    const bool is_declared = std::ranges::find(operation.resources, wanted.label,
                                               &WantedResource::label) != operation.resources.end();
    if (!is_declared) continue;
    const Slot* slot = world.find(wanted.label);
    SQUALL_CHECK(slot != nullptr);
    out.push_back({.name = name_of(wanted),
                   .value = {{slot->stack, slot->label, slot->type}, wanted.property},
                   .is_sensitive = wanted.is_sensitive,
                   .prefix = wanted.is_sensitive ? hidden_prefix(name_of(wanted)) : "",
                   .by_data_source = wanted.by_data_source});
  }
  return out;
}

std::set<std::string> hidden_in(const Case& test_case) {
  std::set<std::string> out;
  for (const Operation& operation : test_case.operations)
    for (const WantedOutput& wanted : operation.outputs)
      if (wanted.is_sensitive) out.insert(hidden_prefix(name_of(wanted)));
  return out;
}

ExpectedOutputs outputs_after(const std::vector<DeclaredOutput>& declared,
                              const spec::BelievedRows& rows,
                              const std::optional<std::set<ResourceIdentity>>& scope) {
  ExpectedOutputs out;
  out.others_are_open = scope.has_value();
  for (const DeclaredOutput& output : declared) {
    const ResourceIdentity& producer = output.value.producer;
    const auto row = rows.find(producer);
    // With targets nothing is found that is none of them, nor what they depend on.
    if (scope && (output.by_data_source || !scope->contains(producer))) continue;
    if (row == rows.end()) continue;
    Json value = spec::property_of(row->second, output.value.property.text());
    if (!output.prefix.empty()) value = Json(output.prefix + one_line(value));
    if (!value.is_null()) out.values[output.name] = {std::move(value), output.is_sensitive};
  }
  return out;
}

}  // namespace squall::suite
