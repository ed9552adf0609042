#include "suite/scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ranges>
#include <set>
#include <system_error>

#include "documents/reader.h"
#include "suite/operation_type.h"

namespace squall::suite {

namespace {

constexpr int64_t kMaxDuration_us = 86'400'000'000;  // a day: more is a slip of the pen

// ---- writing

Json to_json(const cloud::FaultRule& rule) {
  JsonObject out;
  out["fault"] = rule.effect.kind;
  if (rule.call) out["call"] = to_string(*rule.call);
  if (!rule.label.empty()) out["label"] = rule.label;
  if (!rule.type.empty()) out["type"] = rule.type;
  if (rule.permille > 0) {
    out["permille"] = rule.permille;
  } else {
    out["nth"] = rule.nth;
    if (rule.count != 1) out["count"] = rule.count;
  }
  if (rule.effect.code) out["code"] = to_string(*rule.effect.code);
  if (rule.effect.delay.count() != 0) out["delay_us"] = rule.effect.delay.count();
  if (rule.effect.variant != 0) out["variant"] = rule.effect.variant;
  return out;
}

template <class T, class Write>
void put_list(JsonObject& out, std::string_view key, const std::vector<T>& list, Write write) {
  if (list.empty()) return;
  JsonArray array;
  for (const T& element : list) array.push_back(write(element));
  out[key] = std::move(array);
}

Json to_json(const Placement& placement) {
  JsonObject out;
  if (!placement.module.empty()) out["module"] = placement.module;
  if (placement.repetition != Repetition::kNone)
    out["repetition"] = to_string(placement.repetition);
  put_list(out, "group", placement.group, [](const std::string& s) { return Json(s); });
  if (placement.create_before_destroy) out["create_before_destroy"] = true;
  if (placement.prevent_destroy) out["prevent_destroy"] = true;
  put_list(out, "ignored", placement.ignored, [](const std::string& s) { return Json(s); });
  put_list(out, "triggered_by", placement.triggered_by,
           [](const std::string& s) { return Json(s); });
  put_list(out, "demands", placement.demands, [](const Demand& demand) {
    return Json(
        JsonObject{{"of", demand.label}, {"property", demand.property}, {"value", demand.value}});
  });
  if (placement.provisioning_fails) out["provisioning_fails"] = true;
  return out;
}

Json to_json(const Operation& operation) {
  JsonObject out;
  out["kind"] = operation.kind;
  const auto text = [](const std::string& s) { return Json(s); };
  if (operation.kind == "apply") {
    out["mode"] = to_string(operation.mode);
    if (operation.force) out["force"] = true;
    if (operation.simulate) out["simulate"] = true;
    put_list(out, "stacks", operation.stacks, text);
  }
  if (operation.kind == "destroy" && operation.simulate) out["simulate"] = true;
  if (operation.kind == "apply" || operation.kind == "destroy") {
    if (operation.on_dependents != OnDependents::kAbort)
      out["on_dependents"] = to_string(operation.on_dependents);
    if (operation.flaw != Flaw::kNone) out["flaw"] = to_string(operation.flaw);
  }
  if (operation.kind == "apply" || !operation.resources.empty()) {
    JsonObject resources;
    for (const WantedResource& wanted : operation.resources)
      resources[wanted.label] = wanted.properties;
    out["resources"] = std::move(resources);
  }
  JsonObject placements;
  for (const WantedResource& wanted : operation.resources)
    if (wanted.placement != Placement()) placements[wanted.label] = to_json(wanted.placement);
  if (!placements.empty()) out["placements"] = std::move(placements);
  put_list(out, "forgotten", operation.forgotten, text);
  put_list(out, "replaced", operation.replaced, text);
  put_list(out, "targeted", operation.targeted, text);
  put_list(out, "outputs", operation.outputs, [](const WantedOutput& output) {
    JsonObject one{{"of", output.label}, {"property", output.property}};
    if (output.is_sensitive) one["sensitive"] = true;
    if (output.by_data_source) one["by_data_source"] = true;
    return Json(std::move(one));
  });
  if (operation.drops_outputs) out["drops_outputs"] = true;
  if (!operation.refresh) out["refresh"] = false;
  if (operation.parallelism != 0) out["parallelism"] = operation.parallelism;
  if (operation.duration.count() != 0) out["duration_us"] = operation.duration.count();
  if (!operation.blocking) out["blocking"] = false;
  put_list(out, "faults", operation.faults, [](const auto& rule) { return to_json(rule); });
  put_list(out, "crashes", operation.crashes, [](const CrashPoint& crash) {
    return Json(JsonObject{{"at", to_string(crash.moment)}, {"nth", crash.nth}});
  });
  put_list(out, "store_faults", operation.store_faults, [](const StoreFault& fault) {
    JsonObject one{{"call", to_string(fault.operation)}, {"fault", to_string(fault.kind)}};
    if (fault.nth != 1) one["nth"] = fault.nth;
    if (fault.delay.count() != 0) one["delay_us"] = fault.delay.count();
    return Json(std::move(one));
  });
  if (operation.rival != 0) out["rival"] = operation.rival;
  if (operation.disk_full) out["disk_full"] = true;
  if (operation.reply_lost) out["reply_lost"] = true;
  return out;
}

Json to_json(const Deviation& deviation) {
  JsonObject out;
  out["event"] = to_string(deviation.event);
  if (!deviation.label.empty()) out["label"] = deviation.label;
  out["nth"] = deviation.nth;
  if (deviation.delay.count() != 0) out["delay_us"] = deviation.delay.count();
  if (deviation.last_of_ties) out["last_of_ties"] = true;
  return out;
}

Json to_json(const cloud::Behaviours& behaviours) {
  const cloud::Behaviours usual;
  JsonObject out;
  const auto put = [&out](std::string_view key, auto value, auto by_default) {
    if (value != by_default) out[key] = value;
  };
  put("create_tokens", behaviours.create_tokens, usual.create_tokens);
  put("versions", behaviours.versions, usual.versions);
  put("rate_per_second", behaviours.rate_per_second, usual.rate_per_second);
  put("status_polls", behaviours.status_polls, usual.status_polls);
  put("consistency_window_us", behaviours.consistency_window.count(),
      usual.consistency_window.count());
  put("quota", behaviours.quota, usual.quota);
  put("referential_integrity", behaviours.referential_integrity, usual.referential_integrity);
  put("unique_names", behaviours.unique_names, usual.unique_names);
  put("normalises", behaviours.normalises, usual.normalises);
  if (!(behaviours.latency == usual.latency))
    out["latency"] = JsonObject{{"model", to_string(behaviours.latency.kind)},
                                {"typical_us", behaviours.latency.typical.count()}};
  return out;
}

Json to_json(const World& world) {
  JsonObject out;
  JsonArray stacks;
  for (const std::string& stack : world.stacks) stacks.push_back(Json(stack));
  out["stacks"] = std::move(stacks);
  JsonArray slots;
  for (const Slot& slot : world.slots) {
    JsonObject one{{"label", slot.label}, {"type", slot.type}, {"stack", slot.stack}};
    if (!slot.properties.empty()) one["properties"] = slot.properties;
    slots.push_back(std::move(one));
  }
  out["resources"] = std::move(slots);
  const Json behaviours = to_json(world.behaviours);
  if (!behaviours.get_object().empty()) out["behaviours"] = behaviours;
  if (world.provider_rate != 0) out["provider_rate"] = world.provider_rate;
  if (world.store != StoreKind::kLocal) out["store"] = to_string(world.store);
  if (!world.workspace.empty()) out["workspace"] = world.workspace;
  return out;
}

// ---- reading

Result<std::vector<std::string>> texts(const Reader& reader, std::string_view key) {
  TRY(const auto elements, reader.elements_or_none(key));
  std::vector<std::string> out;
  for (const Reader& element : elements) {
    TRY(std::string text, element.non_empty_text());
    out.push_back(std::move(text));
  }
  return out;
}

Result<cloud::Behaviours> read_behaviours(const Reader& reader) {
  TRY_VOID(reader.only({"create_tokens", "versions", "rate_per_second", "status_polls",
                        "consistency_window_us", "quota", "referential_integrity", "unique_names",
                        "normalises", "latency"}));
  cloud::Behaviours out;
  TRY(out.create_tokens, reader.boolean_or("create_tokens", true));
  TRY(out.versions, reader.boolean_or("versions", true));
  TRY(const int64_t rate, reader.integer_or("rate_per_second", 0, 0, 1'000'000));
  out.rate_per_second = static_cast<uint32_t>(rate);
  TRY(const int64_t polls, reader.integer_or("status_polls", 0, 0, 1000));
  out.status_polls = static_cast<uint32_t>(polls);
  TRY(const int64_t window, reader.integer_or("consistency_window_us", 0, 0, kMaxDuration_us));
  out.consistency_window = Duration(window);
  TRY(const int64_t quota, reader.integer_or("quota", 0, 0, 1'000'000));
  out.quota = static_cast<uint32_t>(quota);
  TRY(out.referential_integrity, reader.boolean_or("referential_integrity", false));
  TRY(out.unique_names, reader.boolean_or("unique_names", false));
  TRY(out.normalises, reader.boolean_or("normalises", false));
  TRY(const auto latency, reader.find("latency"));
  if (!latency) return out;
  TRY_VOID(latency->only({"model", "typical_us"}));
  TRY(out.latency.kind, latency->chosen("model", cloud::parse_latency_kind));
  TRY(const int64_t typical, latency->integer("typical_us", 0, kMaxDuration_us));
  out.latency.typical = Duration(typical);
  return out;
}

Result<Slot> read_slot(const Reader& element, const World& world) {
  TRY_VOID(element.only({"label", "type", "stack", "properties"}));
  Slot slot;
  TRY(slot.label, element.non_empty_text("label"));
  TRY(slot.type, element.non_empty_text("type"));
  TRY(slot.stack, element.non_empty_text("stack"));
  if (std::ranges::find(world.stacks, slot.stack) == world.stacks.end())
    return element.wrong("stack \"" + slot.stack + "\" is not among \"stacks\"");
  if (world.find(slot.label) != nullptr)
    return element.wrong("a second resource with the label \"" + slot.label + "\"");
  TRY(const auto properties, element.find("properties"));
  if (!properties) return slot;
  TRY(const JsonObject* object, properties->object());
  slot.properties = *object;
  for (const std::string& label : labels_in(slot.properties))
    if (world.find(label) == nullptr)
      return properties->wrong("\"" + label + "\" must be a resource listed before it");
  return slot;
}

Result<World> read_world(const Reader& reader) {
  TRY_VOID(
      reader.only({"stacks", "resources", "behaviours", "provider_rate", "store", "workspace"}));
  World world;
  TRY(world.stacks, texts(reader, "stacks"));
  if (world.stacks.empty()) return reader.wrong("needs at least one stack in \"stacks\"");
  TRY(const auto elements, reader.elements_or_none("resources"));
  for (const Reader& element : elements) {
    TRY(Slot slot, read_slot(element, world));
    world.slots.push_back(std::move(slot));
  }
  TRY(const auto behaviours, reader.find("behaviours"));
  if (behaviours) {
    TRY(world.behaviours, read_behaviours(*behaviours));
  }
  TRY(const int64_t rate, reader.integer_or("provider_rate", 0, 0, 1'000'000));
  world.provider_rate = static_cast<uint32_t>(rate);
  TRY(world.store, reader.chosen_or("store", parse_store_kind, StoreKind::kLocal));
  TRY(world.workspace, reader.text_or("workspace", ""));
  return world;
}

Result<cloud::FaultRule> read_fault(const Reader& reader, const World& world) {
  TRY_VOID(reader.only({"fault", "call", "label", "type", "nth", "count", "permille", "code",
                        "delay_us", "variant"}));
  cloud::FaultRule rule;
  TRY(rule.effect.kind, reader.non_empty_text("fault"));
  TRY(const auto call, reader.find("call"));
  if (call) {
    TRY(rule.call, reader.chosen("call", parse_call_kind));
  }
  TRY(rule.label, reader.text_or("label", ""));
  // A slip of the pen here would make a fault that never strikes.
  if (!rule.label.empty() && world.find(rule.label) == nullptr)
    return reader.wrong("the world has no resource \"" + rule.label + "\"");
  TRY(rule.type, reader.text_or("type", ""));
  TRY(const int64_t nth, reader.integer_or("nth", 1, 1, 1'000'000));
  TRY(const int64_t count, reader.integer_or("count", 1, 1, 1'000'000));
  TRY(const int64_t permille, reader.integer_or("permille", 0, 0, 1000));
  TRY(const int64_t delay, reader.integer_or("delay_us", 0, 0, kMaxDuration_us));
  rule.nth = static_cast<uint32_t>(nth);
  rule.count = static_cast<uint32_t>(count);
  rule.permille = static_cast<uint32_t>(permille);
  rule.effect.delay = Duration(delay);
  TRY(const int64_t variant, reader.integer_or("variant", 0, 0, 1000));
  rule.effect.variant = static_cast<uint32_t>(variant);
  TRY(const auto code, reader.find("code"));
  if (code) {
    TRY(rule.effect.code, reader.chosen("code", parse_error_code));
  }
  const Result<void> valid = cloud::validate(rule);
  if (!valid) return reader.wrong(valid.error().message);
  return rule;
}

Result<void> read_resources(const Reader& reader, const World& world, Operation& operation) {
  TRY(const auto found, reader.find("resources"));
  if (!found) return {};
  TRY(const auto members, found->members());
  for (const auto& [label, value] : members) {
    if (world.find(label) == nullptr)
      return value.wrong("the world has no resource \"" + label + "\"");
    TRY(const JsonObject* properties, value.object());
    operation.resources.push_back({label, *properties});
  }
  return {};
}

Result<Demand> read_demand(const Reader& reader) {
  TRY_VOID(reader.only({"of", "property", "value"}));
  Demand out;
  TRY(out.label, reader.non_empty_text("of"));
  TRY(out.property, reader.non_empty_text("property"));
  TRY(const Reader value, reader.at("value"));
  out.value = value.value();
  return out;
}

// What a resource is called, a module of its own may be called too.
Result<std::string> read_module(const Reader& reader, const World& world) {
  TRY(std::string text, reader.text_or("module", ""));
  if (text.empty()) return text;
  TRY(std::string path, reader.chosen("module", parse_module_path));
  for (const Slot& slot : world.slots)
    for (const auto& step : std::views::split(path, kModuleStep))
      if (std::string_view(step) == slot.label)
        return reader.wrong(
            fmt::format("the module \"{}\" is called as the resource \"{}\": use another name",
                        path, slot.label));
  return path;
}

Result<Placement> read_placement(const Reader& reader, const World& world) {
  TRY_VOID(reader.only({"module", "repetition", "group", "create_before_destroy", "prevent_destroy",
                        "ignored", "triggered_by", "demands", "provisioning_fails"}));
  Placement out;
  TRY(out.module, read_module(reader, world));
  TRY(out.repetition, reader.chosen_or("repetition", parse_repetition, Repetition::kNone));
  TRY(out.group, texts(reader, "group"));
  TRY(out.create_before_destroy, reader.boolean_or("create_before_destroy", false));
  TRY(out.prevent_destroy, reader.boolean_or("prevent_destroy", false));
  TRY(out.ignored, texts(reader, "ignored"));
  TRY(out.triggered_by, texts(reader, "triggered_by"));
  TRY(const auto demands, reader.elements_or_none("demands"));
  for (const Reader& each : demands) {
    TRY(Demand demand, read_demand(each));
    out.demands.push_back(std::move(demand));
  }
  TRY(out.provisioning_fails, reader.boolean_or("provisioning_fails", false));
  return out;
}

Result<void> read_placements(const Reader& reader, const World& world, Operation& operation) {
  TRY(const auto found, reader.find("placements"));
  if (!found) return {};
  TRY(const auto members, found->members());
  for (const auto& [label, value] : members) {
    const auto wanted = std::ranges::find(operation.resources, label, &WantedResource::label);
    if (wanted == operation.resources.end())
      return value.wrong("\"" + label + "\" is not among the operation's resources");
    TRY(wanted->placement, read_placement(value, world));
  }
  return {};
}

Result<StoreFault> read_store_fault(const Reader& reader) {
  TRY_VOID(reader.only({"call", "fault", "nth", "delay_us"}));
  StoreFault out;
  TRY(out.operation, reader.chosen("call", parse_store_operation));
  TRY(out.kind, reader.chosen("fault", parse_store_fault_kind));
  TRY(const int64_t nth, reader.integer_or("nth", 1, 1, 1'000'000));
  out.nth = static_cast<uint32_t>(nth);
  TRY(const int64_t delay, reader.integer_or("delay_us", 0, 0, kMaxDuration_us));
  out.delay = Duration(delay);
  return out;
}

Result<std::vector<std::string>> labels(const Reader& reader, const World& world,
                                        std::string_view key) {
  TRY(std::vector<std::string> out, texts(reader, key));
  for (const std::string& label : out)
    if (world.find(label) == nullptr)
      return reader.wrong(
          fmt::format("\"{}\" names \"{}\", which the world does not have", key, label));
  return out;
}

Result<std::vector<WantedOutput>> read_outputs(const Reader& reader, const World& world) {
  TRY(const auto elements, reader.elements_or_none("outputs"));
  std::vector<WantedOutput> out;
  for (const Reader& element : elements) {
    TRY_VOID(element.only({"of", "property", "sensitive", "by_data_source"}));
    WantedOutput output;
    TRY(output.label, element.non_empty_text("of"));
    if (world.find(output.label) == nullptr)
      return element.wrong("the world has no resource \"" + output.label + "\"");
    TRY(output.property, element.non_empty_text("property"));
    TRY(output.is_sensitive, element.boolean_or("sensitive", false));
    TRY(output.by_data_source, element.boolean_or("by_data_source", false));
    out.push_back(std::move(output));
  }
  return out;
}

// What an apply names beside what it declares.
Result<void> read_named(const Reader& reader, const World& world, Operation& operation) {
  TRY(operation.forgotten, labels(reader, world, "forgotten"));
  TRY(operation.replaced, labels(reader, world, "replaced"));
  TRY(operation.targeted, labels(reader, world, "targeted"));
  TRY(operation.outputs, read_outputs(reader, world));
  TRY(operation.drops_outputs, reader.boolean_or("drops_outputs", false));
  TRY(operation.refresh, reader.boolean_or("refresh", true));
  TRY(const int64_t parallelism, reader.integer_or("parallelism", 0, 0, 1000));
  operation.parallelism = static_cast<int>(parallelism);
  TRY(const int64_t rival, reader.integer_or("rival", 0, 0, 1'000'000));
  operation.rival = static_cast<uint32_t>(rival);
  for (const std::string& label : operation.forgotten) {
    if (std::ranges::find(operation.resources, label, &WantedResource::label) !=
        operation.resources.end())
      return reader.wrong("\"" + label + "\" cannot be declared and forgotten at once");
  }
  return {};
}

Result<Operation> read_operation(const Reader& reader, const World& world) {
  TRY_VOID(reader.only({"kind",          "mode",     "force",       "stacks",       "resources",
                        "on_dependents", "flaw",     "duration_us", "blocking",     "faults",
                        "crashes",       "simulate", "disk_full",   "reply_lost",   "placements",
                        "forgotten",     "replaced", "targeted",    "parallelism",  "refresh",
                        "store_faults",  "outputs",  "rival",       "drops_outputs"}));
  Operation operation;
  TRY(operation.kind, reader.non_empty_text("kind"));
  if (find_operation_type(operation.kind) == nullptr)
    return reader.wrong("unknown operation kind \"" + operation.kind +
                        "\"; `squall list operations` names them");
  TRY(operation.mode, reader.chosen_or("mode", parse_mode, Mode::kReconcile));
  TRY(operation.force, reader.boolean_or("force", false));
  TRY(operation.simulate, reader.boolean_or("simulate", false));
  TRY(operation.disk_full, reader.boolean_or("disk_full", false));
  TRY(operation.reply_lost, reader.boolean_or("reply_lost", false));
  TRY(operation.on_dependents,
      reader.chosen_or("on_dependents", parse_on_dependents, OnDependents::kAbort));
  TRY(operation.flaw, reader.chosen_or("flaw", parse_flaw, Flaw::kNone));
  TRY(operation.blocking, reader.boolean_or("blocking", true));
  TRY(const int64_t duration, reader.integer_or("duration_us", 0, 0, kMaxDuration_us));
  operation.duration = Duration(duration);
  TRY(operation.stacks, texts(reader, "stacks"));
  for (const std::string& stack : operation.stacks)
    if (std::ranges::find(world.stacks, stack) == world.stacks.end())
      return reader.wrong("the world has no stack \"" + stack + "\"");
  TRY_VOID(read_resources(reader, world, operation));
  TRY_VOID(read_placements(reader, world, operation));
  TRY_VOID(read_named(reader, world, operation));
  TRY(const auto faults, reader.elements_or_none("faults"));
  for (const Reader& fault : faults) {
    TRY(cloud::FaultRule rule, read_fault(fault, world));
    operation.faults.push_back(std::move(rule));
  }
  TRY(const auto crashes, reader.elements_or_none("crashes"));
  for (const Reader& crash : crashes) {
    TRY_VOID(crash.only({"at", "nth"}));
    CrashPoint point;
    TRY(point.moment, crash.chosen("at", parse_crash_moment));
    TRY(const int64_t nth, crash.integer_or("nth", 1, 1, 1'000'000));
    point.nth = static_cast<uint32_t>(nth);
    operation.crashes.push_back(point);
  }
  TRY(const auto store_faults, reader.elements_or_none("store_faults"));
  for (const Reader& each : store_faults) {
    TRY(const StoreFault fault, read_store_fault(each));
    operation.store_faults.push_back(fault);
  }
  return operation;
}

Result<Deviation> read_deviation(const Reader& reader, const World& world) {
  TRY_VOID(reader.only({"event", "label", "nth", "delay_us", "last_of_ties"}));
  Deviation out;
  TRY(out.event, reader.chosen("event", parse_scheduled_event));
  TRY(out.label, reader.text_or("label", ""));
  if (!out.label.empty() && world.find(out.label) == nullptr)
    return reader.wrong("the world has no resource \"" + out.label + "\"");
  TRY(const int64_t nth, reader.integer_or("nth", 1, 1, 1'000'000));
  out.nth = static_cast<uint32_t>(nth);
  TRY(const int64_t delay, reader.integer_or("delay_us", 0, 0, kMaxDuration_us));
  out.delay = Duration(delay);
  TRY(out.last_of_ties, reader.boolean_or("last_of_ties", false));
  return out;
}

}  // namespace

Result<Scenario> parse_scenario(std::string_view text) {
  TRY(const Json document, parse_json(text));
  const Reader reader(document);
  TRY(const int64_t format, reader.integer("format", 1, INT32_MAX));
  if (format > kScenarioFormat)
    return fail(
        fmt::format("the scenario has format {}, and this squall knows up to {}: it was "
                    "written by a newer version",
                    format, kScenarioFormat));
  TRY_VOID(
      reader.only({"format", "description", "engine", "engine_version", "squall_version", "profile",
                   "plants", "expected", "seed", "world", "operations", "schedule"}));
  Scenario scenario;
  TRY(scenario.description, reader.text_or("description", ""));
  TRY(scenario.engine, reader.text_or("engine", "sim"));
  TRY(scenario.engine_version, reader.text_or("engine_version", ""));
  TRY(scenario.squall_version, reader.text_or("squall_version", ""));
  TRY(scenario.profile, reader.text_or("profile", ""));
  TRY(scenario.plants, texts(reader, "plants"));
  TRY(scenario.expected, reader.text_or("expected", ""));
  TRY(const std::string seed, reader.text_or("seed", "0"));
  const char* const end = seed.data() + seed.size();
  const auto [stopped, failure] = std::from_chars(seed.data(), end, scenario.test_case.seed);
  if (failure != std::errc() || stopped != end)
    return reader.wrong("\"seed\" must be a text of decimal digits, of a number below 2^64");
  TRY(const Reader world, reader.at("world"));
  TRY(scenario.test_case.world, read_world(world));
  TRY(const auto operations, reader.elements("operations"));
  for (const Reader& element : operations) {
    TRY(Operation operation, read_operation(element, scenario.test_case.world));
    scenario.test_case.operations.push_back(std::move(operation));
  }
  TRY(const auto schedule, reader.elements_or_none("schedule"));
  for (const Reader& element : schedule) {
    TRY(Deviation deviation, read_deviation(element, scenario.test_case.world));
    scenario.test_case.schedule.push_back(std::move(deviation));
  }
  return scenario;
}

std::string to_text(const Scenario& scenario) {
  JsonObject out;
  out["format"] = kScenarioFormat;
  const auto put = [&out](std::string_view key, const std::string& value) {
    if (!value.empty()) out[key] = value;
  };
  put("description", scenario.description);
  put("engine", scenario.engine);
  put("engine_version", scenario.engine_version);
  put("squall_version", scenario.squall_version);
  put("profile", scenario.profile);
  put_list(out, "plants", scenario.plants, [](const std::string& s) { return Json(s); });
  put("expected", scenario.expected);
  // A text: JSON numbers lose the low bits of 64-bit integers in many readers.
  out["seed"] = std::to_string(scenario.test_case.seed);
  out["world"] = to_json(scenario.test_case.world);
  JsonArray operations;
  for (const Operation& operation : scenario.test_case.operations)
    operations.push_back(to_json(operation));
  out["operations"] = std::move(operations);
  put_list(out, "schedule", scenario.test_case.schedule,
           [](const Deviation& deviation) { return to_json(deviation); });
  return pretty(out) + "\n";
}

}  // namespace squall::suite
