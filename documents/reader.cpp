#include "documents/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace squall {

namespace {

bool is_plain(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '$';
  });
}

// `path.key`, or `path['odd.key']` where a dot would mislead.
std::string below(const std::string& path, std::string_view key) {
  return is_plain(key) ? fmt::format("{}.{}", path, key) : fmt::format("{}['{}']", path, key);
}

// 2.0 is a whole number too; past 2^53 a double no longer names one.
std::optional<int64_t> whole_number(const Json& value) {
  if (const int64_t* i = value.if_int64()) return *i;
  const double* d = value.if_double();
  if (d == nullptr || std::abs(*d) > 9007199254740992.0 || std::trunc(*d) != *d) return {};
  return static_cast<int64_t>(*d);
}

}  // namespace

std::string_view kind_in_words(const Json& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return "null";
    case boost::json::kind::bool_:
      return "a boolean";
    case boost::json::kind::int64:
    case boost::json::kind::uint64:
    case boost::json::kind::double_:
      return "a number";
    case boost::json::kind::string:
      return "a text";
    case boost::json::kind::array:
      return "an array";
    case boost::json::kind::object:
      break;
  }
  return "an object";
}

Reader::Reader(const Json& value, std::string path) : value_(&value), path_(std::move(path)) {}

std::unexpected<Error> Reader::wrong(std::string_view what) const {
  return fail(fmt::format("{}: {}", path_, what));
}

std::unexpected<Error> Reader::not_a(std::string_view wanted) const {
  return wrong(fmt::format("must be {}, and is {}", wanted, kind_in_words(*value_)));
}

Result<std::string> Reader::text() const {
  const boost::json::string* text = value_->if_string();
  if (text == nullptr) return not_a("a text");
  return std::string(text->data(), text->size());
}

Result<std::string> Reader::non_empty_text() const {
  TRY(std::string found, text());
  if (found.empty()) return wrong("must not be empty");
  return found;
}

Result<bool> Reader::boolean() const {
  if (!value_->is_bool()) return not_a("a boolean");
  return value_->get_bool();
}

Result<int64_t> Reader::integer(int64_t min, int64_t max) const {
  if (!value_->is_number()) return not_a("a whole number");
  const std::optional<int64_t> number = whole_number(*value_);
  if (!number || *number < min || *number > max) {
    const std::string range =
        min == std::numeric_limits<int64_t>::min() && max == std::numeric_limits<int64_t>::max()
            ? std::string("of 64 bits")
            : fmt::format("from {} to {}", min, max);
    return wrong(fmt::format("must be a whole number {}, and is {}", range, canonical(*value_)));
  }
  return *number;
}

Result<double> Reader::number() const {
  if (!value_->is_number()) return not_a("a number");
  return value_->to_number<double>();
}

Result<const JsonObject*> Reader::object() const {
  if (!value_->is_object()) return not_a("an object");
  return value_->if_object();
}

Result<const JsonArray*> Reader::array() const {
  if (!value_->is_array()) return not_a("an array");
  return value_->if_array();
}

Result<std::vector<Reader>> Reader::elements() const {
  TRY(const JsonArray* all, array());
  std::vector<Reader> out;
  out.reserve(all->size());
  for (size_t i = 0; i < all->size(); ++i) {
    out.emplace_back((*all)[i], fmt::format("{}[{}]", path_, i));
  }
  return out;
}

Result<std::vector<Reader::Member>> Reader::members() const {
  TRY(const JsonObject* all, object());
  std::vector<Member> out;
  out.reserve(all->size());
  for (const auto& entry : *all) {
    out.push_back({std::string(entry.key()), Reader(entry.value(), below(path_, entry.key()))});
  }
  return out;
}

Result<Reader> Reader::at(std::string_view key) const {
  TRY(const JsonObject* all, object());
  const Json* found = all->if_contains(key);
  if (found == nullptr) return wrong(fmt::format("has no member \"{}\", which it must have", key));
  return Reader(*found, below(path_, key));
}

Result<std::optional<Reader>> Reader::find(std::string_view key) const {
  TRY(const JsonObject* all, object());
  const Json* found = all->if_contains(key);
  if (found == nullptr || found->is_null()) return std::optional<Reader>();
  return std::optional<Reader>(Reader(*found, below(path_, key)));
}

Result<void> Reader::only(std::initializer_list<std::string_view> known) const {
  TRY(const JsonObject* all, object());
  for (const auto& entry : *all) {
    if (std::find(known.begin(), known.end(), std::string_view(entry.key())) == known.end()) {
      return wrong(fmt::format("has an unknown member \"{}\"; known are {}",
                               std::string_view(entry.key()), fmt::join(known, ", ")));
    }
  }
  return {};
}

Result<std::string> Reader::text(std::string_view key) const {
  TRY(const Reader found, at(key));
  return found.text();
}

Result<std::string> Reader::non_empty_text(std::string_view key) const {
  TRY(const Reader found, at(key));
  return found.non_empty_text();
}

Result<bool> Reader::boolean(std::string_view key) const {
  TRY(const Reader found, at(key));
  return found.boolean();
}

Result<int64_t> Reader::integer(std::string_view key, int64_t min, int64_t max) const {
  TRY(const Reader found, at(key));
  return found.integer(min, max);
}

Result<const JsonObject*> Reader::object(std::string_view key) const {
  TRY(const Reader found, at(key));
  return found.object();
}

Result<const JsonArray*> Reader::array(std::string_view key) const {
  TRY(const Reader found, at(key));
  return found.array();
}

Result<std::vector<Reader>> Reader::elements(std::string_view key) const {
  TRY(const Reader found, at(key));
  return found.elements();
}

Result<std::string> Reader::text_or(std::string_view key, std::string_view otherwise) const {
  TRY(const std::optional<Reader> found, find(key));
  return found ? found->text() : std::string(otherwise);
}

Result<bool> Reader::boolean_or(std::string_view key, bool otherwise) const {
  TRY(const std::optional<Reader> found, find(key));
  return found ? found->boolean() : otherwise;
}

Result<int64_t> Reader::integer_or(std::string_view key, int64_t otherwise, int64_t min,
                                   int64_t max) const {
  TRY(const std::optional<Reader> found, find(key));
  return found ? found->integer(min, max) : otherwise;
}

Result<JsonObject> Reader::object_or_empty(std::string_view key) const {
  TRY(const std::optional<Reader> found, find(key));
  if (!found) return JsonObject();
  TRY(const JsonObject* all, found->object());
  return *all;
}

Result<JsonArray> Reader::array_or_empty(std::string_view key) const {
  TRY(const std::optional<Reader> found, find(key));
  if (!found) return JsonArray();
  TRY(const JsonArray* all, found->array());
  return *all;
}

Result<std::vector<Reader>> Reader::elements_or_none(std::string_view key) const {
  TRY(const std::optional<Reader> found, find(key));
  if (!found) return std::vector<Reader>();
  return found->elements();
}

}  // namespace squall
