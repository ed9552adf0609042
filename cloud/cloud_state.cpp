#include "cloud/cloud_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/hash.h"
#include "documents/generic_types.h"

namespace squall::cloud {

namespace {

constexpr std::string_view kIdOfTypes = "Resource";

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// "child" for Test::Generic::ChildResource; where nothing but "Resource" is left, the service:
// "generic" for Test::Generic::Resource.
std::string id_prefix(std::string_view type) {
  size_t cut = type.rfind("::");
  std::string_view kind = cut == std::string_view::npos ? type : type.substr(cut + 2);
  if (kind == kIdOfTypes && cut != std::string_view::npos) {
    const std::string_view service = type.substr(0, cut);
    cut = service.rfind("::");
    kind = cut == std::string_view::npos ? service : service.substr(cut + 2);
  } else if (kind.size() > kIdOfTypes.size() && kind.ends_with(kIdOfTypes)) {
    kind.remove_suffix(kIdOfTypes.size());
  }
  return lower_case(kind);
}

// The hash of the properties that tie a child to its parent, read on the child's or on the parent's
// side; nullopt where one is missing, and for types without a parent.
enum class Side { kChild, kParent };
std::optional<uint64_t> parent_key(const Schema& child, Side side, const JsonObject& properties) {
  if (child.parent_mappings.empty()) return std::nullopt;
  uint64_t key = hash_text(child.type);
  for (const ParentMapping& mapping : child.parent_mappings) {
    const Json* value = properties.if_contains(side == Side::kChild ? mapping.child_property
                                                                    : mapping.parent_property);
    if (value == nullptr) return std::nullopt;
    key = combine(key, squall::digest(*value));
  }
  return key;
}

void insert_sorted(std::vector<uint32_t>& list, uint32_t index) {
  list.insert(std::lower_bound(list.begin(), list.end(), index), index);
}

void erase_sorted(std::vector<uint32_t>& list, uint32_t index) {
  const auto at = std::lower_bound(list.begin(), list.end(), index);
  SQUALL_CHECK(at != list.end() && *at == index);
  list.erase(at);
}

bool is_made_up(const ResourceType& type, std::string_view property) {
  return property == type.schema.identifier ||
         std::find(type.computed.begin(), type.computed.end(), property) != type.computed.end();
}

// Texts that the cloud made up, and what stands for each in a digest.
using StandIns = std::unordered_map<std::string, uint64_t>;

// squall::digest with the stand-ins in their places.
uint64_t digest_of(const Json& value, const StandIns& stand_ins) {
  if (const boost::json::string* text = value.if_string()) {
    const auto found = stand_ins.find(std::string(text->data(), text->size()));
    return found == stand_ins.end() ? squall::digest(value) : found->second;
  }
  if (const JsonArray* array = value.if_array()) {
    uint64_t hash = mix(array->size());
    for (const Json& element : *array) hash = combine(hash, digest_of(element, stand_ins));
    return hash;
  }
  if (const JsonObject* object = value.if_object()) {
    uint64_t sum = mix(object->size());
    for (const auto& entry : *object) {
      sum += combine(hash_text(entry.key()), digest_of(entry.value(), stand_ins));
    }
    return sum;
  }
  return squall::digest(value);
}

}  // namespace

Change unchanged(const ObjectRecord* object) {
  Change change;
  if (object == nullptr) return change;
  change.native_id = object->native_id;
  if (!object->alive()) return change;
  change.version_before = change.version_after = object->version();
  change.before = change.after = object->properties();
  return change;
}

Change last_change(Effect effect, const ObjectRecord& object) {
  Change change;
  change.effect = effect;
  change.native_id = object.native_id;
  if (object.alive()) {
    change.version_after = object.version();
    change.after = object.properties();
  }
  if (object.history.size() < 2) return change;
  const ObjectVersion& before = object.history[object.history.size() - 2];
  if (before.properties == nullptr) return change;
  change.version_before = before.version;
  change.before = before.properties;
  return change;
}

std::string name_in(const JsonObject& properties) {
  const Json* name = properties.if_contains("Name");
  const boost::json::string* text = name == nullptr ? nullptr : name->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

CloudState::CloudState(std::shared_ptr<const Catalogue> catalogue)
    : catalogue_(std::move(catalogue)), tables_(std::make_shared<Tables>()) {
  SQUALL_CHECK(catalogue_->types.size() == catalogue_->schemas.size());
  tables_->by_type.resize(types().size());
}

const Schema* CloudState::schema(std::string_view type) const { return find_schema(types(), type); }

const ResourceType& CloudState::resource_type(const Schema& schema) const {
  return catalogue_->types[position_of(schema)];
}

const ObjectRecord* CloudState::find(const NativeId& id) const {
  const auto found = tables_->by_id.find(id);
  return found == tables_->by_id.end() ? nullptr : tables_->objects[found->second].get();
}

const ObjectRecord* CloudState::find_alive(const NativeId& id) const {
  const ObjectRecord* record = find(id);
  return record != nullptr && record->alive() ? record : nullptr;
}

const TokenRecord* CloudState::find_token(const std::string& token) const {
  const auto found = tables_->tokens.find(token);
  return found == tables_->tokens.end() ? nullptr : &found->second;
}

std::vector<const ObjectRecord*> CloudState::live() const {
  std::vector<const ObjectRecord*> out;
  out.reserve(tables_->live);
  for (const auto& record : tables_->objects) {
    if (record->alive()) out.push_back(record.get());
  }
  return out;
}

std::vector<const ObjectRecord*> CloudState::live(const Schema& schema) const {
  std::vector<const ObjectRecord*> out;
  const std::vector<Index>& indices = tables_->by_type[position_of(schema)];
  out.reserve(indices.size());
  for (const Index index : indices) out.push_back(tables_->objects[index].get());
  return out;
}

size_t CloudState::live_count() const { return tables_->live; }

CloudState::Page CloudState::list(const Filter& filter, uint64_t start, size_t page_size) const {
  SQUALL_CHECK(filter.schema != nullptr && page_size > 0);
  const std::vector<Index>* candidates = &tables_->by_type[position_of(*filter.schema)];
  std::optional<uint64_t> key;
  if (filter.parent != nullptr) {
    key = parent_key(*filter.schema, Side::kParent, *filter.parent->properties());
    const auto children = key ? tables_->by_parent.find(*key) : tables_->by_parent.end();
    if (children == tables_->by_parent.end()) return {};
    candidates = &children->second;
  }
  Page page;
  for (auto at = std::lower_bound(candidates->begin(), candidates->end(), start);
       at != candidates->end(); ++at) {
    const ObjectRecord& record = *tables_->objects[*at];
    if (!filter.target.empty() && record.target != filter.target) continue;
    if (page.objects.size() == page_size) {
      page.next = *at;
      break;
    }
    page.objects.push_back(&record);
  }
  return page;
}

const ObjectRecord& CloudState::create(const Schema& schema, const std::string& target,
                                       const JsonObject& properties, bool by_engine, Instant now) {
  const ResourceType& type = resource_type(schema);
  Tables& tables = edit();
  const uint64_t number = tables.highest_id = tables.next_id++;
  auto whole = std::make_shared<JsonObject>(properties);
  auto record = std::make_shared<ObjectRecord>();
  record->native_id =
      type.id_is_name ? name_in(properties) : fmt::format("{}-{}", id_prefix(schema.type), number);
  SQUALL_CHECK(!record->native_id.empty());
  record->schema = &schema;
  record->target = target;
  record->made_by_engine = by_engine;
  if (!schema.identifier.empty()) (*whole)[schema.identifier] = record->native_id;
  for (const std::string& property : type.computed) {
    (*whole)[property] = fmt::format("{}-{}", lower_case(property), number);
  }
  record->name = name_in(*whole);
  if (const ObjectRecord* last = find(record->native_id)) {
    SQUALL_CHECK(type.id_is_name && !last->alive());
    record->history = last->history;
    record->born = last->version() + 1;
  }
  record->history.push_back({record->born, now, std::move(whole)});

  const auto index = static_cast<Index>(tables.objects.size());
  tables.by_id[record->native_id] = index;
  tables.objects.push_back(std::move(record));
  enter(index);
  return *tables.objects[index];
}

const ObjectRecord& CloudState::update(const NativeId& id,
                                       std::shared_ptr<const JsonObject> properties, Instant now) {
  SQUALL_CHECK(properties != nullptr);
  edit();
  const Index index = index_of(id);
  leave(index);
  ObjectRecord& record = edit(index);
  SQUALL_CHECK(record.alive());
  record.name = name_in(*properties);
  record.history.push_back({record.version() + 1, now, std::move(properties)});
  enter(index);
  return record;
}

const ObjectRecord& CloudState::remove(const NativeId& id, Instant now) {
  edit();
  const Index index = index_of(id);
  leave(index);
  ObjectRecord& record = edit(index);
  SQUALL_CHECK(record.alive());
  record.history.push_back({record.version() + 1, now, nullptr});
  return record;
}

void CloudState::bind_token(const std::string& token, TokenRecord record) {
  SQUALL_CHECK(!token.empty());
  TokenRecord& entry = edit().tokens[token];
  SQUALL_CHECK(entry.native_id.empty() && !entry.is_void);
  entry = std::move(record);
}

Result<void> CloudState::set_id_counter(uint64_t next) {
  if (next <= tables_->highest_id) {
    return fail(
        fmt::format("cannot set the counter of native ids to {}: ids up to {} have been given out, "
                    "and none may come twice; choose a higher number",
                    next, tables_->highest_id));
  }
  edit().next_id = next;
  return {};
}

uint64_t CloudState::digest() const {
  StandIns stand_ins;
  for (const auto& record : tables_->objects) {
    if (!record->alive()) continue;
    const ResourceType& type = resource_type(*record->schema);
    const uint64_t owner = combine(hash_text(type.schema.type), hash_text(record->name));
    for (const auto& entry : *record->properties()) {
      if (!is_made_up(type, entry.key()) || !entry.value().is_string()) continue;
      const std::string_view text = entry.value().get_string();
      stand_ins.emplace(text, combine(owner, hash_text(entry.key())));
    }
  }
  uint64_t sum = 0;
  for (const auto& record : tables_->objects) {
    if (!record->alive()) continue;
    const ResourceType& type = resource_type(*record->schema);
    uint64_t members = 0;
    for (const auto& entry : *record->properties()) {
      if (is_made_up(type, entry.key())) continue;
      members += combine(hash_text(entry.key()), digest_of(entry.value(), stand_ins));
    }
    sum += combine(hash_text(type.schema.type), members);
  }
  return combine(tables_->live, sum);
}

CloudState::Tables& CloudState::edit() {
  if (tables_.use_count() > 1) tables_ = std::make_shared<Tables>(*tables_);
  return *tables_;
}

ObjectRecord& CloudState::edit(Index index) {
  std::shared_ptr<ObjectRecord>& record = tables_->objects[index];
  if (record.use_count() > 1) record = std::make_shared<ObjectRecord>(*record);
  return *record;
}

CloudState::Index CloudState::index_of(const NativeId& id) const {
  const auto found = tables_->by_id.find(id);
  SQUALL_CHECK(found != tables_->by_id.end());
  return found->second;
}

size_t CloudState::position_of(const Schema& schema) const {
  const auto position = static_cast<size_t>(&schema - types().data());
  SQUALL_CHECK(position < types().size());
  return position;
}

void CloudState::enter(Index index) {
  const ObjectRecord& record = *tables_->objects[index];
  insert_sorted(tables_->by_type[position_of(*record.schema)], index);
  if (const auto key = parent_key(*record.schema, Side::kChild, *record.properties())) {
    insert_sorted(tables_->by_parent[*key], index);
  }
  ++tables_->live;
}

void CloudState::leave(Index index) {
  const ObjectRecord& record = *tables_->objects[index];
  SQUALL_CHECK(record.alive());
  erase_sorted(tables_->by_type[position_of(*record.schema)], index);
  if (const auto key = parent_key(*record.schema, Side::kChild, *record.properties())) {
    const auto children = tables_->by_parent.find(*key);
    SQUALL_CHECK(children != tables_->by_parent.end());
    erase_sorted(children->second, index);
    if (children->second.empty()) tables_->by_parent.erase(children);
  }
  --tables_->live;
}

}  // namespace squall::cloud
