#include "provider/tfplugin/cty.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "documents/enum_text.h"

namespace squall::tfplugin {

namespace {

using Kind = Type::Kind;

constexpr EnumTable<Kind, 9> kKinds = {{
    {Kind::kString, "string"},
    {Kind::kNumber, "number"},
    {Kind::kBool, "bool"},
    {Kind::kDynamic, "dynamic"},
    {Kind::kList, "list"},
    {Kind::kSet, "set"},
    {Kind::kMap, "map"},
    {Kind::kObject, "object"},
    {Kind::kTuple, "tuple"},
}};
static_assert(in_order(kKinds));

bool is_collection(Kind kind) {
  return kind == Kind::kList || kind == Kind::kSet || kind == Kind::kMap;
}

std::string_view view(const boost::json::string& text) { return {text.data(), text.size()}; }

}  // namespace

Type Type::object(std::map<std::string, Type> attributes) {
  Type out(Kind::kObject);
  for (auto& [name, type] : attributes) {
    out.names_.push_back(name);
    out.parts_.push_back(std::move(type));
  }
  return out;
}

Json Type::to_json() const {
  const std::string_view word = text_in(kKinds, kind_);
  if (parts_.empty() && kind_ != Kind::kObject && kind_ != Kind::kTuple) return Json(word);
  if (is_collection(kind_)) return JsonArray{Json(word), element().to_json()};
  if (kind_ == Kind::kTuple) {
    JsonArray elements;
    for (const Type& part : parts_) elements.push_back(part.to_json());
    return JsonArray{Json(word), std::move(elements)};
  }
  JsonObject attributes;
  for (size_t i = 0; i < names_.size(); ++i) attributes[names_[i]] = parts_[i].to_json();
  return JsonArray{Json(word), std::move(attributes)};
}

std::string Type::json() const { return one_line(to_json()); }

Result<Type> Type::parse(std::string_view json) {
  TRY(const Json value, parse_json(json));
  return from_json(value);
}

// Deep enough only as far as parse_json() goes.
Result<Type> Type::from_json(const Json& value) {
  const JsonArray* array = value.if_array();
  const Json* word = array == nullptr ? &value : array->empty() ? nullptr : array->data();
  if (word == nullptr || !word->is_string()) return fail("a type is a word, or an array after one");
  TRY(const Kind kind, value_in(kKinds, view(word->get_string()), "kind of type"));
  const bool is_simple = kind <= Kind::kDynamic;
  if (is_simple != (array == nullptr)) return fail("a type has the wrong number of parts");
  if (is_simple) return Type(kind);
  // Of an object the names of optional attributes may follow; values are not concerned.
  if (array->size() < 2 || array->size() > (kind == Kind::kObject ? 3U : 2U)) {
    return fail("a type has the wrong number of parts");
  }
  const Json& of = (*array)[1];
  if (is_collection(kind)) {
    TRY(Type element, from_json(of));
    return Type(kind, {}, {std::move(element)});
  }
  if (kind == Kind::kTuple) {
    if (!of.is_array()) return fail("a tuple type lists its elements");
    std::vector<Type> elements;
    for (const Json& each : of.get_array()) {
      TRY(Type element, from_json(each));
      elements.push_back(std::move(element));
    }
    return tuple(std::move(elements));
  }
  if (!of.is_object()) return fail("an object type has an object of its attributes");
  std::map<std::string, Type> attributes;
  for (const auto& entry : of.get_object()) {
    TRY(Type attribute, from_json(entry.value()));
    attributes.emplace(entry.key(), std::move(attribute));
  }
  return object(std::move(attributes));
}

Value Value::unknown() {
  Value out;
  out.data_ = Unknown();
  return out;
}

Value Value::dynamic(Type type, Value value) {
  Value out;
  out.data_ = Dynamic{.type = std::make_shared<const Type>(std::move(type)),
                      .value = std::make_shared<const Value>(std::move(value))};
  return out;
}

Value Value::set(List elements) {
  std::ranges::sort(elements, [](const Value& a, const Value& b) { return compare(a, b) < 0; });
  const auto is_repeated = [](const Value& a, const Value& b) {
    return a == b && a.is_wholly_known();
  };
  const auto rest = std::ranges::unique(elements, is_repeated);
  elements.erase(rest.begin(), rest.end());
  return elements;
}

bool Value::is_wholly_known() const {
  if (is_unknown()) return false;
  if (const List* list = if_list()) return std::ranges::all_of(*list, &Value::is_wholly_known);
  if (const Map* map = if_map()) {
    return std::ranges::all_of(*map,
                               [](const auto& entry) { return entry.second.is_wholly_known(); });
  }
  if (const Dynamic* dynamic = if_dynamic()) return dynamic->value->is_wholly_known();
  return true;
}

const Value& Value::at(std::string_view name) const {
  static const Value kNull;
  const Map* map = if_map();
  if (map == nullptr) return kNull;
  const auto found = map->find(std::string(name));
  return found == map->end() ? kNull : found->second;
}

std::string Value::text_at(std::string_view name) const {
  const std::string* text = at(name).if_string();
  return text == nullptr ? "" : *text;
}

std::strong_ordering Value::compare(const Value& a, const Value& b) {
  if (a.data_.index() != b.data_.index()) return a.data_.index() <=> b.data_.index();
  if (const bool* yes = a.if_bool()) return *yes <=> *b.if_bool();
  if (const Number* number = a.if_number()) return *number <=> *b.if_number();
  if (const std::string* text = a.if_string()) return *text <=> *b.if_string();
  if (const List* list = a.if_list()) {
    return std::lexicographical_compare_three_way(list->begin(), list->end(), b.if_list()->begin(),
                                                  b.if_list()->end(), compare);
  }
  if (const Map* map = a.if_map()) {
    const auto entries = [](const auto& x, const auto& y) {
      const std::strong_ordering by_name = x.first <=> y.first;
      return by_name == 0 ? compare(x.second, y.second) : by_name;
    };
    return std::lexicographical_compare_three_way(map->begin(), map->end(), b.if_map()->begin(),
                                                  b.if_map()->end(), entries);
  }
  if (const Dynamic* dynamic = a.if_dynamic()) {
    const Dynamic* other = b.if_dynamic();
    const std::strong_ordering by_type = dynamic->type->json() <=> other->type->json();
    return by_type == 0 ? compare(*dynamic->value, *other->value) : by_type;
  }
  return std::strong_ordering::equal;  // null, or unknown: unknown values are alike
}

}  // namespace squall::tfplugin
