#include "documents/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/hash.h"
#include "documents/exact_json.h"

namespace squall {

namespace {

constexpr size_t kMaxDepth = 64;

// "line 3, column 14" of a byte offset.
std::string position_in(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto lines = std::count(before.begin(), before.end(), '\n');
  const size_t line_start = before.rfind('\n');
  const size_t column =
      line_start == std::string_view::npos ? before.size() : before.size() - line_start - 1;
  return fmt::format("line {}, column {}", lines + 1, column + 1);
}

// The integer a double stands for, where it is one. JSON knows one kind of number: 1.0 is 1, and
// both must have one text and one digest. Beyond 2^53 a double no longer names one integer.
bool as_integer(double number, int64_t& integer) {
  constexpr double kExact = 9007199254740992.0;
  if (!(std::abs(number) <= kExact) || std::trunc(number) != number) return false;
  integer = static_cast<int64_t>(number);
  return true;
}

template <class Number>
void append_number(std::string& out, Number number) {
  char buffer[40];
  const auto [end, error] = std::to_chars(std::begin(buffer), std::end(buffer), number);
  SQUALL_CHECK(error == std::errc());
  out.append(buffer, end);
}

void append_number(std::string& out, const Json& value) {
  if (const int64_t* i = value.if_int64()) return append_number(out, *i);
  if (const uint64_t* u = value.if_uint64()) return append_number(out, *u);
  const double number = value.get_double();
  int64_t integer = 0;
  if (as_integer(number, integer)) return append_number(out, integer);
  append_exactly(out, number);
}

void append_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

// Writes `null`, booleans, numbers and strings; false for arrays and objects.
bool append_scalar(std::string& out, const Json& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      out += "null";
      return true;
    case boost::json::kind::bool_:
      out += value.get_bool() ? "true" : "false";
      return true;
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
    case boost::json::kind::double_:
      append_number(out, value);
      return true;
    case boost::json::kind::string:
      append_text(out, value.get_string());
      return true;
    default:
      return false;
  }
}

void append_canonical(std::string& out, const JsonObject& object);

void append_canonical(std::string& out, const Json& value) {
  if (append_scalar(out, value)) return;
  if (const JsonArray* array = value.if_array()) {
    out += '[';
    for (size_t i = 0; i < array->size(); ++i) {
      if (i > 0) out += ',';
      append_canonical(out, (*array)[i]);
    }
    out += ']';
    return;
  }
  append_canonical(out, value.get_object());
}

void append_canonical(std::string& out, const JsonObject& object) {
  std::vector<const JsonObject::value_type*> members;
  members.reserve(object.size());
  for (const auto& entry : object) members.push_back(&entry);
  std::sort(members.begin(), members.end(),
            [](const auto* a, const auto* b) { return a->key() < b->key(); });
  out += '{';
  for (size_t i = 0; i < members.size(); ++i) {
    if (i > 0) out += ',';
    append_text(out, members[i]->key());
    out += ':';
    append_canonical(out, members[i]->value());
  }
  out += '}';
}

// The members in their own order, without white space.
void append_one_line(std::string& out, const Json& value) {
  if (append_scalar(out, value)) return;
  char separator = 0;
  const auto separate = [&] {
    if (separator != 0) out += separator;
    separator = ',';
  };
  if (const JsonArray* array = value.if_array()) {
    out += '[';
    for (const Json& element : *array) {
      separate();
      append_one_line(out, element);
    }
    out += ']';
    return;
  }
  out += '{';
  for (const auto& entry : value.get_object()) {
    separate();
    append_text(out, entry.key());
    out += ':';
    append_one_line(out, entry.value());
  }
  out += '}';
}

void append_pretty(std::string& out, const Json& value, size_t depth) {
  if (append_scalar(out, value)) return;
  const auto new_line = [&](size_t at) { out.append("\n").append(2 * at, ' '); };
  if (const JsonArray* array = value.if_array()) {
    if (array->empty()) {
      out += "[]";
      return;
    }
    out += '[';
    for (size_t i = 0; i < array->size(); ++i) {
      if (i > 0) out += ',';
      new_line(depth + 1);
      append_pretty(out, (*array)[i], depth + 1);
    }
    new_line(depth);
    out += ']';
    return;
  }
  const JsonObject& object = value.get_object();
  if (object.empty()) {
    out += "{}";
    return;
  }
  out += '{';
  bool first = true;
  for (const auto& entry : object) {
    if (!first) out += ',';
    first = false;
    new_line(depth + 1);
    append_text(out, entry.key());
    out += ": ";
    append_pretty(out, entry.value(), depth + 1);
  }
  new_line(depth);
  out += '}';
}

// Told apart in the digest, so that "1", 1, [1] and {"":1} differ.
enum class Tag : uint64_t { kNull = 1, kBool, kInteger, kLarge, kDouble, kText, kArray, kObject };
uint64_t tagged(Tag tag, uint64_t value) { return combine(static_cast<uint64_t>(tag), value); }

// Two's complement makes equal int64 and uint64 equal; only what int64 cannot hold is kLarge.
uint64_t digest_unsigned(uint64_t number) {
  return tagged(number > static_cast<uint64_t>(INT64_MAX) ? Tag::kLarge : Tag::kInteger, number);
}

uint64_t digest_double(double number) {
  int64_t integer = 0;
  if (as_integer(number, integer)) return tagged(Tag::kInteger, static_cast<uint64_t>(integer));
  return tagged(Tag::kDouble, std::bit_cast<uint64_t>(number));
}

// Boost.JSON reads 1e400 as infinity, which no JSON text can say back.
bool has_infinity(const Json& value) {
  if (const double* number = value.if_double()) return std::isinf(*number);
  if (const JsonArray* array = value.if_array()) {
    return std::any_of(array->begin(), array->end(), has_infinity);
  }
  const JsonObject* object = value.if_object();
  return object != nullptr && std::any_of(object->begin(), object->end(), [](const auto& entry) {
           return has_infinity(entry.value());
         });
}

bool same_number(const Json& a, const Json& b) {
  if (a.is_double() && b.is_double()) return a.get_double() == b.get_double();
  return digest(a) == digest(b);
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = kMaxDepth;
  ExactJson parsed = parse_exactly(text, options);
  if (!parsed.wrong.empty()) {
    return fail(
        fmt::format("cannot read JSON: {} at {}", parsed.wrong, position_in(text, parsed.end)));
  }
  if (has_infinity(parsed.value)) return fail("cannot read JSON: a number in it is too large");
  return std::move(parsed.value);
}

std::string canonical(const Json& value) {
  std::string out;
  append_canonical(out, value);
  return out;
}

std::string canonical(const JsonObject& object) {
  std::string out;
  append_canonical(out, object);
  return out;
}

std::string one_line(const Json& value) {
  std::string out;
  append_one_line(out, value);
  return out;
}

std::string pretty(const Json& value) {
  std::string out;
  append_pretty(out, value, 0);
  return out;
}

uint64_t digest(const Json& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return tagged(Tag::kNull, 0);
    case boost::json::kind::bool_:
      return tagged(Tag::kBool, value.get_bool() ? 1 : 0);
    case boost::json::kind::int64:
      return tagged(Tag::kInteger, static_cast<uint64_t>(value.get_int64()));
    case boost::json::kind::uint64:
      return digest_unsigned(value.get_uint64());
    case boost::json::kind::double_:
      return digest_double(value.get_double());
    case boost::json::kind::string:
      return tagged(Tag::kText, hash_text(value.get_string()));
    case boost::json::kind::array: {
      uint64_t h = tagged(Tag::kArray, value.get_array().size());
      for (const Json& element : value.get_array()) h = combine(h, digest(element));
      return h;
    }
    case boost::json::kind::object:
      break;
  }
  return digest(value.get_object());
}

uint64_t digest(const JsonObject& object) {
  // A sum does not depend on the order of the members, which therefore need no sorting; each
  // member is well mixed before it enters, and no key comes twice.
  uint64_t sum = 0;
  for (const auto& entry : object) {
    sum += combine(hash_text(entry.key()), digest(entry.value()));
  }
  return combine(tagged(Tag::kObject, object.size()), sum);
}

bool same(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return same_number(a, b);
  if (a.kind() != b.kind()) return false;
  if (const JsonArray* left = a.if_array()) {
    const JsonArray& right = b.get_array();
    return std::equal(left->begin(), left->end(), right.begin(), right.end(),
                      [](const Json& x, const Json& y) { return same(x, y); });
  }
  if (const JsonObject* left = a.if_object()) return same(*left, b.get_object());
  return a == b;
}

bool same(const JsonObject& a, const JsonObject& b) {
  if (&a == &b) return true;  // one document in two places
  if (a.size() != b.size()) return false;
  MemberSearch others(b);
  return std::all_of(a.begin(), a.end(), [&](const auto& entry) {
    const Json* other = others.find(entry.key());
    return other != nullptr && same(entry.value(), *other);
  });
}

const Json* member(const Json& value, std::string_view key) {
  const JsonObject* object = value.if_object();
  return object == nullptr ? nullptr : object->if_contains(key);
}

std::string text_of(const Json& value, std::string_view key, std::string_view otherwise) {
  const JsonObject* object = value.if_object();
  return object == nullptr ? std::string(otherwise) : text_of(*object, key, otherwise);
}

std::string text_of(const JsonObject& object, std::string_view key, std::string_view otherwise) {
  const Json* found = object.if_contains(key);
  const boost::json::string* text = found == nullptr ? nullptr : found->if_string();
  return std::string(text == nullptr ? otherwise : std::string_view(*text));
}

}  // namespace squall
