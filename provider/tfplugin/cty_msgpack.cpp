// Values in MessagePack. The format itself is nlohmann's business; what it means is ours.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/check.h"
#include "provider/tfplugin/cty.h"

namespace squall::tfplugin {

namespace {

using Kind = Type::Kind;
using Packed = nlohmann::json;

// --- Writing.

Packed pack(const Value& value, const Type& type);

// An extension says "unknown"; of type 0 and one byte, it says no more than that.
Packed unknown() { return Packed::binary({0}, 0); }

Packed pack_number(const Number& number) {
  if (const auto integer = number.as_integer()) return *integer;
  return number.text();
}

Packed pack_elements(const Value::List& list, const Type& type) {
  Packed out = Packed::array();
  for (size_t i = 0; i < list.size(); ++i) {
    out.push_back(pack(list[i], type.is(Kind::kTuple) ? type.parts().at(i) : type.element()));
  }
  return out;
}

Packed pack_map(const Value::Map& map, const Type& type) {
  Packed out = Packed::object();
  if (type.is(Kind::kMap)) {
    for (const auto& [key, element] : map) out[key] = pack(element, type.element());
    return out;
  }
  for (size_t i = 0; i < type.names().size(); ++i) {
    const auto found = map.find(type.names()[i]);
    out[type.names()[i]] = found == map.end() ? Packed() : pack(found->second, type.parts()[i]);
  }
  return out;
}

Packed pack(const Value& value, const Type& type) {
  if (value.is_null()) return {};
  if (value.is_unknown()) return unknown();
  switch (type.kind()) {
    case Kind::kString:
      SQUALL_CHECK(value.if_string() != nullptr);
      return *value.if_string();
    case Kind::kNumber:
      SQUALL_CHECK(value.if_number() != nullptr);
      return pack_number(*value.if_number());
    case Kind::kBool:
      SQUALL_CHECK(value.if_bool() != nullptr);
      return *value.if_bool();
    case Kind::kDynamic: {
      const Value::Dynamic* dynamic = value.if_dynamic();
      SQUALL_CHECK(dynamic != nullptr);
      const std::string word = dynamic->type->json();
      return Packed::array(
          {Packed::binary({word.begin(), word.end()}), pack(*dynamic->value, *dynamic->type)});
    }
    case Kind::kList:
    case Kind::kSet:
    case Kind::kTuple:
      SQUALL_CHECK(value.if_list() != nullptr);
      return pack_elements(*value.if_list(), type);
    case Kind::kMap:
    case Kind::kObject:
      SQUALL_CHECK(value.if_map() != nullptr);
      return pack_map(*value.if_map(), type);
  }
  SQUALL_CHECK(false);
}

// --- Reading: first to a tree, whose depth is limited while it grows; then to a value.

// nlohmann's parser calls this; `false` ends the parsing. Its own tree builder has no such limit,
// and its parser recurses as deep as the bytes say.
class TreeBuilder : public nlohmann::json_sax<Packed> {
 public:
  explicit TreeBuilder(Packed& root) : root_(root) {}
  const std::string& complaint() const { return complaint_; }

  bool null() override { return put(nullptr); }
  bool boolean(bool value) override { return put(value); }
  bool number_integer(number_integer_t value) override { return put(value); }
  bool number_unsigned(number_unsigned_t value) override { return put(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return put(value); }
  bool string(string_t& value) override { return put(std::move(value)); }
  bool binary(binary_t& value) override { return put(Packed(std::move(value))); }
  bool start_object(std::size_t /*elements*/) override { return open(Packed::object()); }
  bool start_array(std::size_t /*elements*/) override { return open(Packed::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    if (open_.back()->contains(value)) return complain(fmt::format("\"{}\" comes twice", value));
    key_ = std::move(value);
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return complain(fmt::format("no MessagePack at byte {}", position));
  }

 private:
  bool complain(std::string what) {
    if (complaint_.empty()) complaint_ = std::move(what);
    return false;
  }
  Packed* place(Packed value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Packed& parent = *open_.back();
    if (parent.is_object()) return &(parent[std::exchange(key_, {})] = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }
  bool put(Packed value) {
    place(std::move(value));
    return true;
  }
  // Pointers to what is open stay good: only the innermost one grows.
  bool open(Packed value) {
    if (open_.size() >= kMostNesting) return complain("nested too deep");
    open_.push_back(place(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  Packed& root_;
  std::vector<Packed*> open_;
  std::string key_;
  std::string complaint_;
};

// Where in a value we are, for errors.
std::unexpected<Error> wrong(std::string_view place, std::string_view what) {
  return fail(fmt::format("{} {}", place, what));
}
std::string within(std::string_view place, std::string_view part) {
  return fmt::format("{}.{}", place, part);
}

Result<Value> unpack(const Packed& packed, const Type& type, const std::string& place);

Result<Value> unpack_number(const Packed& packed, const std::string& place) {
  if (packed.is_number_unsigned()) return Value(Number::of(packed.get<uint64_t>()));
  if (packed.is_number_integer()) return Value(Number::of(packed.get<int64_t>()));
  Result<Number> number = fail("must be a number");
  if (packed.is_number_float()) number = Number::of_exact(packed.get<double>());
  if (packed.is_string()) number = Number::parse(packed.get_ref<const std::string&>());
  if (!number) return wrong(place, number.error().message);
  return Value(*std::move(number));
}

Result<Value> unpack_elements(const Packed& packed, const Type& type, const std::string& place) {
  if (!packed.is_array()) return wrong(place, "must be an array");
  const bool is_tuple = type.is(Kind::kTuple);
  if (is_tuple && packed.size() != type.parts().size()) {
    return wrong(place, "has another number of elements than its type");
  }
  Value::List out;
  for (size_t i = 0; i < packed.size(); ++i) {
    const Type& element = is_tuple ? type.parts()[i] : type.element();
    TRY(Value value, unpack(packed[i], element, within(place, std::to_string(i))));
    out.push_back(std::move(value));
  }
  return type.is(Kind::kSet) ? Value::set(std::move(out)) : Value(std::move(out));
}

Result<Value> unpack_map(const Packed& packed, const Type& type, const std::string& place) {
  if (!packed.is_object()) return wrong(place, "must be a map");
  Value::Map out;
  if (type.is(Kind::kMap)) {
    for (const auto& [key, element] : packed.items()) {
      TRY(out[key], unpack(element, type.element(), within(place, key)));
    }
    return out;
  }
  if (packed.size() != type.names().size()) {
    return wrong(place, "has another number of attributes than its type");
  }
  for (size_t i = 0; i < type.names().size(); ++i) {
    const std::string& name = type.names()[i];
    const auto found = packed.find(name);
    if (found == packed.end()) return wrong(place, fmt::format("has no attribute \"{}\"", name));
    TRY(out[name], unpack(*found, type.parts()[i], within(place, name)));
  }
  return out;
}

Result<Value> unpack_dynamic(const Packed& packed, const std::string& place) {
  if (!packed.is_array() || packed.size() != 2) return wrong(place, "must be a type and a value");
  std::string word;
  if (packed[0].is_string()) word = packed[0].get_ref<const std::string&>();
  if (packed[0].is_binary())
    word.assign(packed[0].get_binary().begin(), packed[0].get_binary().end());
  Result<Type> type = Type::parse(word);
  if (!type) return wrong(place, fmt::format("has no type: {}", type.error().message));
  TRY(Value value, unpack(packed[1], *type, place));
  return Value::dynamic(*std::move(type), std::move(value));
}

// Any extension means unknown; what else it promises of the value may be ignored.
bool is_extension(const Packed& packed) {
  return packed.is_binary() && packed.get_binary().has_subtype();
}

Result<Value> unpack(const Packed& packed, const Type& type, const std::string& place) {
  if (packed.is_null()) return Value();
  if (is_extension(packed)) return Value::unknown();
  switch (type.kind()) {
    case Kind::kString:
      if (!packed.is_string()) return wrong(place, "must be a string");
      return Value(packed.get_ref<const std::string&>());
    case Kind::kNumber:
      return unpack_number(packed, place);
    case Kind::kBool:
      if (!packed.is_boolean()) return wrong(place, "must be true or false");
      return Value(packed.get<bool>());
    case Kind::kDynamic:
      return unpack_dynamic(packed, place);
    case Kind::kList:
    case Kind::kSet:
    case Kind::kTuple:
      return unpack_elements(packed, type, place);
    case Kind::kMap:
    case Kind::kObject:
      return unpack_map(packed, type, place);
  }
  return wrong(place, "has a type that nobody knows");
}

}  // namespace

Bytes encode(const Value& value, const Type& type) {
  Bytes out;
  Packed::to_msgpack(pack(value, type), out);
  return out;
}

Result<Value> decode(std::string_view msgpack, const Type& type) {
  if (msgpack.empty()) return Value();
  Packed root;
  TreeBuilder builder(root);
  if (!Packed::sax_parse(msgpack.begin(), msgpack.end(), &builder,
                         nlohmann::json::input_format_t::msgpack)) {
    return fail(fmt::format("cannot read a value's MessagePack: {}", builder.complaint()));
  }
  Result<Value> value = unpack(root, type, "the value");
  if (!value) {
    return fail(fmt::format("cannot read a value's MessagePack: {}", value.error().message));
  }
  return value;
}

}  // namespace squall::tfplugin
