#include "engines/terraform/world_configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "engine_under_test/engine_under_test.h"
#include "engines/terraform/module_tree.h"
#include "provider/tfplugin/reattach_server.h"

namespace squall::terraform {

namespace {

constexpr std::string_view kNoSuchProvider = "nowhere";

// The variable of a module of its own that has what differs between its instances.
constexpr std::string_view kRow = "row";

// The path of the module that its block stands in.
std::string module_of(const DeclaredResource& resource) {
  return squall::module_of(resource.identity.label.text(), resource.placement);
}

using Members = std::vector<std::pair<std::string, Arguments>>;  // by label

class Builder {
 public:
  Builder(const Forma& forma, const Placed& placed, const tfplugin::Mapping& mapping)
      : forma_(forma), placed_(placed), mapping_(mapping), modules_(out_) {
    for (const DeclaredResource& resource : forma.resources)
      declared_.emplace(resource.identity, &resource);
  }

  Configuration build();

 private:
  Arguments arguments_of(const DeclaredResource& resource);
  ResourceConfig resource_config(const DeclaredResource& resource);
  Repetition& repetition_of(const DeclaredResource& resource, ResourceConfig& config);
  void put_members(const DeclaredResource& first, ResourceConfig& config);
  void put_rows(const Members& members, const std::string& row, Value::List& rows,
                ResourceConfig& config) const;
  void put_import(const DeclaredResource& resource);
  Value value_of(const tfplugin::FieldMapping& field, const Json& value, const std::string& module);
  Value members_of(const tfplugin::FieldMapping& field, const JsonObject& object,
                   const std::string& module);
  Value keep_back(const tfplugin::FieldMapping& field, const Json& value,
                  const std::string& module);
  Expression expression_of(const Reference& reference, const std::string& module);
  std::string attribute_of(const Reference& reference) const;
  static ValueSource source_of(const DeclaredResource& producer, const std::string& attribute);
  void show(const DeclaredOutput& output);
  std::string read_by_id(const Reference& reference);
  void put_rules(const DeclaredResource& resource, ResourceConfig& config);
  const DeclaredResource* find_declared(const std::string& label) const;

  const Forma& forma_;
  const Placed& placed_;
  const tfplugin::Mapping& mapping_;
  std::map<ResourceIdentity, const DeclaredResource*> declared_;
  Configuration out_;
  ModuleTree modules_;
  std::string label_;   // of the resource whose arguments are being written
  Arguments versions_;  // … and what is to stand beside them
};

std::string Builder::attribute_of(const Reference& reference) const {
  const tfplugin::TypeMapping* type = mapping_.find(tfplugin::type_name(reference.producer.type));
  if (type != nullptr && type->type.schema.identifier == reference.property)
    return std::string(tfplugin::kIdAttribute);
  return tfplugin::attribute_name(reference.property);
}

// What is not declared is taken to stand where it is referred to.
Expression Builder::expression_of(const Reference& reference, const std::string& module) {
  const auto producer = declared_.find(reference.producer);
  if (producer == declared_.end())
    return {fmt::format("{}.{}", address_of(reference.producer, {}), attribute_of(reference))};
  return modules_.read(source_of(*producer->second, attribute_of(reference)), module);
}

ValueSource Builder::source_of(const DeclaredResource& producer, const std::string& attribute) {
  const std::string& label = producer.identity.label.text();
  const Placement& placement = producer.placement;
  ValueSource out{.module = module_of(producer)};
  if (repeats_module(placement.repetition)) out.key = key_of(label, placement);
  out.expression = fmt::format("{}.{}", address_inside(producer.identity, placement), attribute);
  out.name = fmt::format("{}_{}", label, attribute);
  out.output = repeats_module(placement.repetition)
                   ? fmt::format("{}_{}", block_name(label, placement), attribute)
                   : out.name;
  return out;
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
  out_.values[name] = value.is_string() ? std::string(value.get_string()) : one_line(value);
  versions_.emplace_back(field.version_attribute, Json(squall::version_of(value)));
  return modules_.read_secret(name, module);
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
    out.emplace_back(
        name, value_of(field != nullptr ? *field : kUnknown, member.value(), module_of(resource)));
  }
  std::ranges::move(std::exchange(versions_, {}), std::back_inserter(out));
  return out;
}

// As often as there are keys for what is alone in its block.
Repetition once(squall::Repetition repetition) {
  Repetition out;
  if (is_counted(repetition)) {
    out.count = Value(1);
  } else {
    out.for_each = set_of({std::string(kOnlyKey)});
  }
  return out;
}

// Of its block, or of the module that this has of its own.
Repetition& Builder::repetition_of(const DeclaredResource& resource, ResourceConfig& config) {
  return repeats_module(resource.placement.repetition)
             ? modules_.call_of(module_of(resource)).repetition
             : config.repetition;
}

ResourceConfig Builder::resource_config(const DeclaredResource& resource) {
  ResourceConfig out;
  out.type = tfplugin::type_name(resource.identity.type);
  out.name = block_name(resource.identity.label, resource.placement);
  if (resource.placement.group.empty()) {
    out.arguments = arguments_of(resource);
    if (resource.placement.repetition != squall::Repetition::kNone)
      repetition_of(resource, out) = once(resource.placement.repetition);
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

bool any_has(const Members& members, const std::string& attribute) {
  return std::ranges::any_of(members, [&](const auto& member) {
    return std::ranges::any_of(member.second,
                               [&](const auto& each) { return each.first == attribute; });
  });
}

const Value* value_in(const Arguments& arguments, const std::string& attribute) {
  const auto found =
      std::ranges::find_if(arguments, [&](const auto& each) { return each.first == attribute; });
  return found == arguments.end() ? nullptr : &found->second;
}

// What differs between the resources of one block stands in a table, by number or label. A module
// of their own has its row of that as a variable.
void Builder::put_members(const DeclaredResource& first, ResourceConfig& config) {
  const Placement& placement = first.placement;
  const bool counts = is_counted(placement.repetition);
  Members members;
  for (const std::string& label : placement.group) {
    const DeclaredResource* member = find_declared(label);
    if (member != nullptr && is_same_place(member->placement, placement))
      members.emplace_back(label, arguments_of(*member));
  }
  const std::string row = counts ? fmt::format("local.{}[count.index]", config.name) : "each.value";
  const bool is_given = repeats_module(placement.repetition);
  if (is_given) {
    modules_.at(module_of(first)).variables.push_back({.name = std::string(kRow)});
    modules_.call_of(module_of(first)).inputs.emplace_back(kRow, Expression{row});
  }
  Value::List rows(members.size(), Value(Value::Object()));
  put_rows(members, is_given ? fmt::format("var.{}", kRow) : row, rows, config);
  Repetition& repetition = repetition_of(first, config);
  if (counts) {
    repetition.count = Value(static_cast<int64_t>(members.size()));
    modules_.at(placement.module).locals.emplace_back(config.name, std::move(rows));
    return;
  }
  Value::Object by_label;
  for (size_t i = 0; i < members.size(); ++i)
    by_label.emplace_back(members[i].first, std::move(rows[i]));
  repetition.for_each = Value(std::move(by_label));
}

// What some of them say goes into all rows, and into the block from the one that is `row` there.
void Builder::put_rows(const Members& members, const std::string& row, Value::List& rows,
                       ResourceConfig& config) const {
  Value::Object dynamic;
  for (const tfplugin::FieldMapping& field : mapping_.find(config.type)->fields) {
    if (!any_has(members, field.attribute)) continue;
    const std::string value = fmt::format("{}.{}", row, field.attribute);
    if (field.form == tfplugin::FieldMapping::Form::kObjectBlocks) {
      dynamic.emplace_back(field.attribute, blocks_of(field, value));
    } else {
      config.arguments.emplace_back(field.attribute, Expression{value});
    }
    for (size_t i = 0; i < members.size(); ++i)
      std::get<Value::Object>(rows[i].is)
          .emplace_back(field.attribute,
                        filled(&field, value_in(members[i].second, field.attribute)));
  }
  if (!dynamic.empty()) config.arguments.emplace_back("dynamic", std::move(dynamic));
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
    // Where it is alone, by the whole of it.
    config.lifecycle.replace_triggered_by.push_back(
        other->placement.group.empty() ? address_of(other->identity, {})
                                       : address_inside(other->identity, other->placement));
  }
  for (const Demand& demand : placement.demands) {
    const DeclaredResource* other = find_declared(demand.label);
    if (other == nullptr) continue;
    const bool is_own = other == &resource;
    const Reference reference{other->identity, demand.property};
    const std::string left = is_own ? "self." + attribute_of(reference)
                                    : expression_of(reference, module_of(resource)).text;
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
  const DeclaredResource& producer = *declared_.at(reference.producer);
  const std::string type = tfplugin::type_name(reference.producer.type);
  const std::string& label = reference.producer.label.text();
  const Placement& placement = producer.placement;
  // One for all where each instance of its module has one.
  const std::string name =
      repeats_module(placement.repetition) ? block_name(label, placement) : label;
  std::vector<ResourceConfig>& sources = modules_.at(module_of(producer)).data_sources;
  const auto is_it = [&](const auto& each) { return each.type == type && each.name == name; };
  if (std::ranges::none_of(sources, is_it)) {
    ResourceConfig source{.type = type, .name = name};
    source.arguments.emplace_back(
        std::string(tfplugin::kIdAttribute),
        Expression{fmt::format("{}.{}", address_inside(reference.producer, placement),
                               tfplugin::kIdAttribute)});
    sources.push_back(std::move(source));
  }
  const std::string attribute = attribute_of(reference);
  ValueSource source = source_of(producer, attribute);
  source.expression = fmt::format("data.{}.{}.{}", type, name, attribute);
  source.name += "_found";
  source.output += "_found";
  return modules_.read(source, "").text;
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
  if (placement.group.empty() || is_counted(placement.repetition)) {
    out_.root.imports.push_back({address_of(resource.identity, placement), resource.import_id});
    return;
  }
  const std::string to = keyed_address(resource.identity, placement, "[each.key]");
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
    const bool is_alone = resource.placement.group.empty();
    if (is_alone ||
        declared_blocks.insert(block_address(resource.identity, resource.placement)).second) {
      ResourceConfig config = resource_config(resource);
      modules_.at(module_of(resource)).resources.push_back(std::move(config));
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
