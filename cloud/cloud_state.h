// The truth itself: every object the cloud ever held with all its versions, the create tokens, and
// the counter that native ids come from. It knows no calls and no faults; calls.h holds the rules
// by which calls change it.
//
// Not thread-safe. Pointers to records stay valid until the next change.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "cloud/operation_log.h"
#include "documents/schema.h"

namespace squall::cloud {

// One entry of an object's history. The deletion is the last one of it.
struct ObjectVersion {
  StateVersion version = 0;
  Instant time;
  std::shared_ptr<const JsonObject> properties;  // null: deleted
};

struct ObjectRecord {
  NativeId native_id;
  const Schema* schema = nullptr;
  std::string target;
  std::string name;  // its property Name, the last one it had
  bool made_by_engine = false;
  std::vector<ObjectVersion> history;  // append-only, never empty, versions rising

  bool alive() const { return history.back().properties != nullptr; }
  StateVersion version() const { return history.back().version; }
  const std::shared_ptr<const JsonObject>& properties() const { return history.back().properties; }
};

// What a create token is known for.
struct TokenRecord {
  const Schema* schema = nullptr;
  uint64_t request_digest = 0;
  NativeId native_id;    // the object it made
  bool is_void = false;  // settled as "none": it never makes an object
};

class CloudState {
 public:
  // types outlives the state, and every copy of it.
  explicit CloudState(std::shared_ptr<const std::vector<Schema>> types);

  // Copies are cheap: they share everything until one of them changes.

  const std::vector<Schema>& types() const { return *types_; }
  const std::shared_ptr<const std::vector<Schema>>& shared_types() const { return types_; }
  const Schema* schema(std::string_view type) const;

  // The record of an object, deleted ones included; nullptr: never existed.
  const ObjectRecord* find(const NativeId& id) const;
  // The same, unless it is deleted.
  const ObjectRecord* find_alive(const NativeId& id) const;
  const TokenRecord* find_token(const std::string& token) const;

  // Live objects, in order of creation.
  std::vector<const ObjectRecord*> live() const;
  size_t live_count() const;

  // One page of the live objects of a type, in order of creation; with a parent, only its children
  // by the type's parent mappings; with a target, only those in it.
  struct Filter {
    const Schema* schema = nullptr;
    const ObjectRecord* parent = nullptr;
    std::string_view target;
  };
  struct Page {
    std::vector<const ObjectRecord*> objects;
    uint64_t next = 0;  // where the next page starts; 0: this was the last one
  };
  // start: 0, or the `next` of the page before. It stays good while objects come and go.
  Page list(const Filter& filter, uint64_t start, size_t page_size) const;

  // Makes an object: version 1, a native id from the counter, that id also under the type's
  // identifier. properties: the writable ones.
  const ObjectRecord& create(const Schema& schema, const std::string& target,
                             const JsonObject& properties, bool by_engine, Instant now);
  // Appends a version. REQUIRES: alive.
  const ObjectRecord& update(const NativeId& id, std::shared_ptr<const JsonObject> properties,
                             Instant now);
  // Leaves a tombstone. REQUIRES: alive.
  const ObjectRecord& remove(const NativeId& id, Instant now);
  // REQUIRES: the token is not known yet.
  void bind_token(const std::string& token, TokenRecord record);

  // An error where an id from `next` on has been given out.
  Result<void> set_id_counter(uint64_t next);

  // Of the live objects, whatever their order: types and properties, the names among them, but not
  // the native ids, which depend on who came first.
  uint64_t digest() const;

 private:
  using Index = uint32_t;  // into Tables::objects
  struct Tables {
    std::vector<std::shared_ptr<ObjectRecord>> objects;  // in order of creation
    std::unordered_map<NativeId, Index> by_id;
    std::unordered_map<std::string, TokenRecord> tokens;
    // Live objects, ascending; by position of the type, and by the hash of what a child says of
    // its parent.
    std::vector<std::vector<Index>> by_type;
    std::unordered_map<uint64_t, std::vector<Index>> by_parent;
    uint64_t next_id = 1;
    uint64_t highest_id = 0;  // the last one given out
    size_t live = 0;
  };

  // The tables, or the record, to change: copied first where a snapshot still shows them.
  Tables& edit();
  ObjectRecord& edit(Index index);
  Index index_of(const NativeId& id) const;
  size_t position_of(const Schema& schema) const;
  void enter(Index index);
  void leave(Index index);

  std::shared_ptr<const std::vector<Schema>> types_;
  std::shared_ptr<Tables> tables_;
};

// The property Name, or "".
std::string name_in(const JsonObject& properties);

}  // namespace squall::cloud
