// Values out of the JSON of state files.
#include <fmt/format.h>

#include <utility>

#include "provider/tfplugin/cty.h"

namespace squall::tfplugin {

namespace {

using Kind = Type::Kind;

// Where in a value we are, for errors.
struct Place {
  std::string path = "the value";
  Strictness strictness = Strictness::kExact;

  Place in(std::string_view part) const {
    return {.path = fmt::format("{}.{}", path, part), .strictness = strictness};
  }
  std::unexpected<Error> wrong(std::string_view what) const {
    return fail(fmt::format("{} {}", path, what));
  }
};

Result<Value> read(const Json& json, const Type& type, const Place& place);

Result<Value> read_elements(const Json& json, const Type& type, const Place& place) {
  const JsonArray* array = json.if_array();
  if (array == nullptr) return place.wrong("must be an array");
  const bool is_tuple = type.is(Kind::kTuple);
  if (is_tuple && array->size() != type.parts().size()) {
    return place.wrong("has another number of elements than its type");
  }
  Value::List out;
  for (size_t i = 0; i < array->size(); ++i) {
    const Type& element = is_tuple ? type.parts()[i] : type.element();
    TRY(Value value, read((*array)[i], element, place.in(std::to_string(i))));
    out.push_back(std::move(value));
  }
  return type.is(Kind::kSet) ? Value::set(std::move(out)) : Value(std::move(out));
}

Result<Value> read_map(const Json& json, const Type& type, const Place& place) {
  const JsonObject* object = json.if_object();
  if (object == nullptr) return place.wrong("must be an object");
  Value::Map out;
  for (const auto& entry : *object) {
    TRY(out[entry.key()], read(entry.value(), type.element(), place.in(entry.key())));
  }
  return out;
}

Result<Value> read_object(const Json& json, const Type& type, const Place& place) {
  const JsonObject* object = json.if_object();
  if (object == nullptr) return place.wrong("must be an object");
  const bool exact = place.strictness == Strictness::kExact;
  Value::Map out;
  for (size_t i = 0; i < type.names().size(); ++i) {
    const std::string& name = type.names()[i];
    const Json* attribute = object->if_contains(name);
    if (attribute == nullptr) {
      if (exact) return place.wrong(fmt::format("has no attribute \"{}\"", name));
      out[name] = Value();
      continue;
    }
    TRY(out[name], read(*attribute, type.parts()[i], place.in(name)));
  }
  if (exact && object->size() != type.names().size()) {
    return place.wrong("has attributes that its type does not have");
  }
  return out;
}

Result<Value> read_dynamic(const Json& json, const Place& place) {
  const Json* type_json = member(json, "type");
  const Json* value_json = member(json, "value");
  if (type_json == nullptr || value_json == nullptr) {
    return place.wrong("must say its type and its value");
  }
  TRY(Type type, Type::parse(one_line(*type_json)));
  TRY(Value value, read(*value_json, type, place));
  return Value::dynamic(std::move(type), std::move(value));
}

Result<Value> read_number(const Json& json, const Place& place) {
  Result<Number> number = json.is_number()   ? Number::from_json(json)
                          : json.is_string() ? Number::parse(std::string_view(json.get_string()))
                                             : fail("must be a number");
  if (!number) return place.wrong(number.error().message);
  return Value(*std::move(number));
}

Result<Value> read(const Json& json, const Type& type, const Place& place) {
  if (json.is_null()) return Value();
  switch (type.kind()) {
    case Kind::kString:
      if (!json.is_string()) return place.wrong("must be a string");
      return Value(std::string(json.get_string()));
    case Kind::kNumber:
      return read_number(json, place);
    case Kind::kBool:
      if (!json.is_bool()) return place.wrong("must be true or false");
      return Value(json.get_bool());
    case Kind::kDynamic:
      return read_dynamic(json, place);
    case Kind::kList:
    case Kind::kSet:
    case Kind::kTuple:
      return read_elements(json, type, place);
    case Kind::kMap:
      return read_map(json, type, place);
    case Kind::kObject:
      return read_object(json, type, place);
  }
  return place.wrong("has a type that nobody knows");
}

}  // namespace

// Numbers that need more than 64 bits lose here: Boost.JSON reads them as floating point numbers.
Result<Value> decode_json(std::string_view json, const Type& type, Strictness strictness) {
  Result<Json> parsed = parse_json(json);
  if (!parsed) {
    return fail(fmt::format("cannot read a value's JSON: {}", parsed.error().message));
  }
  Result<Value> value = read(*parsed, type, {.strictness = strictness});
  if (!value) return fail(fmt::format("cannot read a value's JSON: {}", value.error().message));
  return value;
}

}  // namespace squall::tfplugin
