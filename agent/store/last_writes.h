// What a transaction has to write of the batches that it takes together: of each key the last
// write. So a record that changes twice in one transaction is written once, and in key order, which
// is the order of the index that it goes into.
#pragma once

#include <span>
#include <vector>

#include "engine/env.h"
#include "engine/records.h"

namespace squall::agent {

struct LastWrite {
  const engine::Write* write = nullptr;  // in the batch
  // An update whose plan the database may lack, or have another one of: it must be written, too.
  // The plan of any other update is there if the update is; where it is not, both are written.
  bool with_plan = false;

  bool is_delete() const { return write->record == nullptr; }
  // nullptr: it is none.
  const engine::StoredUpdate* update() const;
};

// By key. The batches must outlive what is returned.
std::vector<LastWrite> last_writes(std::span<const engine::Batch> batches);

}  // namespace squall::agent
