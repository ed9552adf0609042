#include "cloud/paths.h"

namespace squall::cloud {

namespace {

// Calls visit(owner, key) for every object that holds the last key of the path.
template <class Object, class Visit>
void walk(Object& object, std::string_view path, const Visit& visit) {
  if (object.if_contains(path) != nullptr) return visit(object, path);
  for (size_t dot = path.rfind('.'); dot != std::string_view::npos && dot > 0;
       dot = path.rfind('.', dot - 1)) {
    auto* outer = object.if_contains(path.substr(0, dot));
    if (outer == nullptr) continue;
    const std::string_view rest = path.substr(dot + 1);
    if (auto* inner = outer->if_object()) return walk(*inner, rest, visit);
    auto* elements = outer->if_array();
    if (elements == nullptr) continue;
    for (auto& element : *elements) {
      if (auto* inner = element.if_object()) walk(*inner, rest, visit);
    }
    return;
  }
}

// `path`, and what it is a member of.
template <class Test>
bool any_owner(std::string_view path, const Test& test) {
  for (;;) {
    if (test(path)) return true;
    const size_t dot = path.rfind('.');
    if (dot == std::string_view::npos) return false;
    path = path.substr(0, dot);
  }
}

}  // namespace

const Json* value_at(const JsonObject& object, std::string_view path) {
  if (const Json* whole = object.if_contains(path)) return whole;
  for (size_t dot = path.rfind('.'); dot != std::string_view::npos && dot > 0;
       dot = path.rfind('.', dot - 1)) {
    const Json* outer = object.if_contains(path.substr(0, dot));
    if (outer == nullptr || !outer->is_object()) continue;
    return value_at(outer->get_object(), path.substr(dot + 1));
  }
  return nullptr;
}

void visit_values(const JsonObject& object, std::string_view path,
                  const std::function<void(const Json&)>& visit) {
  walk(object, path, [&](const JsonObject& owner, std::string_view key) {
    const Json& value = owner.at(key);
    if (!value.is_array()) return visit(value);
    for (const Json& element : value.get_array()) visit(element);
  });
}

void edit_values(JsonObject& object, std::string_view path,
                 const std::function<void(Json&)>& edit) {
  walk(object, path, [&](JsonObject& owner, std::string_view key) { edit(owner.at(key)); });
}

void erase_values(JsonObject& object, std::string_view path) {
  walk(object, path, [](JsonObject& owner, std::string_view key) { owner.erase(key); });
}

bool is_create_only(const Schema& schema, std::string_view path) {
  return any_owner(path, [&](std::string_view owner) { return schema.hint(owner).create_only; });
}

EdgeKind edge_at(const Schema& schema, std::string_view path) {
  EdgeKind edge = EdgeKind::kDefault;
  any_owner(path, [&](std::string_view owner) {
    edge = schema.hint(owner).edge;
    return edge != EdgeKind::kDefault;
  });
  return edge;
}

}  // namespace squall::cloud
