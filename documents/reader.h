// Checked readers for documents that come from outside: scenario files, formas, bodies of requests.
// A Reader is one value and the path it was reached by; every error names that path, as in
// `$.Resources[3].Label: must be a text, and is a number`.
//
// A Reader points into the document it was made from, which must outlive it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "documents/json.h"

namespace squall {

// What people call a value's kind: "a text", "a number", "an object", …
std::string_view kind_in_words(const Json& value);

class Reader {
 public:
  explicit Reader(const Json& value, std::string path = "$");

  const Json& value() const { return *value_; }
  const std::string& path() const { return path_; }

  // The error "<path>: <what>", for conditions that only the caller can check.
  std::unexpected<Error> wrong(std::string_view what) const;

  // This value as a type; an error where it is of another one.
  Result<std::string> text() const;
  Result<std::string> non_empty_text() const;
  Result<bool> boolean() const;
  // Whole numbers only (2.0 counts as 2), within [min, max].
  Result<int64_t> integer(int64_t min = std::numeric_limits<int64_t>::min(),
                          int64_t max = std::numeric_limits<int64_t>::max()) const;
  Result<double> number() const;
  Result<const JsonObject*> object() const;
  Result<const JsonArray*> array() const;
  // One Reader per element of an array, per member of an object.
  Result<std::vector<Reader>> elements() const;
  struct Member;
  Result<std::vector<Member>> members() const;

  // The member `key`; an error where this is no object or has none.
  Result<Reader> at(std::string_view key) const;
  // The same, or nullopt where there is none. null counts as none: writers in other languages
  // put it for what is not set.
  Result<std::optional<Reader>> find(std::string_view key) const;

  // An error naming the first member that is not among `known`, with what is.
  Result<void> only(std::initializer_list<std::string_view> known) const;

  // Required members.
  Result<std::string> text(std::string_view key) const;
  Result<std::string> non_empty_text(std::string_view key) const;
  Result<bool> boolean(std::string_view key) const;
  Result<int64_t> integer(std::string_view key, int64_t min, int64_t max) const;
  Result<const JsonObject*> object(std::string_view key) const;
  Result<const JsonArray*> array(std::string_view key) const;
  Result<std::vector<Reader>> elements(std::string_view key) const;

  // Members that may be missing: the value `otherwise` then. Of another type they are errors.
  Result<std::string> text_or(std::string_view key, std::string_view otherwise) const;
  Result<bool> boolean_or(std::string_view key, bool otherwise) const;
  Result<int64_t> integer_or(std::string_view key, int64_t otherwise, int64_t min,
                             int64_t max) const;
  Result<JsonObject> object_or_empty(std::string_view key) const;
  Result<JsonArray> array_or_empty(std::string_view key) const;
  Result<std::vector<Reader>> elements_or_none(std::string_view key) const;

  // A required text member that `parse` (Result<T> from std::string_view) understands, such as an
  // enumeration: chosen("Mode", parse_mode).
  template <class Parse>
  auto chosen(std::string_view key, Parse parse) const -> decltype(parse(std::string_view())) {
    TRY(const Reader found, at(key));
    TRY(const std::string word, found.text());
    auto parsed = parse(std::string_view(word));
    if (!parsed) return found.wrong(parsed.error().message);
    return parsed;
  }
  // The same, or `otherwise` where the member is missing.
  template <class Parse, class T>
  auto chosen_or(std::string_view key, Parse parse, T otherwise) const
      -> decltype(parse(std::string_view())) {
    TRY(const std::optional<Reader> found, find(key));
    if (!found) return otherwise;
    return chosen(key, parse);
  }

 private:
  std::unexpected<Error> not_a(std::string_view wanted) const;

  const Json* value_;
  std::string path_;
};

struct Reader::Member {
  std::string key;
  Reader value;
};

}  // namespace squall
