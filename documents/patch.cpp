#include "documents/patch.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace squall {

namespace {

using Tokens = std::vector<std::string>;

// RFC 6901 §4: "~1" first becomes "/", then "~0" becomes "~"; any other "~" is an error.
Result<std::string> unescaped(std::string_view token) {
  std::string out;
  out.reserve(token.size());
  for (size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out += token[i];
      continue;
    }
    const char next = i + 1 < token.size() ? token[i + 1] : '\0';
    if (next != '0' && next != '1') {
      return fail(fmt::format("\"{}\" has a \"~\" that is neither \"~0\" nor \"~1\"", token));
    }
    out += next == '0' ? '~' : '/';
    ++i;
  }
  return out;
}

Result<Tokens> parse_pointer(std::string_view pointer) {
  Tokens tokens;
  if (pointer.empty()) return tokens;
  if (pointer[0] != '/') {
    return fail(fmt::format("the pointer \"{}\" must be empty or start with \"/\"", pointer));
  }
  for (size_t start = 1; start <= pointer.size();) {
    const size_t end = std::min(pointer.find('/', start), pointer.size());
    TRY(std::string token, unescaped(pointer.substr(start, end - start)));
    tokens.push_back(std::move(token));
    start = end + 1;
  }
  return tokens;
}

// RFC 6901 §4: digits without leading zeros, below `limit`.
Result<size_t> parse_index(const std::string& token, size_t limit) {
  size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  const bool whole = end == token.data() + token.size() && error == std::errc();
  if (!whole || (token.size() > 1 && token[0] == '0')) {
    return fail(fmt::format("\"{}\" is no index of an array", token));
  }
  if (index >= limit) return fail(fmt::format("the index {} is out of bounds", index));
  return index;
}

// The value one step below `value`.
Result<Json*> step(Json& value, const std::string& token) {
  if (JsonObject* object = value.if_object()) {
    Json* found = object->if_contains(token);
    if (found == nullptr) return fail(fmt::format("there is no member \"{}\"", token));
    return found;
  }
  if (JsonArray* array = value.if_array()) {
    TRY(const size_t index, parse_index(token, array->size()));
    return &(*array)[index];
  }
  return fail(fmt::format("there is nothing below a scalar, so no \"{}\"", token));
}

Result<Json*> find(Json& document, const Tokens& tokens, size_t steps) {
  Json* at = &document;
  for (size_t i = 0; i < steps; ++i) {
    TRY(at, step(*at, tokens[i]));
  }
  return at;
}

Result<void> add(Json& document, const Tokens& path, Json value) {
  if (path.empty()) {
    document = std::move(value);
    return {};
  }
  TRY(Json * parent, find(document, path, path.size() - 1));
  const std::string& last = path.back();
  if (JsonObject* object = parent->if_object()) {
    object->insert_or_assign(last, std::move(value));
    return {};
  }
  JsonArray* array = parent->if_array();
  if (array == nullptr) return fail("its parent is a scalar, which nothing can be added to");
  size_t index = array->size();
  if (last != "-") {
    TRY(index, parse_index(last, array->size() + 1));
  }
  array->insert(array->begin() + static_cast<std::ptrdiff_t>(index), std::move(value));
  return {};
}

// Takes the value at `path` out of the document.
Result<Json> take(Json& document, const Tokens& path) {
  if (path.empty()) return fail("the whole document cannot be removed");
  TRY(Json * parent, find(document, path, path.size() - 1));
  TRY(Json * target, step(*parent, path.back()));
  Json taken = std::move(*target);
  if (JsonObject* object = parent->if_object()) {
    // Keeps the order of the other members, which people read.
    object->stable_erase(object->find(path.back()));
  } else {
    JsonArray& array = parent->get_array();
    array.erase(array.begin() + (target - array.data()));
  }
  return taken;
}

bool is_proper_prefix(const Tokens& a, const Tokens& b) {
  return a.size() < b.size() && std::equal(a.begin(), a.end(), b.begin());
}

Result<void> move(Json& document, const Tokens& from, const Tokens& path) {
  if (is_proper_prefix(from, path)) return fail("a value cannot be moved into itself");
  // Moving a value onto itself changes nothing, but it must be there (RFC 6902 §4.4).
  if (from == path) {
    TRY_VOID(find(document, from, from.size()));
    return {};
  }
  TRY(Json value, take(document, from));
  return add(document, path, std::move(value));
}

Result<void> copy(Json& document, const Tokens& from, const Tokens& path) {
  TRY(const Json* source, find(document, from, from.size()));
  // Copied before anything moves: `path` may lie inside the source, or the other way round.
  return add(document, path, Json(*source));
}

Result<void> test(Json& document, const Tokens& path, const Json& wanted) {
  TRY(const Json* found, find(document, path, path.size()));
  if (same(*found, wanted)) return {};
  return fail(fmt::format("the test failed: the value is {}, not {}", canonical(*found),
                          canonical(wanted)));
}

Result<const boost::json::string*> text_member(const JsonObject& operation, std::string_view key) {
  const Json* found = operation.if_contains(key);
  if (found == nullptr) return fail(fmt::format("it has no \"{}\"", key));
  if (!found->is_string()) return fail(fmt::format("its \"{}\" must be a text", key));
  return found->if_string();
}

Result<Tokens> pointer_member(const JsonObject& operation, std::string_view key) {
  TRY(const boost::json::string* pointer, text_member(operation, key));
  return parse_pointer(*pointer);
}

Result<const Json*> value_member(const JsonObject& operation) {
  const Json* found = operation.if_contains("value");
  if (found == nullptr) return fail("it has no \"value\"");
  return found;
}

Result<void> replace(Json& document, const Tokens& path, Json value) {
  TRY(Json * target, find(document, path, path.size()));
  *target = std::move(value);
  return {};
}

Result<void> apply_one(Json& document, const Json& entry) {
  const JsonObject* operation = entry.if_object();
  if (operation == nullptr) return fail("it is no object");
  TRY(const boost::json::string* name, text_member(*operation, "op"));
  TRY(const Tokens path, pointer_member(*operation, "path"));
  const std::string_view op = *name;
  if (op == "remove") {
    TRY_VOID(take(document, path));
    return {};
  }
  if (op == "move" || op == "copy") {
    TRY(const Tokens from, pointer_member(*operation, "from"));
    return op == "move" ? move(document, from, path) : copy(document, from, path);
  }
  if (op != "add" && op != "replace" && op != "test") {
    return fail(fmt::format("there is no operation \"{}\"", op));
  }
  TRY(const Json* value, value_member(*operation));
  if (op == "test") return test(document, path, *value);
  return op == "add" ? add(document, path, *value) : replace(document, path, *value);
}

// "add /Name" for an error message, as far as the operation can be read.
std::string in_words(const Json& operation) {
  std::string words = text_of(operation, "op", "?");
  if (const Json* path = member(operation, "path"); path != nullptr && path->is_string()) {
    words.append(" \"").append(path->get_string()).append("\"");
  }
  return words;
}

}  // namespace

Result<Json> patched(Json document, const JsonArray& patch) {
  for (size_t i = 0; i < patch.size(); ++i) {
    const Result<void> applied = apply_one(document, patch[i]);
    if (!applied) {
      return fail(fmt::format("cannot apply the patch: operation {} of {} ({}): {}", i + 1,
                              patch.size(), in_words(patch[i]), applied.error().message));
    }
  }
  return document;
}

Result<void> apply_patch(Json& document, const JsonArray& patch) {
  TRY(document, patched(document, patch));
  return {};
}

std::string escape_pointer_token(std::string_view token) {
  std::string out;
  append_pointer_token(out, token);
  return out;
}

void append_pointer_token(std::string& pointer, std::string_view token) {
  size_t plain = 0;  // where what needs no escape begins
  for (size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~' && token[i] != '/') continue;
    pointer.append(token, plain, i - plain).append(token[i] == '~' ? "~0" : "~1");
    plain = i + 1;
  }
  pointer.append(token, plain);
}

Result<std::vector<std::string>> split_pointer(std::string_view pointer) {
  return parse_pointer(pointer);
}

}  // namespace squall
