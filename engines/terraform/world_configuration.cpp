#include "engines/terraform/world_configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "provider/tfplugin/reattach_server.h"

namespace squall::terraform {

namespace {

constexpr std::string_view kOnlyKey = "only";  // of for_each
constexpr std::string_view kNoSuchProvider = "nowhere";

std::string module_prefix(const std::string& module) {
  return module.empty() ? "" : "module." + module + ".";
}

std::string key_of(squall::Repetition repetition) {
  switch (repetition) {
    case squall::Repetition::kNone:
      return "";
    case squall::Repetition::kCount:
      return "[0]";
    case squall::Repetition::kForEach:
      return fmt::format("[\"{}\"]", kOnlyKey);
  }
  return "";
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
  ResourceConfig resource_config(const DeclaredResource& resource);
  Value value_of(const tfplugin::FieldMapping& field, const Json& value, const std::string& module);
  Value members_of(const tfplugin::FieldMapping& field, const JsonObject& object,
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
  if (const JsonObject* object = value.if_object())
    return field.members.empty() ? Value(value) : members_of(field, *object, module);
  if (const JsonArray* elements = value.if_array()) {
    Value::List out;
    for (const Json& element : *elements) out.push_back(value_of(field, element, module));
    return out;
  }
  return value;
}

ResourceConfig Builder::resource_config(const DeclaredResource& resource) {
  const std::string& module = resource.placement.module;
  ResourceConfig out;
  out.type = tfplugin::type_name(resource.identity.type);
  out.name = resource.identity.label;
  const tfplugin::TypeMapping* type = mapping_.find(out.type);
  for (const auto& member : resource.properties) {
    if (member.value().is_null()) continue;
    const tfplugin::FieldMapping* field = nullptr;
    if (type != nullptr) {
      const auto found = std::ranges::find_if(type->fields, [&](const auto& each) {
        return each.property == std::string_view(member.key());
      });
      if (found != type->fields.end()) field = &*found;
    }
    // A property that there is not is written all the same: that is the flaw.
    static const tfplugin::FieldMapping kUnknown;
    const std::string name =
        field != nullptr ? field->attribute : tfplugin::attribute_name(member.key());
    out.arguments.emplace_back(
        name, value_of(field != nullptr ? *field : kUnknown, member.value(), module));
  }
  if (resource.placement.repetition == squall::Repetition::kCount) out.repetition.count = Value(1);
  if (resource.placement.repetition == squall::Repetition::kForEach)
    out.repetition.for_each = set_of({std::string(kOnlyKey)});
  if (resource.placement.create_before_destroy) out.lifecycle.create_before_destroy = true;
  if (resource.placement.prevent_destroy) out.lifecycle.prevent_destroy = true;
  for (const std::string& field : resource.placement.ignored)
    out.lifecycle.ignore_changes.push_back(tfplugin::attribute_name(field));
  put_rules(resource, out);
  const auto known = std::ranges::find(forma_.targets, resource.target.text(), &Target::label);
  if (known == forma_.targets.end()) out.provider = fmt::format("squall.{}", kNoSuchProvider);
  return out;
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
    const Placement all_of_it;
    config.lifecycle.replace_triggered_by.push_back(address_of(other->identity, all_of_it));
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

Configuration Builder::build() {
  out_ = bare_configuration();
  for (const DeclaredResource& resource : forma_.resources) {
    const std::string& module = resource.placement.module;
    if (!module.empty()) call_of(module);
    ResourceConfig config = resource_config(resource);
    module_config(module).resources.push_back(std::move(config));
    const std::string to = address_of(resource.identity, resource.placement);
    if (!resource.import_id.empty()) out_.root.imports.push_back({to, resource.import_id});
    const auto before = placed_.find(resource.identity);
    if (before == placed_.end()) continue;
    const std::string from = address_of(resource.identity, before->second);
    if (from != to) out_.root.moved.push_back({from, to});
  }
  for (const DeclaredOutput& output : forma_.outputs) show(output);
  // A `removed` block is about all there is of a resource: its address has no key.
  for (const ResourceIdentity& identity : forma_.forgotten) {
    const auto before = placed_.find(identity);
    if (before == placed_.end() || declared_.contains(identity)) continue;
    Placement placement = before->second;
    placement.repetition = squall::Repetition::kNone;
    out_.root.removed.push_back({.from = address_of(identity, placement)});
  }
  return std::move(out_);
}

}  // namespace

std::string address_of(const ResourceIdentity& identity, const Placement& placement) {
  return module_prefix(placement.module) + tfplugin::type_name(identity.type) + "." +
         identity.label + key_of(placement.repetition);
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
  out.label = address.substr(0, bracket);
  if (bracket == std::string_view::npos) return out;
  const std::string_view key = address.substr(bracket);
  for (const auto repetition : {squall::Repetition::kCount, squall::Repetition::kForEach}) {
    if (key != key_of(repetition)) continue;
    out.placement.repetition = repetition;
    return out;
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
    if (type != nullptr) out.insert({stack, parsed->label, type->type.schema.type});
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
