// Types and values of the command line's configuration language, as they go over the wire: types in
// JSON, values in MessagePack (or, out of a state file, in JSON).
//
// A value carries no type but under `dynamic`: it is read and written under the type that a schema
// gives. Everything that comes from outside is checked: wrong bytes give an error that names the
// place, never more than a bounded amount of memory or stack.
#pragma once

#include <compare>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "documents/json.h"
#include "provider/tfplugin/number.h"

namespace squall::tfplugin {

// MessagePack or JSON, as it came or goes.
using Bytes = std::string;

class Type {
 public:
  enum class Kind { kString, kNumber, kBool, kDynamic, kList, kSet, kMap, kObject, kTuple };

  static Type string() { return Type(Kind::kString); }
  static Type number() { return Type(Kind::kNumber); }
  static Type boolean() { return Type(Kind::kBool); }
  static Type dynamic() { return Type(Kind::kDynamic); }
  static Type list(Type element) { return Type(Kind::kList, {}, {std::move(element)}); }
  static Type set(Type element) { return Type(Kind::kSet, {}, {std::move(element)}); }
  static Type map(Type element) { return Type(Kind::kMap, {}, {std::move(element)}); }
  static Type object(std::map<std::string, Type> attributes);
  static Type tuple(std::vector<Type> elements) {
    return Type(Kind::kTuple, {}, std::move(elements));
  }

  Kind kind() const { return kind_; }
  bool is(Kind kind) const { return kind_ == kind; }
  // REQUIRES: a list, set or map.
  const Type& element() const { return parts_.front(); }
  // Of an object: the names of its attributes, sorted, and at the same positions their types. Of a
  // tuple: the types alone.
  const std::vector<std::string>& names() const { return names_; }
  const std::vector<Type>& parts() const { return parts_; }

  // `"string"`, `["list","string"]`, `["object",{"a":"number"}]`; no white space.
  std::string json() const;
  static Result<Type> parse(std::string_view json);

  friend bool operator==(const Type&, const Type&) = default;

 private:
  explicit Type(Kind kind, std::vector<std::string> names = {}, std::vector<Type> parts = {})
      : kind_(kind), names_(std::move(names)), parts_(std::move(parts)) {}
  Json to_json() const;
  static Result<Type> from_json(const Json& value);

  Kind kind_;
  std::vector<std::string> names_;
  std::vector<Type> parts_;
};

class Value {
 public:
  struct Null {
    friend auto operator<=>(Null, Null) = default;
  };
  struct Unknown {
    friend auto operator<=>(Unknown, Unknown) = default;
  };
  using List = std::vector<Value>;           // of a list, a set (sorted, see below) or a tuple
  using Map = std::map<std::string, Value>;  // of a map or an object
  struct Dynamic {                           // under dynamic: with the type it has
    std::shared_ptr<const Type> type;
    std::shared_ptr<const Value> value;
  };

  Value() = default;  // null
  Value(bool value) : data_(value) {}
  Value(Number value) : data_(std::move(value)) {}
  Value(std::string value) : data_(std::move(value)) {}
  Value(std::string_view value) : Value(std::string(value)) {}
  Value(const char* value) : Value(std::string(value)) {}
  Value(List value) : data_(std::move(value)) {}
  Value(Map value) : data_(std::move(value)) {}
  static Value unknown();
  static Value dynamic(Type type, Value value);
  // A set's elements in the one order that equal sets share, and each once. Elements that are not
  // wholly known stay all: nobody knows which are equal.
  static Value set(List elements);

  bool is_null() const { return std::holds_alternative<Null>(data_); }
  bool is_unknown() const { return std::holds_alternative<Unknown>(data_); }
  bool is_known() const { return !is_null() && !is_unknown(); }
  // Nothing unknown in it, at any depth.
  bool is_wholly_known() const;

  // nullptr where it is something else.
  const bool* if_bool() const { return std::get_if<bool>(&data_); }
  const Number* if_number() const { return std::get_if<Number>(&data_); }
  const std::string* if_string() const { return std::get_if<std::string>(&data_); }
  const List* if_list() const { return std::get_if<List>(&data_); }
  const Map* if_map() const { return std::get_if<Map>(&data_); }
  Map* if_map() { return std::get_if<Map>(&data_); }
  const Dynamic* if_dynamic() const { return std::get_if<Dynamic>(&data_); }

  // The attribute of an object; null where this is none or has none of the name.
  const Value& at(std::string_view name) const;
  // Its text, or "" where it has none.
  std::string text_at(std::string_view name) const;

  friend bool operator==(const Value& a, const Value& b) { return compare(a, b) == 0; }
  // Total and stable; by kind first.
  static std::strong_ordering compare(const Value& a, const Value& b);

 private:
  std::variant<Null, Unknown, bool, Number, std::string, List, Map, Dynamic> data_;
};

// The value's MessagePack under the type. REQUIRES: the value conforms to the type (what decode()
// or the mapping made does).
Bytes encode(const Value& value, const Type& type);

// Reads it back. An error where the bytes are no MessagePack, or not a value of this type: an
// object has exactly its attributes. Absent bytes are null.
Result<Value> decode(std::string_view msgpack, const Type& type);

// Reads the JSON form, as state files have it. lenient: attributes that are missing are null, and
// those that the type does not have are left out, as when a schema has changed since.
enum class Strictness { kExact, kLenient };
Result<Value> decode_json(std::string_view json, const Type& type, Strictness strictness);

// Deeper values are refused.
inline constexpr size_t kMostNesting = 64;

}  // namespace squall::tfplugin
