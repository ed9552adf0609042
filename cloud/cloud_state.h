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
#include "cloud/catalogue.h"
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
  InternedText target;
  InternedText name;  // its property Name, the last one it had
  bool made_by_engine = false;
  // The version it was created with. Where the native id is the name, the history of an object
  // goes on from that of the last one with this id: an old version never fits a new object.
  StateVersion born = 1;
  std::vector<ObjectVersion> history;  // append-only, never empty, versions rising

  bool alive() const { return history.back().properties != nullptr; }
  StateVersion version() const { return history.back().version; }
  const std::shared_ptr<const JsonObject>& properties() const { return history.back().properties; }
};

// What a create token is known for.
struct TokenRecord {
  const Schema* schema = nullptr;
  uint64_t request_digest = 0;
  NativeId native_id;      // the object it made; "" for an asynchronous create that will fail
  bool is_void = false;    // settled as "none": it never makes an object
  StateVersion born = 0;   // of that object: the id alone may be another one's by now
  bool partly = false;     // that object was made in part, and this is its request's business
  std::string request_id;  // asynchronous
};

// An object as it is now, for the record of a call that leaves it so. nullptr: no object.
Change unchanged(const ObjectRecord* object);
// The last step of an object's history as a change.
Change last_change(Effect effect, const ObjectRecord& object);

class CloudState {
 public:
  explicit CloudState(std::shared_ptr<const Catalogue> catalogue);

  // Copies are cheap: they share everything until one of them changes.

  const std::vector<Schema>& types() const { return catalogue_->schemas; }
  const std::shared_ptr<const Catalogue>& catalogue() const { return catalogue_; }
  const Schema* schema(std::string_view type) const;
  // REQUIRES: a schema of types().
  const ResourceType& resource_type(const Schema& schema) const;

  // The record of an object, deleted ones included; nullptr: never existed.
  const ObjectRecord* find(const NativeId& id) const;
  // The same, unless it is deleted.
  const ObjectRecord* find_alive(const NativeId& id) const;
  const TokenRecord* find_token(const std::string& token) const;

  // Live objects, in order of creation.
  std::vector<const ObjectRecord*> live() const;
  std::vector<const ObjectRecord*> live(const Schema& schema) const;  // of one type
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
  // identifier, and its computed properties. properties: the writable ones. Where the native id is
  // the Name, REQUIRES: a Name that no live object of any type has for its id.
  const ObjectRecord& create(const Schema& schema, const std::string& target,
                             const JsonObject& properties, bool by_engine, Instant now);
  // Appends a version. REQUIRES: alive.
  const ObjectRecord& update(const NativeId& id, std::shared_ptr<const JsonObject> properties,
                             Instant now);
  // Leaves a tombstone. REQUIRES: alive.
  const ObjectRecord& remove(const NativeId& id, Instant now);
  // REQUIRES: the token is not known yet, or is known and made nothing so far.
  void bind_token(const std::string& token, TokenRecord record);

  // An error where an id from `next` on has been given out.
  Result<void> set_id_counter(uint64_t next);

  // All of it but older versions, as JSON and back: for clouds that outlive a process. What is
  // loaded is checked; an error names the place in the document.
  Json saved() const;
  static Result<CloudState> loaded(std::shared_ptr<const Catalogue> catalogue, const Json& saved);

  // Of the live objects, whatever their order: types and properties, the names among them. Native
  // ids and computed properties depend on who came first: they do not count, and where another
  // object refers to one, its owner's name counts instead.
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

  std::shared_ptr<const Catalogue> catalogue_;
  std::shared_ptr<Tables> tables_;
};

// The property Name, or "".
std::string name_in(const JsonObject& properties);

}  // namespace squall::cloud
