#include "engine/secrets.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "engine/normal_form.h"

namespace squall::engine {

namespace {

constexpr std::string_view kMark = "$opaque";

const boost::json::string* sealed_text(const Json& value) {
  const JsonObject* object = value.if_object();
  if (object == nullptr || object->size() != 1) return nullptr;
  const Json* text = object->if_contains(kMark);
  return text == nullptr ? nullptr : text->if_string();
}

// The value of a sealed text, or nullopt where it is none of ours.
std::optional<Json> opened(Env& env, const Json& value) {
  const boost::json::string* text = sealed_text(value);
  if (text == nullptr) return std::nullopt;
  const Result<std::string> secret = env.open({text->data(), text->size()});
  if (!secret) return std::nullopt;
  Result<Json> parsed = parse_json(*secret);
  if (!parsed) return std::nullopt;
  return *std::move(parsed);
}

void open_all(Env& env, Json& value) {
  if (std::optional<Json> secret = opened(env, value)) {
    value = *std::move(secret);
  } else if (JsonObject* object = value.if_object()) {
    for (auto& entry : *object) open_all(env, entry.value());
  } else if (JsonArray* array = value.if_array()) {
    for (Json& element : *array) open_all(env, element);
  }
}

class Sealing {
 public:
  Sealing(Env& env, const Schema& schema, bool is_incoming)
      : env_(env), schema_(schema), is_incoming_(is_incoming) {}

  void members(JsonObject& object) {
    for (auto& entry : object) {
      const HintPath::Scope scope(path_, entry.key());
      if (schema_.hint(path_.text()).opaque) {
        secret(entry.value());
      } else {
        value(entry.value());
      }
    }
  }

 private:
  void value(Json& in) {
    if (is_reference(in)) return;
    if (JsonObject* object = in.if_object()) {
      members(*object);
    } else if (JsonArray* array = in.if_array()) {
      for (Json& element : *array) value(element);
    }
  }

  void secret(Json& in) {
    if (says_nothing(in) || is_reference(in)) return;
    if (!is_incoming_ && sealed_text(in) != nullptr) return;
    if (holds_reference(in)) {  // sealed in parts, until all of it is known
      if (JsonObject* object = in.if_object()) {
        for (auto& entry : *object) secret(entry.value());
      } else {
        for (Json& element : in.get_array()) secret(element);
      }
      return;
    }
    if (!is_incoming_) open_all(env_, in);
    in = JsonObject{{kMark, env_.seal(canonical(in))}};
  }

  Env& env_;
  const Schema& schema_;
  const bool is_incoming_;
  HintPath path_;
};

void mask_value(Json& value) {
  if (sealed_text(value) != nullptr) {
    value.get_object()[kMark] = true;
  } else if (JsonObject* object = value.if_object()) {
    for (auto& entry : *object) mask_value(entry.value());
  } else if (JsonArray* array = value.if_array()) {
    for (Json& element : *array) mask_value(element);
  }
}

}  // namespace

bool has_secrets(const Schema& schema) {
  return std::any_of(schema.hints.begin(), schema.hints.end(),
                     [](const auto& entry) { return entry.second.opaque; });
}

void seal_incoming(Env& env, const Schema& schema, Document& document) {
  if (!has_secrets(schema)) return;
  JsonObject sealed = *document;
  Sealing(env, schema, true).members(sealed);
  document = std::move(sealed);
}

void seal_resolved(Env& env, const Schema& schema, JsonObject& document) {
  if (has_secrets(schema)) Sealing(env, schema, false).members(document);
}

void open_outgoing(Env& env, const Schema& schema, Document& properties, JsonArray& patch) {
  if (!has_secrets(schema)) return;
  JsonObject clear = *properties;
  for (auto& entry : clear) open_all(env, entry.value());
  properties = std::move(clear);
  for (Json& operation : patch) {
    Json* value = operation.get_object().if_contains("value");
    if (value != nullptr) open_all(env, *value);
  }
}

void mask(const Schema& schema, Document& properties) {
  if (!has_secrets(schema)) return;
  JsonObject masked = *properties;
  for (auto& entry : masked) mask_value(entry.value());
  properties = std::move(masked);
}

}  // namespace squall::engine
