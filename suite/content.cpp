#include "suite/content.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace squall::suite {

namespace {

constexpr std::array<std::string_view, 8> kTexts = {"", "a", "b", "c", "d", "A", "", "d"};
constexpr std::array<std::string_view, 4> kElements = {"red", "green", "blue", "Grey"};
constexpr size_t kMaxElements = 3;

// Hands out the bits of one number, field by field.
class Bits {
 public:
  explicit Bits(uint64_t content) : left_(content) {}
  uint64_t take(unsigned count) {
    const uint64_t out = left_ & ((uint64_t{1} << count) - 1);
    left_ >>= count;
    return out;
  }

 private:
  uint64_t left_;
};

bool is_top_level(const ResourceType& type, const FieldShape& shape) {
  return type.schema.is_field(shape.path);
}

bool is_fixed(const ResourceType& type, const FieldShape& shape) {
  return type.schema.hint(shape.path).create_only;
}

bool is_reference(const FieldShape& shape) {
  return shape.kind == FieldKind::kReference || shape.kind == FieldKind::kReferences;
}

bool is_needed(const ResourceType& type, const FieldShape& shape) {
  const FieldHint& hint = type.schema.hint(shape.path);
  return !shape.optional || hint.required || hint.required_on_create;
}

std::vector<std::string> labels_before(const Producers& producers, std::string_view type) {
  std::vector<std::string> out;
  for (const Slot& slot : producers.world.slots) {
    if (slot.label == producers.slot.label) break;
    if (slot.type == type) out.push_back(slot.label);
  }
  return out;
}

Json reference(const std::string& label, const std::string& property) {
  return JsonObject{{"$ref", label + "." + property}};
}

// The members of a nested path that lie directly in `parent`.
std::vector<const FieldShape*> members_of(const ResourceType& type, const FieldShape& parent) {
  std::vector<const FieldShape*> out;
  const std::string prefix = parent.path + ".";
  for (const FieldShape& shape : type.shapes)
    if (!is_top_level(type, shape) && shape.path.starts_with(prefix) &&
        shape.path.find('.', prefix.size()) == std::string::npos)
      out.push_back(&shape);
  return out;
}

std::string last_part(const std::string& path) { return path.substr(path.rfind('.') + 1); }

class Filler {
 public:
  Filler(const ResourceType& type, const Producers& producers, uint64_t content)
      : type_(type), producers_(producers), bits_(content) {}

  JsonObject fill() {
    JsonObject out;
    for (const FieldShape& shape : type_.shapes) {
      if (!is_top_level(type_, shape) || is_fixed(type_, shape)) continue;
      put(shape, shape.path, bits_.take(3), out);
    }
    return out;
  }

 private:
  void put(const FieldShape& shape, const std::string& name, uint64_t bits, JsonObject& out) {
    const bool needed = is_needed(type_, shape);
    if (needed && bits == 0) bits = 1;
    std::optional<Json> value = value_of(shape, bits);
    if (!value && needed) value = value_of(shape, 4);
    if (value) out[name] = std::move(*value);
  }

  std::optional<Json> value_of(const FieldShape& shape, uint64_t bits) {
    switch (shape.kind) {
      case FieldKind::kText:
        return text(shape, bits);
      case FieldKind::kNumber:
        if (bits == 0) return std::nullopt;
        return Json(bits);
      case FieldKind::kBoolean:
        if (bits < 3) return std::nullopt;
        return Json(bits % 2 == 1);
      case FieldKind::kTexts:
        if (bits < 2) return std::nullopt;
        return texts(bits == 2 ? 0 : bits_.take(4));
      case FieldKind::kObject:
        if (bits < 2) return std::nullopt;
        return object(shape, 0);
      case FieldKind::kObjects:
        if (bits < 2) return std::nullopt;
        return objects(shape, bits == 2 ? 0 : bits_.take(3));
      case FieldKind::kReference:
        return one_reference(shape, bits);
      case FieldKind::kReferences:
        return references(shape, bits);
    }
    return std::nullopt;
  }

  std::optional<Json> text(const FieldShape& shape, uint64_t bits) const {
    if (bits == 0) return std::nullopt;
    const FieldHint& hint = type_.schema.hint(shape.path);
    if (hint.opaque || hint.write_only)
      return Json(fmt::format("{}{}-{}", hint.opaque ? kSecretPrefix : "hidden-",
                              producers_.slot.label, bits % 4));
    if (bits == 6 && !is_needed(type_, shape)) return Json(nullptr);
    const std::string_view value = kTexts.at(bits).empty() ? "a" : kTexts.at(bits);
    return hint.format == "json" ? Json(fmt::format("{{\"v\": \"{}\"}}", value)) : Json(value);
  }

  static Json texts(uint64_t which) {
    JsonArray out;
    for (size_t i = 0; i < kElements.size(); ++i)
      if (((which >> i) & 1) != 0) out.push_back(Json(kElements.at(i)));
    return out;
  }

  // nullopt: there is nobody it must refer to.
  std::optional<Json> object(const FieldShape& shape, size_t element) {
    const std::string& key = type_.schema.hint(shape.path).index_field;
    JsonObject out;
    if (shape.kind == FieldKind::kObjects && !key.empty()) out[key] = fmt::format("k{}", element);
    for (const FieldShape* member : members_of(type_, shape)) {
      const std::string name = last_part(member->path);
      if (name == key) continue;
      if (is_fixed(type_, *member)) {
        out[name] = "fixed";
        continue;
      }
      put(*member, name, bits_.take(3), out);
      if (is_needed(type_, *member) && !out.contains(name)) return std::nullopt;
    }
    return out;
  }

  Json objects(const FieldShape& shape, uint64_t which) {
    JsonArray out;
    for (size_t i = 0; i < kMaxElements; ++i)
      if (((which >> i) & 1) != 0)
        if (std::optional<Json> element = object(shape, i + 1)) out.push_back(std::move(*element));
    return out;
  }

  std::optional<Json> one_reference(const FieldShape& shape, uint64_t bits) const {
    const std::vector<std::string> labels = labels_before(producers_, shape.refers_to);
    if (bits < 4 || labels.empty()) return std::nullopt;
    return reference(labels.at(bits % labels.size()), shape.property);
  }

  std::optional<Json> references(const FieldShape& shape, uint64_t bits) const {
    const std::vector<std::string> labels = labels_before(producers_, shape.refers_to);
    if (bits < 2) return std::nullopt;
    JsonArray out;
    for (size_t i = 0; i < labels.size() && i < kMaxElements; ++i)
      if (((bits >> i) & 1) != 0) out.push_back(reference(labels[i], shape.property));
    if (out.empty() && is_needed(type_, shape) && !labels.empty())
      out.push_back(reference(labels.front(), shape.property));
    return out;
  }

  const ResourceType& type_;
  const Producers& producers_;
  Bits bits_;
};

void collect_secrets(const Json& value, std::set<std::string>& out) {
  if (value.is_string()) {
    const std::string_view text = value.get_string();
    if (text.starts_with(kSecretPrefix)) out.emplace(text);
  } else if (value.is_object()) {
    for (const auto& member : value.get_object()) collect_secrets(member.value(), out);
  } else if (value.is_array()) {
    for (const Json& element : value.get_array()) collect_secrets(element, out);
  }
}

}  // namespace

std::optional<JsonObject> fixed_properties(const ResourceType& type, const Producers& producers,
                                           uint64_t choice) {
  JsonObject out;
  for (const FieldShape& shape : type.shapes) {
    const bool wanted = is_fixed(type, shape) || (is_reference(shape) && is_needed(type, shape));
    if (!is_top_level(type, shape) || !wanted) continue;
    if (!is_reference(shape)) {
      if (shape.kind == FieldKind::kText) out[shape.path] = "fixed";
      if (shape.kind == FieldKind::kNumber) out[shape.path] = 1;
      continue;
    }
    const std::vector<std::string> labels = labels_before(producers, shape.refers_to);
    if (labels.empty() && !is_needed(type, shape)) continue;
    if (labels.empty()) return std::nullopt;
    Json value = reference(labels.at(choice % labels.size()), shape.property);
    choice /= labels.size();
    out[shape.path] =
        shape.kind == FieldKind::kReference ? std::move(value) : Json(JsonArray{std::move(value)});
  }
  return out;
}

JsonObject drawn_properties(const ResourceType& type, const Producers& producers,
                            uint64_t content) {
  return Filler(type, producers, content).fill();
}

void change_fixed(const ResourceType& type, const Producers& producers, FixedChange change,
                  JsonObject& properties) {
  if (change == FixedChange::kNone) return;
  for (const FieldShape& shape : type.shapes) {
    if (!is_fixed(type, shape)) continue;
    if (change == FixedChange::kValue && shape.kind == FieldKind::kText) {
      if (is_top_level(type, shape)) {
        properties[shape.path] = "other";
        return;
      }
      const std::string outer = shape.path.substr(0, shape.path.rfind('.'));
      Json* object = properties.if_contains(outer);
      if (object == nullptr || !object->is_object()) continue;
      object->get_object()[last_part(shape.path)] = "other";
      return;
    }
    if (change != FixedChange::kReference || shape.kind != FieldKind::kReference) continue;
    const std::vector<std::string> labels = labels_before(producers, shape.refers_to);
    const Json* now = producers.slot.properties.if_contains(shape.path);
    for (const std::string& label : labels) {
      const Json other = reference(label, shape.property);
      if (now != nullptr && *now == other) continue;
      properties[shape.path] = other;
      return;
    }
  }
}

std::vector<std::string> secrets_in(const Case& test_case) {
  std::set<std::string> found;
  const auto collect = [&found](const JsonObject& properties) {
    for (const auto& member : properties) collect_secrets(member.value(), found);
  };
  for (const Slot& slot : test_case.world.slots) collect(slot.properties);
  for (const Operation& operation : test_case.operations)
    for (const WantedResource& wanted : operation.resources) collect(wanted.properties);
  return {found.begin(), found.end()};
}

std::vector<std::string> write_only_in(const Case& test_case,
                                       const std::vector<ResourceType>& types) {
  std::set<std::string> found;
  for (const Operation& operation : test_case.operations) {
    for (const WantedResource& wanted : operation.resources) {
      const Slot* slot = test_case.world.find(wanted.label);
      const ResourceType* type = slot == nullptr ? nullptr : find_type(types, slot->type);
      if (type == nullptr) continue;
      for (const auto& member : wanted.properties)
        if (type->schema.hint(member.key()).write_only && member.value().is_string())
          found.emplace(member.value().get_string());
    }
  }
  return {found.begin(), found.end()};
}

}  // namespace squall::suite
