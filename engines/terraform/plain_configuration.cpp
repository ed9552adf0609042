#include "engines/terraform/plain_configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "engines/terraform/world_configuration.h"

namespace squall::terraform {

namespace {

constexpr std::string_view kInput = "input";
constexpr std::string_view kTriggers = "triggers_replace";
constexpr std::string_view kDynamic = "dynamic";

bool is_fixed(const tfplugin::FieldMapping& field) {
  return field.hint.create_only || std::ranges::any_of(field.members, is_fixed);
}

class Translation {
 public:
  explicit Translation(const tfplugin::Mapping& mapping) : mapping_(mapping) {}

  Configuration of(Configuration configuration);

 private:
  struct Halves {
    Value::Object fixed;
    Value::Object other;
  };

  void split_all(ModuleConfig& module);
  static std::vector<std::string> ignored_paths(const std::vector<std::string>& ignored,
                                                const Halves& halves);
  static void split(const tfplugin::FieldMapping& field, std::string name, Value value,
                    Halves& into);
  void translate(ModuleConfig& module) const;
  void translate(Value& value) const;
  std::string translated(const std::string& expression) const;

  const tfplugin::Mapping& mapping_;
  // Which of the two has it, by the name of its block: "res-0" → "cidr_block" → "triggers_replace".
  std::map<std::string, std::map<std::string, std::string_view>> places_;
};

const tfplugin::FieldMapping& field_of(const std::vector<tfplugin::FieldMapping>& fields,
                                       const std::string& attribute) {
  static const tfplugin::FieldMapping kUnknown;
  const auto found = std::ranges::find(fields, attribute, &tfplugin::FieldMapping::attribute);
  return found == fields.end() ? kUnknown : *found;
}

// An object goes in two where some of its members are fixed. A collection of objects cannot.
void Translation::split(const tfplugin::FieldMapping& field, std::string name, Value value,
                        Halves& into) {
  auto* members = std::get_if<Value::Object>(&value.is);
  const bool is_in_two = members != nullptr && !field.hint.create_only && is_fixed(field);
  if (!is_in_two) {
    (is_fixed(field) ? into.fixed : into.other).emplace_back(std::move(name), std::move(value));
    return;
  }
  Halves halves;
  for (auto& [member, inner] : *members)
    split(field_of(field.members, member), member, std::move(inner), halves);
  if (!halves.fixed.empty()) into.fixed.emplace_back(name, Value(std::move(halves.fixed)));
  if (!halves.other.empty()) into.other.emplace_back(name, Value(std::move(halves.other)));
}

// Where what is ignored went; an object may be in both. What is not said anywhere is not ignored.
std::vector<std::string> Translation::ignored_paths(const std::vector<std::string>& ignored,
                                                    const Halves& halves) {
  std::vector<std::string> out;
  const auto look_in = [&](std::string_view base, const Value::Object& half,
                           const std::string& name) {
    for (const auto& [member, value] : half)
      if (member == name) out.push_back(fmt::format("{}.{}", base, name));
  };
  for (const std::string& name : ignored) {
    look_in(kTriggers, halves.fixed, name);
    look_in(kInput, halves.other, name);
  }
  return out;
}

void Translation::split_all(ModuleConfig& module) {
  for (ResourceConfig& resource : module.resources) {
    const tfplugin::TypeMapping* type = mapping_.find(resource.type);
    if (type == nullptr) continue;
    Halves halves;
    for (auto& [name, value] : resource.arguments) {
      if (name != kDynamic) {
        split(field_of(type->fields, name), name, std::move(value), halves);
        continue;
      }
      // Blocks are a list here like any other.
      for (auto& [block, dynamic] : std::get<Value::Object>(value.is))
        split(field_of(type->fields, block), block,
              std::move(std::get<Value::Object>(dynamic.is).front().second), halves);
    }
    resource.lifecycle.ignore_changes = ignored_paths(resource.lifecycle.ignore_changes, halves);
    auto& places = places_[resource.name];
    for (const auto& [name, value] : halves.fixed) places.emplace(name, kTriggers);
    for (const auto& [name, value] : halves.other) places.emplace(name, kInput);
    resource.type = kPlainType;
    resource.provider.clear();
    resource.arguments.clear();
    if (!halves.fixed.empty())
      resource.arguments.emplace_back(kTriggers, Value(std::move(halves.fixed)));
    if (!halves.other.empty())
      resource.arguments.emplace_back(kInput, Value(std::move(halves.other)));
  }
}

std::string Translation::translated(const std::string& expression) const {
  const size_t dot = expression.rfind('.');
  if (dot == std::string::npos) return expression;
  const std::string address = expression.substr(0, dot);
  const std::string attribute = expression.substr(dot + 1);
  const std::optional<Addressed> parsed = parse_address(address);
  if (!parsed || mapping_.find(parsed->type) == nullptr) return expression;
  const auto places = places_.find(block_name(parsed->label, parsed->placement));
  const bool is_said = places != places_.end() && places->second.contains(attribute);
  const std::string base = plain_address(address);
  if (!is_said) return base + "." + std::string(tfplugin::kIdAttribute);
  return base + "." + std::string(places->second.at(attribute)) + "." + attribute;
}

void Translation::translate(Value& value) const {
  if (auto* expression = std::get_if<Expression>(&value.is))
    expression->text = translated(expression->text);
  if (auto* list = std::get_if<Value::List>(&value.is))
    for (Value& element : *list) translate(element);
  if (auto* object = std::get_if<Value::Object>(&value.is))
    for (auto& [name, member] : *object) translate(member);
}

void Translation::translate(ModuleConfig& module) const {
  for (ResourceConfig& resource : module.resources) {
    for (auto& [name, value] : resource.arguments) translate(value);
    for (std::string& trigger : resource.lifecycle.replace_triggered_by)
      trigger = plain_address(trigger);
  }
  for (ModuleCall& call : module.calls)
    for (auto& [name, value] : call.inputs) translate(value);
  for (OutputConfig& output : module.outputs) translate(output.value);
  for (MovedConfig& moved : module.moved)
    moved = {plain_address(moved.from), plain_address(moved.to)};
  for (RemovedConfig& removed : module.removed) removed.from = plain_address(removed.from);
}

Configuration Translation::of(Configuration configuration) {
  configuration.providers.clear();
  split_all(configuration.root);
  for (auto& [name, module] : configuration.modules) split_all(module);
  translate(configuration.root);
  for (auto& [name, module] : configuration.modules) translate(module);
  return configuration;
}

}  // namespace

std::string plain_address(const std::string& address) {
  const std::optional<Addressed> parsed = parse_address(address);
  if (!parsed) return address;
  const size_t begin = address.find(parsed->type + ".");
  std::string out = address;
  out.replace(begin, parsed->type.size(), kPlainType);
  return out;
}

Configuration plain_configuration(Configuration configuration, const tfplugin::Mapping& mapping) {
  return Translation(mapping).of(std::move(configuration));
}

}  // namespace squall::terraform
