#include "engines/terraform/state_file.h"

#include <fmt/format.h>

#include <filesystem>

#include "documents/reader.h"
#include "engines/processes/work_area.h"

namespace squall::terraform {
namespace {

constexpr int64_t kFormatVersion = 4;
constexpr int64_t kNewestSchema = std::numeric_limits<int64_t>::max();

Result<ResourceMode> mode_of(std::string_view text) {
  if (text == "managed") return ResourceMode::kManaged;
  if (text == "data") return ResourceMode::kData;
  return fail(fmt::format("unknown mode \"{}\"; known are \"managed\", \"data\"", text));
}

Result<InstanceKey> read_key(const Reader& instance) {
  TRY(const std::optional<Reader> key, instance.find("index_key"));
  if (!key) return InstanceKey();
  if (key->value().is_string()) return InstanceKey(std::string(key->value().as_string()));
  TRY(const int64_t number, key->integer());
  return InstanceKey(number);
}

Result<std::vector<std::string>> read_texts(const Reader& from, std::string_view key) {
  TRY(const std::vector<Reader> elements, from.elements_or_none(key));
  std::vector<std::string> texts;
  for (const Reader& element : elements) {
    TRY(std::string text, element.text());
    texts.push_back(std::move(text));
  }
  return texts;
}

Result<StateInstance> read_instance(const Reader& from) {
  StateInstance instance;
  TRY(instance.key, read_key(from));
  TRY(const std::string status, from.text_or("status", ""));
  if (!status.empty() && status != "tainted") {
    return from.wrong(fmt::format("unknown status \"{}\"; known is \"tainted\"", status));
  }
  instance.tainted = status == "tainted";
  TRY(instance.deposed, from.text_or("deposed", ""));
  TRY(instance.schema_version, from.integer("schema_version", 0, kNewestSchema));
  TRY(instance.attributes, from.object_or_empty("attributes"));
  TRY(instance.sensitive_attributes, from.array_or_empty("sensitive_attributes"));
  TRY(instance.private_data, from.text_or("private", ""));
  TRY(instance.dependencies, read_texts(from, "dependencies"));
  TRY(instance.create_before_destroy, from.boolean_or("create_before_destroy", false));
  return instance;
}

Result<StateResource> read_resource(const Reader& from) {
  StateResource resource;
  TRY(resource.module, from.text_or("module", ""));
  TRY(resource.mode, from.chosen("mode", mode_of));
  TRY(resource.type, from.non_empty_text("type"));
  TRY(resource.name, from.non_empty_text("name"));
  TRY(resource.provider, from.non_empty_text("provider"));
  TRY(const std::vector<Reader> instances, from.elements("instances"));
  for (const Reader& each : instances) {
    TRY(StateInstance instance, read_instance(each));
    resource.instances.push_back(std::move(instance));
  }
  return resource;
}

Result<std::map<std::string, StateOutput>> read_outputs(const Reader& from) {
  std::map<std::string, StateOutput> outputs;
  TRY(const std::optional<Reader> all, from.find("outputs"));
  if (!all) return outputs;
  TRY(const std::vector<Reader::Member> members, all->members());
  for (const Reader::Member& member : members) {
    StateOutput output;
    TRY_VOID(member.value.object());
    TRY(output.sensitive, member.value.boolean_or("sensitive", false));
    // null is a value too.
    if (const Json* value = squall::member(member.value.value(), "value")) output.value = *value;
    TRY(const Reader type, member.value.at("type"));
    output.type = type.value();
    outputs.emplace(member.key, std::move(output));
  }
  return outputs;
}

Result<State> read_document(const Reader& from) {
  TRY(const int64_t version, from.integer("version", 0, kNewestSchema));
  if (version != kFormatVersion) {
    return from.wrong(fmt::format("format version {}; {} is known", version, kFormatVersion));
  }
  State state;
  TRY(state.terraform_version, from.text_or("terraform_version", ""));
  TRY(const int64_t serial, from.integer("serial", 0, kNewestSchema));
  state.serial = static_cast<uint64_t>(serial);
  TRY(state.lineage, from.text_or("lineage", ""));
  TRY(state.outputs, read_outputs(from));
  TRY(const std::vector<Reader> resources, from.elements_or_none("resources"));
  for (const Reader& each : resources) {
    TRY(StateResource resource, read_resource(each));
    state.resources.push_back(std::move(resource));
  }
  return state;
}

// The escapes of a quoted HCL string.
std::string in_quotes(std::string_view text) {
  std::string made = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool introduces = (c == '$' || c == '%') && i + 1 < text.size() && text[i + 1] == '{';
    if (introduces) made += c;
    switch (c) {
      case '"':
        made += "\\\"";
        break;
      case '\\':
        made += "\\\\";
        break;
      case '\n':
        made += "\\n";
        break;
      case '\r':
        made += "\\r";
        break;
      case '\t':
        made += "\\t";
        break;
      default:
        made += c;
    }
  }
  return made + '"';
}

}  // namespace

std::string text_of(const InstanceKey& key) {
  if (const auto* number = std::get_if<int64_t>(&key)) return fmt::format("[{}]", *number);
  if (const auto* text = std::get_if<std::string>(&key))
    return fmt::format("[{}]", in_quotes(*text));
  return "";
}

std::string StateResource::address() const {
  return fmt::format("{}{}{}{}.{}", module, module.empty() ? "" : ".",
                     mode == ResourceMode::kData ? "data." : "", type, name);
}

std::string StateResource::address(const StateInstance& instance) const {
  return address() + text_of(instance.key);
}

const StateInstance* State::find(std::string_view address) const {
  for (const StateResource& resource : resources) {
    for (const StateInstance& instance : resource.instances) {
      if (instance.deposed.empty() && resource.address(instance) == address) return &instance;
    }
  }
  return nullptr;
}

size_t State::managed_objects() const {
  size_t count = 0;
  for (const StateResource& resource : resources) {
    if (resource.mode == ResourceMode::kManaged) count += resource.instances.size();
  }
  return count;
}

bool say_the_same(std::string_view a, std::string_view b) {
  const auto comparable = [](std::string_view text) -> std::optional<Json> {
    Result<Json> json = parse_json(text);
    if (!json || !json->is_object()) return std::nullopt;
    Json* const checks = json->get_object().if_contains("check_results");
    if (checks != nullptr && checks->is_array())
      std::ranges::sort(checks->get_array(), {},
                        [](const Json& check) { return canonical(check); });
    return *std::move(json);
  };
  const std::optional<Json> first = comparable(a);
  return first && first == comparable(b);
}

Result<std::optional<State>> parse_state(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto json = parse_json(text);
  if (!json) return fail(fmt::format("read a state: {}", json.error().message));
  auto state = read_document(Reader(*json));
  if (!state) return fail(fmt::format("read a state: {}", state.error().message));
  return std::move(*state);
}

Result<std::optional<State>> read_state(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error) && !error) return std::nullopt;
  TRY(const std::string text, processes::read_text(path));
  auto state = parse_state(text);
  if (!state) return fail(fmt::format("{}: {}", path, state.error().message));
  return state;
}

}  // namespace squall::terraform
