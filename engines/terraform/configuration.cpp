#include "engines/terraform/configuration.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>

#include "engines/processes/work_area.h"

namespace squall::terraform {
namespace {

// In JSON syntax every string is a template: what would begin an interpolation or a directive is
// doubled.
std::string escaped(std::string_view text) {
  std::string made;
  for (size_t i = 0; i < text.size(); ++i) {
    made += text[i];
    const bool introduces =
        (text[i] == '$' || text[i] == '%') && i + 1 < text.size() && text[i + 1] == '{';
    if (introduces) made += text[i];
  }
  return made;
}

std::string interpolated(std::string_view expression) { return fmt::format("${{{}}}", expression); }

Json literal(const Json& value) {
  if (const auto* text = value.if_string()) return Json(escaped(*text));
  if (const auto* array = value.if_array()) {
    JsonArray made;
    for (const Json& element : *array) made.push_back(literal(element));
    return made;
  }
  if (const auto* object = value.if_object()) {
    JsonObject made;
    for (const auto& [key, element] : *object) made[escaped(key)] = literal(element);
    return made;
  }
  return value;
}

Json rendered(const Value& value) {
  if (const auto* json = std::get_if<Json>(&value.is)) return literal(*json);
  if (const auto* expression = std::get_if<Expression>(&value.is)) {
    return Json(interpolated(expression->text));
  }
  if (const auto* list = std::get_if<Value::List>(&value.is)) {
    JsonArray made;
    for (const Value& element : *list) made.push_back(rendered(element));
    return made;
  }
  JsonObject made;
  for (const auto& [key, element] : std::get<Value::Object>(value.is)) {
    made[escaped(key)] = rendered(element);
  }
  return made;
}

JsonArray texts(const std::vector<std::string>& from) {
  JsonArray made;
  for (const std::string& text : from) made.push_back(Json(text));
  return made;
}

void put_arguments(JsonObject& into, const Arguments& arguments) {
  for (const auto& [name, value] : arguments) into[name] = rendered(value);
}

void put_conditions(JsonObject& into, std::string_view name, const std::vector<Condition>& from) {
  if (from.empty()) return;
  JsonArray made;
  for (const Condition& each : from) {
    made.push_back(JsonObject{{"condition", interpolated(each.condition)},
                              {"error_message", escaped(each.error_message)}});
  }
  into[name] = std::move(made);
}

void put_repetition(JsonObject& into, const Repetition& repetition) {
  if (repetition.count) into["count"] = rendered(*repetition.count);
  if (repetition.for_each) into["for_each"] = rendered(*repetition.for_each);
}

void put_depends_on(JsonObject& into, const std::vector<std::string>& references) {
  if (!references.empty()) into["depends_on"] = texts(references);
}

JsonObject rendered(const Lifecycle& from) {
  JsonObject made;
  if (from.create_before_destroy) made["create_before_destroy"] = *from.create_before_destroy;
  if (from.prevent_destroy) made["prevent_destroy"] = *from.prevent_destroy;
  if (from.ignore_all_changes) {
    made["ignore_changes"] = "all";
  } else if (!from.ignore_changes.empty()) {
    made["ignore_changes"] = texts(from.ignore_changes);
  }
  if (!from.replace_triggered_by.empty()) {
    made["replace_triggered_by"] = texts(from.replace_triggered_by);
  }
  put_conditions(made, "precondition", from.preconditions);
  put_conditions(made, "postcondition", from.postconditions);
  return made;
}

JsonArray rendered(const std::vector<LocalExec>& provisioners) {
  JsonArray made;
  for (const LocalExec& each : provisioners) {
    JsonObject arguments{{"command", escaped(each.command)}};
    if (each.when_destroyed) arguments["when"] = "destroy";
    if (each.continue_on_failure) arguments["on_failure"] = "continue";
    made.push_back(JsonObject{{"local-exec", std::move(arguments)}});
  }
  return made;
}

JsonObject rendered(const ResourceConfig& from) {
  JsonObject made;
  put_arguments(made, from.arguments);
  put_repetition(made, from.repetition);
  put_depends_on(made, from.depends_on);
  if (!from.provider.empty()) made["provider"] = from.provider;
  JsonObject lifecycle = rendered(from.lifecycle);
  if (!lifecycle.empty()) made["lifecycle"] = std::move(lifecycle);
  if (!from.provisioners.empty()) made["provisioner"] = rendered(from.provisioners);
  return made;
}

// type → name → body; where a name comes twice, which is for the command line to refuse, an array.
void put_resources(JsonObject& into, std::string_view block,
                   const std::vector<ResourceConfig>& from) {
  if (from.empty()) return;
  JsonObject types;
  for (const ResourceConfig& each : from) {
    Json& names = types[each.type];
    if (names.is_null()) names.emplace_object();
    Json& body = names.as_object()[each.name];
    if (body.is_object()) body = JsonArray{body};
    if (body.is_array()) {
      body.get_array().push_back(rendered(each));
    } else {
      body = rendered(each);
    }
  }
  into[block] = std::move(types);
}

JsonObject rendered(const VariableConfig& from) {
  JsonObject made;
  if (!from.type.empty()) made["type"] = from.type;
  if (from.default_value) made["default"] = rendered(*from.default_value);
  if (from.sensitive) made["sensitive"] = true;
  if (from.ephemeral) made["ephemeral"] = true;
  put_conditions(made, "validation", from.validations);
  return made;
}

JsonObject rendered(const OutputConfig& from) {
  JsonObject made{{"value", rendered(from.value)}};
  if (from.sensitive) made["sensitive"] = true;
  put_depends_on(made, from.depends_on);
  put_conditions(made, "precondition", from.preconditions);
  return made;
}

// `up` leads from the caller's directory to the root's.
JsonObject rendered(const ModuleCall& from, std::string_view up) {
  JsonObject made{{"source", fmt::format("{}modules/{}", up, from.module)}};
  put_arguments(made, from.inputs);
  put_repetition(made, from.repetition);
  put_depends_on(made, from.depends_on);
  return made;
}

JsonObject rendered(const ImportConfig& from) {
  JsonObject made{{"to", from.to}, {"id", rendered(from.id)}};
  if (from.for_each) made["for_each"] = rendered(*from.for_each);
  return made;
}

template <class List, class Render>
void put_named(JsonObject& into, std::string_view block, const List& from, Render render_one) {
  if (from.empty()) return;
  JsonObject made;
  for (const auto& each : from) made[each.name] = render_one(each);
  into[block] = std::move(made);
}

template <class List, class Render>
void put_list(JsonObject& into, std::string_view block, const List& from, Render render_one) {
  if (from.empty()) return;
  JsonArray made;
  for (const auto& each : from) made.push_back(render_one(each));
  into[block] = std::move(made);
}

void put_module(JsonObject& into, const ModuleConfig& from, std::string_view up) {
  put_named(into, "variable", from.variables,
            [](const VariableConfig& each) { return rendered(each); });
  if (!from.locals.empty()) {
    JsonObject locals;
    put_arguments(locals, from.locals);
    into["locals"] = std::move(locals);
  }
  put_resources(into, "resource", from.resources);
  put_resources(into, "data", from.data_sources);
  put_named(into, "module", from.calls,
            [up](const ModuleCall& each) { return rendered(each, up); });
  put_named(into, "output", from.outputs, [](const OutputConfig& each) { return rendered(each); });
  put_list(into, "moved", from.moved, [](const MovedConfig& each) {
    return JsonObject{{"from", each.from}, {"to", each.to}};
  });
  put_list(into, "removed", from.removed, [](const RemovedConfig& each) {
    JsonObject body{{"from", each.from}, {"lifecycle", JsonObject{{"destroy", each.destroy}}}};
    if (!each.provisioners.empty()) body["provisioner"] = rendered(each.provisioners);
    return body;
  });
  put_list(into, "import", from.imports, [](const ImportConfig& each) { return rendered(each); });
}

JsonObject required_providers(const std::vector<ProviderConfig>& providers) {
  JsonObject made;
  for (const ProviderConfig& each : providers) {
    if (!each.source.empty()) made[each.name] = JsonObject{{"source", each.source}};
  }
  return made;
}

void put_providers(JsonObject& into, const std::vector<ProviderConfig>& providers) {
  JsonObject made;
  for (const ProviderConfig& each : providers) {
    JsonObject body;
    if (!each.alias.empty()) body["alias"] = each.alias;
    put_arguments(body, each.arguments);
    Json& configurations = made[each.name];
    if (configurations.is_null()) configurations.emplace_array();
    configurations.as_array().push_back(std::move(body));
  }
  if (!made.empty()) into["provider"] = std::move(made);
}

void put_settings(JsonObject& into, const Configuration& configuration, bool is_root) {
  JsonObject settings;
  JsonObject required = required_providers(configuration.providers);
  if (!required.empty()) settings["required_providers"] = std::move(required);
  if (is_root && configuration.backend) {
    JsonObject arguments;
    put_arguments(arguments, configuration.backend->arguments);
    settings["backend"] = JsonObject{{configuration.backend->type, std::move(arguments)}};
  }
  if (!settings.empty()) into["terraform"] = std::move(settings);
}

struct Installed {
  std::string key;     // "outer.inner": the names of the calls
  std::string source;  // as the call has it
  std::string directory;
};

// Every call, its module's calls after it. A module that calls itself would go on for ever: the CLI
// refuses that, so it is not followed.
void install(const Configuration& configuration, const std::vector<ModuleCall>& calls,
             const std::string& key, std::string_view up, std::set<std::string>& open,
             std::vector<Installed>& into) {
  for (const ModuleCall& call : calls) {
    const std::string own = key.empty() ? call.name : key + "." + call.name;
    into.push_back({own, fmt::format("{}modules/{}", up, call.module), "modules/" + call.module});
    const auto found = configuration.modules.find(call.module);
    if (found == configuration.modules.end() || !open.insert(call.module).second) continue;
    install(configuration, found->second.calls, own, "../../", open, into);
    open.erase(call.module);
  }
}

std::string module_record(const Configuration& configuration) {
  std::vector<Installed> installed;
  std::set<std::string> open;
  install(configuration, configuration.root.calls, "", "./", open, installed);
  std::ranges::sort(installed, {}, &Installed::key);
  JsonArray modules{JsonObject{{"Key", ""}, {"Source", ""}, {"Dir", "."}}};
  for (const Installed& each : installed) {
    modules.push_back(
        JsonObject{{"Key", each.key}, {"Source", each.source}, {"Dir", each.directory}});
  }
  return one_line(JsonObject{{"Modules", std::move(modules)}});
}

Result<void> remove_stale(const std::string& directory,
                          const std::map<std::string, std::string>& wanted) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<fs::path> candidates;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    candidates.push_back(entry.path());
  }
  if (error) return fail(fmt::format("read the directory {}: {}", directory, error.message()));
  // No modules/ is no error.
  for (const fs::directory_entry& entry : fs::directory_iterator(directory + "/modules", error)) {
    candidates.push_back(entry.path() / "main.tf.json");
  }
  for (const fs::path& path : candidates) {
    const std::string relative = path.lexically_relative(directory).string();
    if (!relative.ends_with(".tf.json") || wanted.contains(relative)) continue;
    if (!fs::remove(path, error) && error) {
      return fail(fmt::format("remove {}: {}", path.string(), error.message()));
    }
  }
  return {};
}

}  // namespace

Value set_of(const std::vector<std::string>& keys) {
  std::string list;
  for (const std::string& key : keys) {
    if (!list.empty()) list += ", ";
    list += one_line(Json(escaped(key)));
  }
  return Expression{fmt::format("toset([{}])", list)};
}

std::map<std::string, std::string> render(const Configuration& configuration) {
  std::map<std::string, std::string> files;
  JsonObject root;
  put_settings(root, configuration, true);
  put_providers(root, configuration.providers);
  put_module(root, configuration.root, "./");
  files["main.tf.json"] = pretty(root);
  for (const auto& [name, module] : configuration.modules) {
    JsonObject body;
    put_settings(body, configuration, false);
    put_module(body, module, "../../");
    files[fmt::format("modules/{}/main.tf.json", name)] = pretty(body);
  }
  if (!configuration.root.calls.empty()) {
    files[".terraform/modules/modules.json"] = module_record(configuration);
  }
  return files;
}

Result<void> write_configuration(const Configuration& configuration, const std::string& directory) {
  const std::map<std::string, std::string> files = render(configuration);
  TRY_VOID(remove_stale(directory, files));
  for (const auto& [path, text] : files) {
    const std::filesystem::path whole = std::filesystem::path(directory) / path;
    std::error_code error;
    std::filesystem::create_directories(whole.parent_path(), error);
    if (error) {
      return fail(
          fmt::format("make the directory {}: {}", whole.parent_path().string(), error.message()));
    }
    TRY_VOID(processes::write_text(whole.string(), text));
  }
  return {};
}

}  // namespace squall::terraform
