// A cloud's state as a JSON document, for clouds that outlive a process.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cloud/cloud_state.h"
#include "documents/reader.h"

namespace squall::cloud {

namespace {

constexpr int64_t kFormat = 1;

Json json_of(const ObjectRecord& record) {
  JsonObject out = {
      {"id", record.native_id},
      {"type", record.schema->type},
      {"target", record.target},
      {"name", record.name},
      {"made_by_engine", record.made_by_engine},
      {"born", record.born},
      {"version", record.version()},
      {"time", microseconds_of(record.history.back().time)},
  };
  if (record.alive()) out["properties"] = *record.properties();
  return out;
}

Json json_of(const std::string& token, const TokenRecord& record) {
  return JsonObject{
      {"token", token},
      {"type", record.schema->type},
      {"request_digest", std::to_string(record.request_digest)},
      {"id", record.native_id},
      {"void", record.is_void},
      {"born", record.born},
      {"partly", record.partly},
  };
}

constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

Result<const Schema*> schema_of(const CloudState& state, const Reader& entry) {
  TRY(const std::string type, entry.text("type"));
  const Schema* schema = state.schema(type);
  if (schema != nullptr) return schema;
  return entry.wrong(fmt::format("has the type {}, which this cloud does not know", type));
}

Result<std::shared_ptr<ObjectRecord>> read_object(const CloudState& state, const Reader& entry) {
  auto out = std::make_shared<ObjectRecord>();
  TRY(out->schema, schema_of(state, entry));
  TRY(out->native_id, entry.non_empty_text("id"));
  TRY(out->target, entry.text("target"));
  TRY(out->name, entry.text("name"));
  TRY(out->made_by_engine, entry.boolean("made_by_engine"));
  TRY(out->born, entry.integer("born", 1, kMost));
  ObjectVersion last;
  TRY(last.version, entry.integer("version", out->born, kMost));
  TRY(const int64_t time, entry.integer("time", 0, kMost));
  last.time = instant_at(time);
  TRY(const std::optional<Reader> properties, entry.find("properties"));
  if (properties) {
    TRY(const JsonObject* object, properties->object());
    last.properties = std::make_shared<const JsonObject>(*object);
  }
  out->history.push_back(std::move(last));
  return out;
}

Result<std::pair<std::string, TokenRecord>> read_token(const CloudState& state,
                                                       const Reader& entry) {
  TokenRecord out;
  TRY(std::string token, entry.non_empty_text("token"));
  TRY(out.schema, schema_of(state, entry));
  TRY(const std::string digest, entry.text("request_digest"));
  const bool is_number = !digest.empty() && digest.size() <= 20 &&
                         digest.find_first_not_of("0123456789") == std::string::npos;
  if (!is_number) return entry.wrong("has a request digest that is no number");
  out.request_digest = std::strtoull(digest.c_str(), nullptr, 10);
  TRY(out.native_id, entry.text("id"));
  TRY(out.is_void, entry.boolean("void"));
  TRY(out.born, entry.integer("born", 0, kMost));
  TRY(out.partly, entry.boolean("partly"));
  return std::pair(std::move(token), std::move(out));
}

}  // namespace

Json CloudState::saved() const {
  JsonArray objects;
  for (const auto& record : tables_->objects) objects.push_back(json_of(*record));
  // In an order of its own, so that equal states are equal documents.
  std::vector<std::string> names;
  for (const auto& [token, record] : tables_->tokens) names.push_back(token);
  std::ranges::sort(names);
  JsonArray tokens;
  for (const std::string& name : names) tokens.push_back(json_of(name, tables_->tokens.at(name)));
  return JsonObject{{"format", kFormat},
                    {"next_id", static_cast<int64_t>(tables_->next_id)},
                    {"highest_id", static_cast<int64_t>(tables_->highest_id)},
                    {"objects", std::move(objects)},
                    {"tokens", std::move(tokens)}};
}

Result<CloudState> CloudState::loaded(std::shared_ptr<const Catalogue> catalogue,
                                      const Json& saved) {
  CloudState out(std::move(catalogue));
  Tables& tables = out.edit();
  const Reader document(saved);
  TRY_VOID(document.integer("format", kFormat, kFormat));
  TRY(const int64_t highest, document.integer("highest_id", 0, kMost));
  TRY(const int64_t next, document.integer("next_id", highest + 1, kMost));
  tables.highest_id = static_cast<uint64_t>(highest);
  tables.next_id = static_cast<uint64_t>(next);
  TRY(const std::vector<Reader> objects, document.elements("objects"));
  for (const Reader& entry : objects) {
    TRY(std::shared_ptr<ObjectRecord> record, read_object(out, entry));
    if (out.find_alive(record->native_id) != nullptr) {
      return entry.wrong(fmt::format("has the id {}, as another live object", record->native_id));
    }
    const auto index = static_cast<Index>(tables.objects.size());
    tables.by_id[record->native_id] = index;
    tables.objects.push_back(std::move(record));
    if (tables.objects.back()->alive()) out.enter(index);
  }
  TRY(const std::vector<Reader> tokens, document.elements("tokens"));
  for (const Reader& entry : tokens) {
    TRY(auto token, read_token(out, entry));
    if (!tables.tokens.insert(std::move(token)).second) return entry.wrong("is there twice");
  }
  return out;
}

}  // namespace squall::cloud
