#include "suite/kept.h"

#include <algorithm>
#include <span>
#include <string>
#include <string_view>

namespace squall::suite {

namespace {

void to_lower(Json& value) {
  if (value.is_string())
    for (char& c : value.get_string())
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  if (value.is_array())
    for (Json& element : value.get_array()) to_lower(element);
}

void sort_texts(Json& value) {
  if (!value.is_array()) return;
  std::ranges::sort(value.get_array(),
                    [](const Json& a, const Json& b) { return canonical(a) < canonical(b); });
}

// Applies `change` to every value at the path, through objects and the elements of arrays.
void change_at(Json& value, std::string_view path, void (*change)(Json&)) {
  if (path.empty()) return change(value);
  if (value.is_array()) {
    for (Json& element : value.get_array()) change_at(element, path, change);
    return;
  }
  if (!value.is_object()) return;
  const size_t dot = path.find('.');
  Json* member = value.get_object().if_contains(path.substr(0, dot));
  if (member == nullptr) return;
  change_at(*member, dot == std::string_view::npos ? "" : path.substr(dot + 1), change);
}

// A top-level field may have a dot in its name.
void change_fields(const ResourceType& type, JsonObject& document,
                   std::span<const std::string> paths, void (*change)(Json&)) {
  for (const std::string& path : paths) {
    const std::string field = type.schema.is_field(path) ? path : path.substr(0, path.find('.'));
    Json* value = document.if_contains(field);
    if (value == nullptr) continue;
    const bool whole = field.size() == path.size();
    change_at(*value, whole ? "" : std::string_view(path).substr(field.size() + 1), change);
  }
}

}  // namespace

JsonObject kept_by_cloud(const ResourceType& type, JsonObject document, bool created,
                         bool normalises) {
  if (created)
    for (const auto& value : type.defaults)
      if (!document.contains(value.key())) document[value.key()] = value.value();
  if (!normalises) return document;
  change_fields(type, document, type.lower_case, to_lower);
  change_fields(type, document, type.sorted, sort_texts);
  return document;
}

JsonObject fields_of(const JsonObject& all, const Schema& schema) {
  JsonObject out;
  out.reserve(all.size());
  for (const std::string& field : schema.fields)
    if (const Json* value = all.if_contains(field)) out.emplace(field, *value);
  return out;
}

JsonObject others_of(const JsonObject& all, const Schema& schema) {
  JsonObject out;
  for (const auto& member : all)
    if (!schema.is_field(member.key())) out.emplace(member.key(), member.value());
  return out;
}

}  // namespace squall::suite
