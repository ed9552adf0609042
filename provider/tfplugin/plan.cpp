#include "provider/tfplugin/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace squall::tfplugin {

namespace {

using Form = FieldMapping::Form;
using Path = std::vector<std::string>;

Path extended(Path path, std::string_view name) {
  path.emplace_back(name);
  return path;
}

// A create: what the cloud will make up is not known yet.
void plan_create(const std::vector<FieldMapping>& fields, const Value& config, Value& planned) {
  Value::Map* map = planned.if_map();
  if (map == nullptr) return;
  for (const FieldMapping& field : fields) {
    Value& value = (*map)[field.attribute];
    const Value& own_config = config.at(field.attribute);
    if (field.hint.write_only) value = Value();
    if (field.read_only || (field.may_be_filled && own_config.is_null())) value = Value::unknown();
    if (field.form == Form::kObject) plan_create(field.members, own_config, value);
  }
}

// The values of WriteOnly attributes stand in no plan.
void hide_write_only(const std::vector<FieldMapping>& fields, Value& planned) {
  Value::Map* map = planned.if_map();
  if (map == nullptr) return;
  for (const FieldMapping& field : fields) {
    Value& value = (*map)[field.attribute];
    if (field.hint.write_only) value = Value();
    if (field.form == Form::kObject) hide_write_only(field.members, value);
  }
}

bool holds_create_only(const FieldMapping& field, const Value& value) {
  return std::ranges::any_of(field.members, [&](const FieldMapping& member) {
    const Value& own = value.at(member.attribute);
    return !own.is_null() && (member.hint.create_only || holds_create_only(member, own));
  });
}

class Replacements {
 public:
  Replacements(const TypeMapping& mapping, const Value& prior, const Value& planned)
      : mapping_(mapping), prior_(prior), planned_(planned) {
    look(mapping.fields, prior, planned, {});
  }
  std::vector<Path> take() { return std::move(paths_); }

 private:
  void look(const std::vector<FieldMapping>& fields, const Value& prior, const Value& planned,
            const Path& path) {
    for (const FieldMapping& field : fields) {
      if (field.read_only) continue;
      look_at(field, prior.at(field.attribute), planned.at(field.attribute),
              extended(path, field.attribute));
    }
  }

  void look_at(const FieldMapping& field, const Value& prior, const Value& planned,
               const Path& path) {
    const bool fixed = field.hint.create_only || !mapping_.type.updatable;
    // Of a WriteOnly value nobody sees but its version that it changes.
    if (field.hint.write_only) {
      const std::string& version = field.version_attribute;
      if (fixed && prior_.at(version) != planned_.at(version)) paths_.push_back({version});
      return;
    }
    if (prior == planned) return;
    if (fixed) {
      paths_.push_back(path);
    } else if (field.form == Form::kObject && prior.is_known() && planned.is_known()) {
      look(field.members, prior, planned, path);
    } else if (field.form == Form::kObject &&
               (holds_create_only(field, prior) || holds_create_only(field, planned))) {
      paths_.push_back(path);  // a member that cannot change comes or goes with its object
    }
  }

  const TypeMapping& mapping_;
  const Value& prior_;
  const Value& planned_;
  std::vector<Path> paths_;
};

// --- Configurations.

class ConfigCheck {
 public:
  explicit ConfigCheck(bool write_only_allowed) : write_only_allowed_(write_only_allowed) {}

  void check_all(const std::vector<FieldMapping>& fields, const Value& value, const Path& path) {
    for (const FieldMapping& field : fields) {
      check(field, value.at(field.attribute), extended(path, field.attribute));
    }
  }

  Diagnostics take() { return std::move(problems_); }

 private:
  void complain(std::string summary, std::string detail, const Path& path) {
    problems_.push_back(
        {.summary = std::move(summary), .detail = std::move(detail), .attribute = path});
  }

  void check(const FieldMapping& field, const Value& value, const Path& path) {
    if (!value.is_known()) return;
    if (field.hint.write_only && !write_only_allowed_) {
      complain(
          "write-only attribute not supported",
          fmt::format("{} is write-only, and this version of the command line does not know "
                      "such attributes: its value would be kept in the state. Use a newer one.",
                      field.attribute),
          path);
    }
    if (field.path == "Name" && value.if_string() != nullptr && value.if_string()->empty()) {
      complain("empty name", "The name of a resource must not be empty.", path);
    }
    check_numbers(value, path);
    if (field.form == Form::kObject) check_all(field.members, value, path);
    if (!field.is_collection_of_objects() || value.if_list() == nullptr) return;
    check_keys(field, *value.if_list(), path);
    for (const Value& element : *value.if_list()) check_all(field.members, element, path);
  }

  void check_numbers(const Value& value, const Path& path) {
    const Number* number = value.if_number();
    if (number == nullptr) return;
    const Result<Json> json = number->to_json();
    if (!json) complain("number out of range", json.error().message + ".", path);
  }

  // An EntitySet has each key once.
  void check_keys(const FieldMapping& field, const Value::List& elements, const Path& path) {
    if (field.hint.index_field.empty()) return;
    const std::string key = attribute_name(field.hint.index_field);
    std::set<std::string> seen;
    for (const Value& element : elements) {
      const std::string* text = element.at(key).if_string();
      if (text == nullptr || seen.insert(*text).second) continue;
      complain("repeated key",
               fmt::format("Two {} have the {} \"{}\"; each may come once.", field.attribute, key,
                           *text),
               path);
    }
  }

  const bool write_only_allowed_;
  Diagnostics problems_;
};

// Needed to create an object, and not any more once it is there.
void check_needed(const std::vector<FieldMapping>& fields, const Value& config,
                  Diagnostics& problems) {
  for (const FieldMapping& field : fields) {
    if (!field.hint.required_on_create || !config.at(field.attribute).is_null()) continue;
    problems.push_back(
        {.summary = fmt::format("missing {}", field.attribute),
         .detail = fmt::format("{} is needed to create the resource.", field.attribute),
         .attribute = {field.attribute}});
  }
}

}  // namespace

PlannedValue plan_value(const TypeMapping& mapping, const Value& prior, const Value& proposed,
                        const Value& config, bool normalises) {
  PlannedValue out;
  out.value = proposed;
  Value::Map* planned = out.value.if_map();
  if (planned == nullptr) return out;
  if (prior.is_null()) {
    check_needed(mapping.fields, config, out.problems);
    plan_create(mapping.fields, config, out.value);
    (*planned)[std::string(kIdAttribute)] = Value::unknown();
    return out;
  }
  hide_write_only(mapping.fields, out.value);
  if (normalises) keep_spelling(mapping, prior, out.value);
  out.requires_replace = Replacements(mapping, prior, out.value).take();
  return out;
}

Diagnostics check_config(const TypeMapping& mapping, const Value& config, bool write_only_allowed) {
  ConfigCheck check(write_only_allowed);
  check.check_all(mapping.fields, config, {});
  return check.take();
}

}  // namespace squall::tfplugin
