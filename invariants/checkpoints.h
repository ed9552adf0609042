// What the checkers of quiescence share: the cloud's objects by id and by name, and who is excused.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "suite/record.h"

namespace squall::invariants {

// The cloud of one checkpoint, which outlives it. Every checker makes one for every checkpoint, and
// most ask for a handful of ids: so an id is looked for where it stands, and the index by name is
// made when it is first asked for.
class Objects {
 public:
  explicit Objects(const cloud::CloudView& view) : view_(view) {}

  const cloud::CloudObject* with_id(std::string_view native_id) const;  // or nullptr
  // Those that the engine made, in order of creation.
  std::span<const cloud::CloudObject* const> named(const InternedText& type,
                                                   const InternedText& name) const;

  using Name = std::pair<InternedText, InternedText>;  // type, name
  using ByName = std::map<Name, std::vector<const cloud::CloudObject*>>;
  const ByName& by_name() const;

 private:
  const cloud::CloudView& view_;
  mutable std::optional<ByName> by_name_;
};

// The row of an identity in an inventory, or nullptr. It is looked for where it stands: identities
// are told apart by addresses, which for the rows of a case is sooner done than an index is made.
const InventoryRow* row_of(const std::vector<InventoryRow>& inventory,
                           const ResourceIdentity& identity);

// Is one of the keys there twice?
template <class Key>
bool has_twice(std::vector<Key> keys) {
  std::ranges::sort(keys);
  return std::ranges::adjacent_find(keys) != keys.end();
}

// Properties as a row shows them, with every reference replaced by the value it was resolved to.
Document with_values(const Document& properties);

// Which identities may differ from the truth. An identity left unsettled by an ambiguous answer is
// excused until the sync after the last fault: if that ended Success, it settled everything, and
// only a call that took effect after the engine's last look still excuses.
class Excuses {
 public:
  explicit Excuses(const suite::CaseRecord& record);

  bool excuses(const suite::Checkpoint& checkpoint, const ResourceIdentity& identity) const;
  // The same for an object of the cloud, which belongs to an identity by its type and name.
  bool excuses(const suite::Checkpoint& checkpoint, const InternedText& type,
               const InternedText& name) const;
  // Has the engine claimed that nothing is unsettled any more?
  bool all_settled(const suite::Checkpoint& checkpoint) const {
    return checkpoint.settled && last_sync_succeeded_;
  }

 private:
  bool counts(const suite::Checkpoint& checkpoint, const suite::Excuse& excuse) const;

  bool last_sync_succeeded_ = false;
};

// The identity an object of this type and name belongs to, by the world's slots; without a stack
// where the world has none of it.
ResourceIdentity identity_of(const suite::CaseRecord& record, const InternedText& type,
                             const InternedText& name);

}  // namespace squall::invariants
