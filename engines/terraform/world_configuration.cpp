#include "engines/terraform/world_configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "engine_under_test/engine_under_test.h"
#include "provider/tfplugin/reattach_server.h"

namespace squall::terraform {

namespace {

constexpr std::string_view kOnlyKey = "only";  // of for_each
constexpr std::string_view kNoSuchProvider = "nowhere";

std::string module_prefix(const std::string& module) {
  return module.empty() ? "" : "module." + module + ".";
}

// Where it is alone in its block, there is one key; else count's number or, of for_each, its label.
std::string key_of(std::string_view label, const Placement& placement) {
  const auto& group = placement.group;
  switch (placement.repetition) {
    case squall::Repetition::kNone:
      return "";
    case squall::Repetition::kCount:
      return fmt::format("[{}]", std::ranges::find(group, label) - group.begin());
    case squall::Repetition::kForEach:
      return fmt::format("[\"{}\"]", group.empty() ? kOnlyKey : label);
  }
  return "";
}

// "res-0", or "res-0--res-1" where it may declare both.
std::string block_name(std::string_view label, const Placement& placement) {
  if (placement.group.empty()) return std::string(label);
  return fmt::format("{}", fmt::join(placement.group, kGroupSeparator));
}

// Without a key.
std::string block_address(const ResourceIdentity& identity, const Placement& placement) {
  return fmt::format("{}{}.{}", module_prefix(placement.module), tfplugin::type_name(identity.type),
                     block_name(identity.label, placement));
}

std::vector<std::string> labels_of(std::string_view name) {
  std::vector<std::string> out;
  while (true) {
    const size_t end = name.find(kGroupSeparator);
    out.emplace_back(name.substr(0, end));
    if (end == std::string_view::npos) return out;
    name.remove_prefix(end + kGroupSeparator.size());
  }
}

class Builder {
 public:
  Builder(const Forma& forma, const Placed& placed, const tfplugin::Mapping& mapping)
      : forma_(forma), placed_(placed), mapping_(mapping) {
    for (const DeclaredResource& resource : forma.resources)
      declared_.emplace(resource.identity, &resource);
  }

  Configuration build();

 private:
  Arguments arguments_of(const DeclaredResource& resource);
  ResourceConfig resource_config(const DeclaredResource& resource);
  void put_members(const DeclaredResource& first, ResourceConfig& config);
  void put_import(const DeclaredResource& resource);
  Value value_of(const tfplugin::FieldMapping& field, const Json& value, const std::string& module);
  Value members_of(const tfplugin::FieldMapping& field, const JsonObject& object,
                   const std::string& module);
  Value keep_back(const tfplugin::FieldMapping& field, const Json& value,
                  const std::string& module);
  Expression expression_of(const Reference& reference, const std::string& module);
  std::string attribute_of(const Reference& reference) const;
  ModuleConfig& module_config(const std::string& module) {
    return module.empty() ? out_.root : out_.modules[module];
  }
  void show(const DeclaredOutput& output);
  std::string read_by_id(const Reference& reference);
  void put_rules(const DeclaredResource& resource, ResourceConfig& config);
  const DeclaredResource* find_declared(const std::string& label) const;
  ModuleCall& call_of(const std::string& module);
  void put_output(const std::string& module, const std::string& name, const std::string& direct);

  const Forma& forma_;
  const Placed& placed_;
  const tfplugin::Mapping& mapping_;
  std::map<ResourceIdentity, const DeclaredResource*> declared_;
  Configuration out_;
  std::set<std::string> crossed_;  // variables and outputs that are there already
  std::string label_;              // of the resource whose arguments are being written
  Arguments versions_;             // … and what is to stand beside them
};

ModuleCall& Builder::call_of(const std::string& module) {
  std::vector<ModuleCall>& calls = out_.root.calls;
  const auto found = std::ranges::find(calls, module, &ModuleCall::name);
  if (found != calls.end()) return *found;
  return calls.emplace_back(ModuleCall{.name = module, .module = module});
}

std::string Builder::attribute_of(const Reference& reference) const {
  const tfplugin::TypeMapping* type = mapping_.find(tfplugin::type_name(reference.producer.type));
  if (type != nullptr && type->type.schema.identifier == reference.property)
    return std::string(tfplugin::kIdAttribute);
  return tfplugin::attribute_name(reference.property);
}

void Builder::put_output(const std::string& module, const std::string& name,
                         const std::string& direct) {
  if (!crossed_.insert("output " + module + " " + name).second) return;
  module_config(module).outputs.push_back({.name = name, .value = Expression{direct}});
}

// Values leave a module as an output and enter one as a variable, by the root.
Expression Builder::expression_of(const Reference& reference, const std::string& module) {
  const auto producer = declared_.find(reference.producer);
  Placement placement;
  placement.module = module;
  if (producer != declared_.end()) placement = producer->second->placement;
  Placement inside = placement;
  inside.module.clear();
  const std::string direct = address_of(reference.producer, inside) + "." + attribute_of(reference);
  if (placement.module == module) return {direct};
  const std::string name = reference.producer.label + "_" + attribute_of(reference);
  std::string at_root = direct;
  if (!placement.module.empty()) {
    put_output(placement.module, name, direct);
    at_root = module_prefix(placement.module) + name;
  }
  if (module.empty()) return {at_root};
  if (crossed_.insert("variable " + module + " " + name).second) {
    module_config(module).variables.push_back({.name = name});
    call_of(module).inputs.emplace_back(name, Expression{at_root});
  }
  return {"var." + name};
}

Value Builder::members_of(const tfplugin::FieldMapping& field, const JsonObject& object,
                          const std::string& module) {
  Value::Object out;
  for (const tfplugin::FieldMapping& member : field.members) {
    const Json* value = object.if_contains(member.property);
    if (value != nullptr && !value->is_null())
      out.emplace_back(member.attribute, value_of(member, *value, module));
  }
  return out;
}

Value Builder::value_of(const tfplugin::FieldMapping& field, const Json& value,
                        const std::string& module) {
  if (const auto reference = as_reference(value)) return expression_of(*reference, module);
  if (!field.version_attribute.empty()) return keep_back(field, value, module);
  if (const JsonObject* object = value.if_object())
    return field.members.empty() ? Value(value) : members_of(field, *object, module);
  if (const JsonArray* elements = value.if_array()) {
    Value::List out;
    for (const Json& element : *elements) out.push_back(value_of(field, element, module));
    return out;
  }
  return value;
}

const tfplugin::FieldMapping* find_field(const tfplugin::TypeMapping* type,
                                         std::string_view property) {
  if (type == nullptr) return nullptr;
  const auto found = std::ranges::find(type->fields, property, &tfplugin::FieldMapping::property);
  return found == type->fields.end() ? nullptr : &*found;
}

// A WriteOnly value: in no file, and sent again where its version is another one.
Value Builder::keep_back(const tfplugin::FieldMapping& field, const Json& value,
                         const std::string& module) {
  // As a shell lets it pass: the environment has it.
  std::string name = fmt::format("{}_{}", label_, field.attribute);
  std::ranges::replace(name, '-', '_');
  out_.root.variables.push_back({.name = name, .sensitive = true, .ephemeral = true});
  out_.values[name] = value.is_string() ? std::string(value.get_string()) : one_line(value);
  versions_.emplace_back(field.version_attribute, Json(version_of(value)));
  if (!module.empty()) {
    module_config(module).variables.push_back({.name = name, .sensitive = true, .ephemeral = true});
    call_of(module).inputs.emplace_back(name, Expression{"var." + name});
  }
  return Expression{"var." + name};
}

Arguments Builder::arguments_of(const DeclaredResource& resource) {
  Arguments out;
  label_ = resource.identity.label.text();
  const tfplugin::TypeMapping* type = mapping_.find(tfplugin::type_name(resource.identity.type));
  for (const auto& member : resource.properties) {
    if (member.value().is_null()) continue;
    const tfplugin::FieldMapping* field = find_field(type, member.key());
    // A property that there is not is written all the same: that is the flaw.
    static const tfplugin::FieldMapping kUnknown;
    const std::string name =
        field != nullptr ? field->attribute : tfplugin::attribute_name(member.key());
    out.emplace_back(name, value_of(field != nullptr ? *field : kUnknown, member.value(),
                                    resource.placement.module));
  }
  std::ranges::move(std::exchange(versions_, {}), std::back_inserter(out));
  return out;
}

ResourceConfig Builder::resource_config(const DeclaredResource& resource) {
  ResourceConfig out;
  out.type = tfplugin::type_name(resource.identity.type);
  out.name = block_name(resource.identity.label, resource.placement);
  if (resource.placement.group.empty()) {
    out.arguments = arguments_of(resource);
    if (resource.placement.repetition == squall::Repetition::kCount)
      out.repetition.count = Value(1);
    if (resource.placement.repetition == squall::Repetition::kForEach)
      out.repetition.for_each = set_of({std::string(kOnlyKey)});
  } else {
    put_members(resource, out);
  }
  if (resource.placement.create_before_destroy) out.lifecycle.create_before_destroy = true;
  if (resource.placement.prevent_destroy) out.lifecycle.prevent_destroy = true;
  for (const std::string& field : resource.placement.ignored)
    out.lifecycle.ignore_changes.push_back(tfplugin::attribute_name(field));
  put_rules(resource, out);
  const auto known = std::ranges::find(forma_.targets, resource.target.text(), &Target::label);
  if (known == forma_.targets.end()) out.provider = fmt::format("squall.{}", kNoSuchProvider);
  return out;
}

// All has every member: what is said of one alone is null, or no block, for the others.
Value filled(const tfplugin::FieldMapping* field, const Value* value) {
  const bool is_blocks =
      field != nullptr && field->form == tfplugin::FieldMapping::Form::kObjectBlocks;
  if (value == nullptr) return is_blocks ? Value(Value::List()) : Value();
  const auto* elements = std::get_if<Value::List>(&value->is);
  if (!is_blocks || elements == nullptr) return *value;
  Value::List out;
  for (const Value& element : *elements) {
    const auto* members = std::get_if<Value::Object>(&element.is);
    Value::Object all;
    for (const tfplugin::FieldMapping& member : field->members) {
      const auto own = std::ranges::find_if(
          *members, [&](const auto& each) { return each.first == member.attribute; });
      all.emplace_back(member.attribute, own == members->end() ? Value() : own->second);
    }
    out.emplace_back(std::move(all));
  }
  return out;
}

// Nested blocks, as many as there are in a value: "dynamic".
Value blocks_of(const tfplugin::FieldMapping& field, const std::string& value) {
  Value::Object content;
  for (const tfplugin::FieldMapping& member : field.members)
    content.emplace_back(member.attribute,
                         Expression{fmt::format("{}.value.{}", field.attribute, member.attribute)});
  return Value::Object{{"for_each", Expression{value}}, {"content", std::move(content)}};
}

// What differs between the resources of one block stands in a table, by number or label.
void Builder::put_members(const DeclaredResource& first, ResourceConfig& config) {
  const Placement& placement = first.placement;
  const bool counts = placement.repetition == squall::Repetition::kCount;
  const tfplugin::TypeMapping* type = mapping_.find(config.type);
  std::vector<std::pair<std::string, Arguments>> members;
  for (const std::string& label : placement.group) {
    const DeclaredResource* member = find_declared(label);
    if (member != nullptr && is_same_place(member->placement, placement))
      members.emplace_back(label, arguments_of(*member));
  }
  Value::List rows(members.size(), Value(Value::Object()));
  Value::Object dynamic;
  for (const tfplugin::FieldMapping& field : type->fields) {
    const auto is_it = [&](const auto& each) { return each.first == field.attribute; };
    if (std::ranges::none_of(
            members, [&](const auto& each) { return std::ranges::any_of(each.second, is_it); }))
      continue;
    const std::string value = fmt::format(
        "{}.{}", counts ? fmt::format("local.{}[count.index]", config.name) : "each.value",
        field.attribute);
    if (field.form == tfplugin::FieldMapping::Form::kObjectBlocks) {
      dynamic.emplace_back(field.attribute, blocks_of(field, value));
    } else {
      config.arguments.emplace_back(field.attribute, Expression{value});
    }
    for (size_t i = 0; i < members.size(); ++i) {
      const auto own = std::ranges::find_if(members[i].second, is_it);
      std::get<Value::Object>(rows[i].is)
          .emplace_back(field.attribute,
                        filled(&field, own == members[i].second.end() ? nullptr : &own->second));
    }
  }
  if (!dynamic.empty()) config.arguments.emplace_back("dynamic", std::move(dynamic));
  ModuleConfig& module = module_config(placement.module);
  if (counts) {
    config.repetition.count = Value(static_cast<int64_t>(members.size()));
    module.locals.emplace_back(config.name, std::move(rows));
    return;
  }
  Value::Object by_label;
  for (size_t i = 0; i < members.size(); ++i)
    by_label.emplace_back(members[i].first, std::move(rows[i]));
  config.repetition.for_each = Value(std::move(by_label));
}

const DeclaredResource* Builder::find_declared(const std::string& label) const {
  const auto found = std::ranges::find_if(
      forma_.resources, [&](const auto& each) { return each.identity.label == label; });
  return found == forma_.resources.end() ? nullptr : &*found;
}

// What replaces it, what must hold for it, and what fails once it is made.
void Builder::put_rules(const DeclaredResource& resource, ResourceConfig& config) {
  const Placement& placement = resource.placement;
  for (const std::string& label : placement.triggered_by) {
    const DeclaredResource* other = find_declared(label);
    if (other == nullptr) continue;
    Placement inside = other->placement;
    inside.module.clear();
    // Where it is alone, by the whole of it.
    config.lifecycle.replace_triggered_by.push_back(inside.group.empty()
                                                        ? block_address(other->identity, inside)
                                                        : address_of(other->identity, inside));
  }
  for (const Demand& demand : placement.demands) {
    const DeclaredResource* other = find_declared(demand.label);
    if (other == nullptr) continue;
    const bool is_own = other == &resource;
    const Reference reference{other->identity, demand.property};
    const std::string left = is_own ? "self." + attribute_of(reference)
                                    : expression_of(reference, placement.module).text;
    Condition condition{.condition = fmt::format("{} == {}", left, one_line(demand.value)),
                        .error_message = "It is something else."};
    (is_own ? config.lifecycle.postconditions : config.lifecycle.preconditions)
        .push_back(std::move(condition));
  }
  if (placement.provisioning_fails) config.provisioners.push_back({.command = "exit 1"});
}

// The property as a data source finds it, which stands beside the resource: only then is it read
// after what is planned for that.
std::string Builder::read_by_id(const Reference& reference) {
  const DeclaredResource* producer = declared_.at(reference.producer);
  const std::string& module = producer->placement.module;
  Placement inside = producer->placement;
  inside.module.clear();
  const std::string type = tfplugin::type_name(reference.producer.type);
  const std::string& name = reference.producer.label.text();
  std::vector<ResourceConfig>& sources = module_config(module).data_sources;
  const auto is_it = [&](const auto& each) { return each.type == type && each.name == name; };
  if (std::ranges::none_of(sources, is_it)) {
    ResourceConfig source{.type = type, .name = name};
    source.arguments.emplace_back(
        std::string(tfplugin::kIdAttribute),
        Expression{
            fmt::format("{}.{}", address_of(reference.producer, inside), tfplugin::kIdAttribute)});
    sources.push_back(std::move(source));
  }
  const std::string attribute = attribute_of(reference);
  std::string direct = fmt::format("data.{}.{}.{}", type, name, attribute);
  if (module.empty()) return direct;
  const std::string output = fmt::format("{}_{}_found", name, attribute);
  put_output(module, output, direct);
  return module_prefix(module) + output;
}

void Builder::show(const DeclaredOutput& output) {
  Expression value = output.by_data_source ? Expression{read_by_id(output.value)}
                                           : expression_of(output.value, "");
  if (!output.prefix.empty())
    value.text = fmt::format(R"(format("{}%s", jsonencode({})))", output.prefix, value.text);
  out_.root.outputs.push_back(
      {.name = output.name, .value = std::move(value), .sensitive = output.is_sensitive});
}

// Of for_each one block imports all that it declares, by their labels.
void Builder::put_import(const DeclaredResource& resource) {
  if (resource.import_id.empty()) return;
  const Placement& placement = resource.placement;
  if (placement.group.empty() || placement.repetition != squall::Repetition::kForEach) {
    out_.root.imports.push_back({address_of(resource.identity, placement), resource.import_id});
    return;
  }
  const std::string to = block_address(resource.identity, placement) + "[each.key]";
  std::vector<ImportConfig>& imports = out_.root.imports;
  auto found = std::ranges::find(imports, to, &ImportConfig::to);
  if (found == imports.end()) {
    imports.push_back({to, Expression{"each.value"}, Value(Value::Object())});
    found = std::prev(imports.end());
  }
  std::get<Value::Object>(found->for_each->is)
      .emplace_back(resource.identity.label.text(), Value(resource.import_id));
}

Configuration Builder::build() {
  out_ = bare_configuration();
  std::set<std::string> declared_blocks;
  for (const DeclaredResource& resource : forma_.resources) {
    const std::string& module = resource.placement.module;
    if (!module.empty()) call_of(module);
    const bool is_alone = resource.placement.group.empty();
    if (is_alone ||
        declared_blocks.insert(block_address(resource.identity, resource.placement)).second) {
      ResourceConfig config = resource_config(resource);
      module_config(module).resources.push_back(std::move(config));
    }
    put_import(resource);
    const std::string to = address_of(resource.identity, resource.placement);
    const auto before = placed_.find(resource.identity);
    if (before == placed_.end()) continue;
    const std::string from = address_of(resource.identity, before->second);
    if (from != to) out_.root.moved.push_back({from, to});
  }
  for (const DeclaredOutput& output : forma_.outputs) show(output);
  // A `removed` block is about all there is of a resource: its address has no key.
  std::set<std::string> forgotten;
  for (const ResourceIdentity& identity : forma_.forgotten) {
    const auto before = placed_.find(identity);
    if (before == placed_.end() || declared_.contains(identity)) continue;
    const std::string from = block_address(identity, before->second);
    if (forgotten.insert(from).second) out_.root.removed.push_back({.from = from});
  }
  return std::move(out_);
}

}  // namespace

std::string address_of(const ResourceIdentity& identity, const Placement& placement) {
  return block_address(identity, placement) + key_of(identity.label, placement);
}

std::vector<std::string> addresses_of(const std::vector<ResourceIdentity>& identities,
                                      const Forma& forma, const Placed& placed) {
  std::vector<std::string> out;
  for (const ResourceIdentity& identity : identities) {
    const auto declared = std::ranges::find(forma.resources, identity, &DeclaredResource::identity);
    if (declared == forma.resources.end()) continue;
    out.push_back(address_of(identity, declared->placement));
    const auto before = placed.find(identity);
    if (before == placed.end()) continue;
    const std::string from = address_of(identity, before->second);
    if (from != out.back()) out.push_back(from);
  }
  return out;
}

std::optional<Addressed> parse_address(std::string_view address) {
  Addressed out;
  constexpr std::string_view kModule = "module.";
  if (address.starts_with(kModule)) {
    address.remove_prefix(kModule.size());
    const size_t dot = address.find('.');
    if (dot == std::string_view::npos) return std::nullopt;
    out.placement.module = address.substr(0, dot);
    address.remove_prefix(dot + 1);
  }
  const size_t dot = address.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  out.type = address.substr(0, dot);
  address.remove_prefix(dot + 1);
  const size_t bracket = address.find('[');
  const std::string_view name = address.substr(0, bracket);
  if (bracket == std::string_view::npos) {
    out.label = name;
    return out;
  }
  const std::string_view key = address.substr(bracket);
  const std::vector<std::string> labels = labels_of(name);
  if (labels.size() > 1) out.placement.group = labels;
  for (const auto repetition : {squall::Repetition::kCount, squall::Repetition::kForEach}) {
    out.placement.repetition = repetition;
    for (const std::string& label : labels) {
      if (key != key_of(label, out.placement)) continue;
      out.label = label;
      return out;
    }
  }
  return std::nullopt;
}

std::set<ResourceIdentity> identities_at(const std::vector<std::string>& addresses,
                                         const std::string& stack,
                                         const tfplugin::Mapping& mapping) {
  std::set<ResourceIdentity> out;
  for (const std::string& address : addresses) {
    const std::optional<Addressed> parsed = parse_address(address);
    const auto* type = parsed ? mapping.find(parsed->type) : nullptr;
    if (type == nullptr) continue;
    Placement placement = parsed->placement;
    const std::vector<std::string> labels = labels_of(parsed->label);
    if (labels.size() > 1) placement.group = labels;
    out.insert(block_of({stack, parsed->label, type->type.schema.type}, placement));
  }
  return out;
}

// The provider gives up soon: what it hides from the command line tests nothing but the provider.
Configuration bare_configuration() {
  Configuration out;
  out.providers.push_back({.name = "squall",
                           .source = std::string(tfplugin::kProviderSource),
                           .arguments = {{"target", std::string(kTargetOfAll)},
                                         {"max_retries", 0},
                                         {"retry_delay_ms", 5},
                                         {"call_timeout_ms", 500}}});
  return out;
}

Configuration keeping_outputs(const Outputs& outputs) {
  Configuration out = bare_configuration();
  for (const auto& [name, output] : outputs)
    out.root.outputs.push_back(
        {.name = name, .value = output.value, .sensitive = output.is_sensitive});
  return out;
}

Configuration configuration_of(const Forma& forma, const Placed& placed,
                               const tfplugin::Mapping& mapping) {
  return Builder(forma, placed, mapping).build();
}

}  // namespace squall::terraform
