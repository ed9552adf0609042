#include "documents/forma.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <utility>

#include "documents/enum_text.h"
#include "documents/patch.h"
#include "documents/reader.h"

namespace squall {

namespace {

constexpr EnumTable<Repetition, 5> kRepetitions = {{
    {Repetition::kNone, "none"},
    {Repetition::kCount, "count"},
    {Repetition::kForEach, "for_each"},
    {Repetition::kModuleCount, "module_count"},
    {Repetition::kModuleForEach, "module_for_each"},
}};
static_assert(in_order(kRepetitions));

// Accepted and dropped, a policy would be a promise that nobody keeps.
Result<void> refuse_policies(const Reader& in) {
  TRY(const std::vector<Reader> policies, in.elements_or_none("Policies"));
  if (policies.empty()) return {};
  return policies.front().wrong("policies are not supported yet; remove them");
}

Result<std::string> parse_description(const Reader& in) {
  TRY(const std::optional<Reader> description, in.find("Description"));
  if (!description) return std::string();
  // A bare text is what people write; {"Text", "Confirm"} is the full form.
  if (description->value().is_string()) return description->text();
  return description->text_or("Text", "");
}

Result<DeclaredStack> parse_stack(const Reader& in) {
  DeclaredStack stack;
  TRY(stack.label, in.non_empty_text("Label"));
  TRY(stack.description, in.text_or("Description", ""));
  TRY_VOID(refuse_policies(in));
  return stack;
}

Result<Target> parse_target(const Reader& in) {
  Target target;
  TRY(target.label, in.non_empty_text("Label"));
  TRY(target.name_space, in.non_empty_text("Namespace"));
  TRY(target.config, in.object_or_empty("Config"));
  TRY(target.discoverable, in.boolean_or("Discoverable", false));
  TRY(target.version, in.integer_or("Version", 1, 1, INT64_MAX));
  return target;
}

constexpr std::array<std::string_view, 5> kReferenceMembers = {"$res", "$label", "$type", "$stack",
                                                               "$property"};

// The members of a reference, where they stand.
struct ReferenceTexts {
  std::string_view stack;
  std::string_view label;
  std::string_view type;
  std::string_view property;
};

std::optional<ReferenceTexts> reference_texts(const Json& value) {
  const JsonObject* object = value.if_object();
  // Most objects are none, and this is asked of every one: so what is cheap to see comes first.
  if (object == nullptr || object->size() < kReferenceMembers.size()) return std::nullopt;
  // Where to_json() puts a member is looked first.
  const auto find = [&](size_t at) {
    const auto& expected = *(object->begin() + static_cast<std::ptrdiff_t>(at));
    const std::string_view key = kReferenceMembers[at];
    return expected.key() == key ? &expected.value() : object->if_contains(key);
  };
  const Json* mark = find(0);
  if (mark == nullptr || !mark->is_bool() || !mark->get_bool()) return std::nullopt;
  const auto text = [&](size_t at, std::string_view& out) {
    const Json* found = find(at);
    const boost::json::string* found_text = found == nullptr ? nullptr : found->if_string();
    if (found_text != nullptr) out = *found_text;
    return found_text != nullptr;
  };
  ReferenceTexts out;
  const bool is_whole =
      text(1, out.label) && text(2, out.type) && text(3, out.stack) && text(4, out.property);
  if (!is_whole) return std::nullopt;
  return out;
}

// A value with "$res" that as_reference() does not know would go to the provider as it stands.
Result<void> check_references(const Reader& in) {
  if (in.value().is_array()) {
    TRY(const std::vector<Reader> elements, in.elements());
    for (const Reader& element : elements) TRY_VOID(check_references(element));
    return {};
  }
  if (!in.value().is_object()) return {};
  if (member(in.value(), "$res") != nullptr) {
    if (is_reference(in.value())) return {};
    return in.wrong(
        "is no reference; it must be {\"$res\": true} with the texts $label, $type, $stack and "
        "$property");
  }
  TRY(const std::vector<Reader::Member> members, in.members());
  for (const Reader::Member& entry : members) TRY_VOID(check_references(entry.value));
  return {};
}

Result<DeclaredResource> parse_resource(const Reader& in) {
  DeclaredResource resource;
  TRY(resource.identity.label, in.non_empty_text("Label"));
  TRY(resource.identity.type, in.non_empty_text("Type"));
  TRY(resource.identity.stack, in.non_empty_text("Stack"));
  TRY(resource.target, in.non_empty_text("Target"));
  TRY(const std::optional<Reader> properties, in.find("Properties"));
  if (properties) {
    TRY(const JsonObject* object, properties->object());
    TRY_VOID(check_references(*properties));
    resource.properties = *object;
  }
  return resource;
}

template <class T, class Parse>
Result<void> parse_list(const Reader& in, std::string_view key, Parse parse, std::vector<T>& out) {
  TRY(const std::vector<Reader> elements, in.elements_or_none(key));
  out.reserve(elements.size());
  for (const Reader& element : elements) {
    TRY(T parsed, parse(element));
    out.push_back(std::move(parsed));
  }
  return {};
}

using Visit = std::function<void(const std::string&, const Reference&)>;

void visit_members(const JsonObject& object, std::string& path, const Visit& visit);

void visit_value(const Json& value, std::string& path, const Visit& visit) {
  if (const JsonObject* object = value.if_object()) {
    if (const std::optional<Reference> reference = as_reference(value)) {
      visit(path, *reference);
    } else {
      visit_members(*object, path, visit);
    }
  } else if (const JsonArray* array = value.if_array()) {
    const size_t length = path.size();
    for (size_t i = 0; i < array->size(); ++i) {
      path.append("/").append(std::to_string(i));
      visit_value((*array)[i], path, visit);
      path.resize(length);
    }
  }
}

void visit_members(const JsonObject& object, std::string& path, const Visit& visit) {
  const size_t length = path.size();
  for (const auto& entry : object) {
    if (!entry.value().is_structured()) continue;
    append_pointer_token(path.append("/"), entry.key());
    visit_value(entry.value(), path, visit);
    path.resize(length);
  }
}

using Resolve = std::function<std::optional<Json>(const Reference&)>;

Json replaced_in(const Json& value, const Resolve& resolve) {
  if (const JsonObject* object = value.if_object()) {
    const std::optional<Reference> reference = as_reference(value);
    if (!reference) return with_references_replaced(*object, resolve);
    std::optional<Json> resolved = resolve(*reference);
    return resolved ? *std::move(resolved) : value;
  }
  const JsonArray* array = value.if_array();
  if (array == nullptr) return value;
  JsonArray out;
  out.reserve(array->size());
  for (const Json& element : *array) out.push_back(replaced_in(element, resolve));
  return out;
}

// As the language has it; two dashes are for the labels of a group.
bool is_module_name(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  const auto may_follow = [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
  };
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, may_follow) &&
         text.find(kGroupSeparator) == std::string_view::npos;
}

}  // namespace

bool is_counted(Repetition repetition) {
  return repetition == Repetition::kCount || repetition == Repetition::kModuleCount;
}

bool repeats_module(Repetition repetition) {
  return repetition == Repetition::kModuleCount || repetition == Repetition::kModuleForEach;
}

std::string block_name(std::string_view label, const Placement& placement) {
  if (placement.group.empty()) return std::string(label);
  return fmt::format("{}", fmt::join(placement.group, kGroupSeparator));
}

std::string module_of(std::string_view label, const Placement& placement) {
  std::string out = placement.module;
  if (!repeats_module(placement.repetition)) return out;
  if (!out.empty()) out += kModuleStep;
  return out + block_name(label, placement);
}

Result<std::string> parse_module_path(std::string_view text) {
  for (const auto& step : std::views::split(text, kModuleStep)) {
    if (!is_module_name(std::string_view(step)))
      return fail(
          fmt::format("\"{}\" is no path of a module: it must be names joined by \"{}\", each a "
                      "letter or \"_\" and then letters, digits, \"_\" and single \"-\"",
                      text, kModuleStep));
  }
  return std::string(text);
}

bool is_same_place(const Placement& a, const Placement& b) {
  return a.module == b.module && a.repetition == b.repetition && a.group == b.group;
}

ResourceIdentity block_of(const ResourceIdentity& identity, const Placement& placement) {
  if (placement.group.empty()) return identity;
  std::string name = block_name(identity.label.text(), placement);
  const std::string module = module_of(identity.label.text(), placement);
  if (!module.empty()) name += fmt::format("{}{}", kModuleSeparator, module);
  return {identity.stack, name, identity.type};
}

std::string_view to_string(Repetition repetition) { return text_in(kRepetitions, repetition); }
Result<Repetition> parse_repetition(std::string_view text) {
  return value_in(kRepetitions, text, "repetition");
}

std::string to_string(const ResourceIdentity& identity) {
  return fmt::format("{}/{} ({})", identity.stack, identity.label, identity.type);
}

Result<Forma> parse_forma(const Json& document) {
  const Reader in(document);
  Forma forma;
  TRY(forma.description, parse_description(in));
  TRY_VOID(parse_list(in, "Stacks", parse_stack, forma.stacks));
  TRY_VOID(parse_list(in, "Targets", parse_target, forma.targets));
  TRY_VOID(parse_list(in, "Resources", parse_resource, forma.resources));
  TRY_VOID(refuse_policies(in));
  return forma;
}

Json to_json(const Forma& forma) {
  JsonArray stacks;
  for (const DeclaredStack& stack : forma.stacks) {
    JsonObject out{{"Label", stack.label}};
    if (!stack.description.empty()) out["Description"] = stack.description;
    stacks.push_back(std::move(out));
  }
  JsonArray targets;
  for (const Target& target : forma.targets) {
    targets.push_back(JsonObject{{"Label", target.label},
                                 {"Namespace", target.name_space},
                                 {"Config", target.config},
                                 {"Discoverable", target.discoverable},
                                 {"Version", target.version}});
  }
  JsonArray resources;
  for (const DeclaredResource& resource : forma.resources) {
    resources.push_back(JsonObject{{"Label", resource.identity.label.text()},
                                   {"Type", resource.identity.type.text()},
                                   {"Stack", resource.identity.stack.text()},
                                   {"Target", resource.target.text()},
                                   {"Properties", resource.properties}});
  }
  JsonObject out;
  if (!forma.description.empty()) out["Description"] = JsonObject{{"Text", forma.description}};
  out["Stacks"] = std::move(stacks);
  out["Targets"] = std::move(targets);
  out["Resources"] = std::move(resources);
  return out;
}

std::optional<Reference> as_reference(const Json& value) {
  const std::optional<ReferenceTexts> texts = reference_texts(value);
  if (!texts) return std::nullopt;
  return Reference{{texts->stack, texts->label, texts->type}, texts->property};
}

bool is_reference(const Json& value) { return reference_texts(value).has_value(); }

Json to_json(const Reference& reference) {
  return JsonObject{{"$res", true},
                    {"$label", reference.producer.label.text()},
                    {"$type", reference.producer.type.text()},
                    {"$stack", reference.producer.stack.text()},
                    {"$property", reference.property.text()}};
}

void for_each_reference(const JsonObject& properties, const Visit& visit) {
  std::string path;
  visit_members(properties, path, visit);
}

void for_each_reference(const JsonObject& properties,
                        const std::function<void(const Reference&)>& visit) {
  for (const auto& entry : properties) for_each_reference(entry.value(), visit);
}

void for_each_reference(const Json& value, const std::function<void(const Reference&)>& visit) {
  if (!value.is_structured()) return;
  if (const std::optional<Reference> reference = as_reference(value)) {
    visit(*reference);
  } else if (const JsonObject* object = value.if_object()) {
    for_each_reference(*object, visit);
  } else {
    for (const Json& element : value.get_array()) for_each_reference(element, visit);
  }
}

JsonObject with_references_replaced(
    const JsonObject& properties,
    const std::function<std::optional<Json>(const Reference&)>& resolve) {
  JsonObject out;
  out.reserve(properties.size());
  for (const auto& entry : properties) {
    out.emplace(entry.key(), replaced_in(entry.value(), resolve));
  }
  return out;
}

}  // namespace squall
