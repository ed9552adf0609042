#include "engine/ordering.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"
#include "engine/references.h"

namespace squall::engine {

namespace {

// Is there an object, as far as anybody knows, that may refer to others?
bool holds_something(const ResourceRow& row) {
  return !row.native_id.empty() || row.unsettled.has_value();
}

struct Edge {
  uint32_t to = 0;       // whom it waits for
  bool by_name = false;  // a create waits for the delete of what had its name
  friend auto operator<=>(const Edge&, const Edge&) = default;
};

using Edges = std::vector<std::vector<Edge>>;  // by position

bool is_delete(const Draft& draft) { return draft.update.operation == UpdateOperation::kDelete; }

bool refers_to(const Draft& draft, const ResourceIdentity& identity) {
  return std::binary_search(draft.update.references.begin(), draft.update.references.end(),
                            identity);
}

// Through what kinds of fields a row refers to one producer.
struct Kinds {
  bool plain = false;
  bool attachment = false;
  bool runtime = false;
};

class Graph {
 public:
  Graph(const Schemas& schemas, const PlantSet& plants, const std::vector<Draft>& drafts)
      : schemas_(schemas), plants_(plants), drafts_(drafts), edges_(drafts.size()) {
    for (uint32_t i = 0; i < drafts.size(); ++i) {
      const PlannedUpdate& update = drafts[i].update;
      (is_delete(drafts[i]) ? deleted_ : made_).emplace(update.identity, i);
      if (is_delete(drafts[i]) && !drafts[i].name.empty()) {
        freed_[{update.identity.type, drafts[i].name}].push_back(i);
      }
    }
  }

  Edges edges() {
    for (uint32_t i = 0; i < drafts_.size(); ++i) {
      if (is_delete(drafts_[i])) {
        add_edges_of_delete(i);
      } else {
        add_edges_of_change(i);
      }
    }
    // One edge for each pair: where a reference and a name ask for it, it is not only by name.
    for (std::vector<Edge>& list : edges_) {
      std::sort(list.begin(), list.end());
      const auto same_pair = [](const Edge& a, const Edge& b) { return a.to == b.to; };
      list.erase(std::unique(list.begin(), list.end(), same_pair), list.end());
    }
    return std::move(edges_);
  }

 private:
  void wait(uint32_t who, uint32_t for_whom, bool by_name = false) {
    if (who != for_whom) edges_[who].push_back({for_whom, by_name});
  }

  void add_edges_of_change(uint32_t i) {
    const Draft& draft = drafts_[i];
    for (const ResourceIdentity& producer : draft.update.references) {
      const auto found = made_.find(producer);
      if (found == made_.end()) continue;
      const bool skips = plants_.has(Plant::kOtherStackNotAwaited) &&
                         producer.stack != draft.update.identity.stack &&
                         drafts_[found->second].update.operation == UpdateOperation::kUpdate;
      if (!skips) wait(i, found->second);
    }
    for (const ResourceIdentity& producer : draft.may_refer_to) {
      const auto found = made_.find(producer);
      if (found != made_.end()) wait(i, found->second);
    }
    if (draft.update.is_half_of_replace) {
      wait(i, deleted_.at(draft.update.identity));
    } else if (draft.row != nullptr && holds_something(*draft.row->row)) {
      // Whoever lets go of a row does so before that row goes.
      for (const ResourceIdentity& producer : draft.row->producers) {
        const auto found = deleted_.find(producer);
        if (found != deleted_.end() && !refers_to(draft, producer)) wait(found->second, i);
      }
    }
    if (draft.update.operation != UpdateOperation::kCreate || draft.name.empty()) return;
    const auto found = freed_.find({draft.update.identity.type, draft.name});
    if (found == freed_.end()) return;
    for (const uint32_t before : found->second) wait(i, before, /*by_name=*/true);
  }

  void add_edges_of_delete(uint32_t i) {
    for (const ResourceIdentity& identity : drafts_[i].row->producers) {
      const auto producer = deleted_.find(identity);
      if (producer == deleted_.end()) continue;
      const Kinds kinds = kinds_of(i, identity);
      const bool is_attached = kinds.attachment && !kinds.plain && !kinds.runtime;
      if (is_attached && !plants_.has(Plant::kAttachmentOrderIgnored)) {
        wait(i, producer->second);
      } else {
        wait(producer->second, i);
      }
      if (kinds.runtime) go_before_other_consumers(i, identity);
    }
  }

  // What runs on a producer goes before whatever else was built on it.
  void go_before_other_consumers(uint32_t i, const ResourceIdentity& identity) {
    for (const auto& [other, position] : deleted_) {
      if (position == i || other == identity) continue;
      const std::vector<ResourceIdentity>& producers = drafts_[position].row->producers;
      if (!std::binary_search(producers.begin(), producers.end(), identity)) continue;
      const Kinds kinds = kinds_of(position, identity);
      if (kinds.plain || kinds.attachment) wait(position, i);
    }
  }

  Kinds kinds_of(uint32_t i, const ResourceIdentity& producer) const {
    const ResourceRow& row = *drafts_[i].row->row;
    const Schema& schema = schemas_.of(row.identity.type);
    Kinds kinds;
    const auto visit = [&](const Place& place, const Reference& reference) {
      if (reference.producer != producer) return;
      kinds.plain = kinds.plain || place.edge == EdgeKind::kDefault;
      kinds.attachment = kinds.attachment || place.edge == EdgeKind::kAttachesTo;
      kinds.runtime = kinds.runtime || place.edge == EdgeKind::kRuntimeDependency;
    };
    for_each_placed_reference(schema, *row.declared, visit);
    if (row.unsettled) for_each_placed_reference(schema, *row.unsettled->declared, visit);
    return kinds;
  }

  const Schemas& schemas_;
  const PlantSet& plants_;
  const std::vector<Draft>& drafts_;
  Edges edges_;
  std::map<ResourceIdentity, uint32_t> made_;  // created or updated
  std::map<ResourceIdentity, uint32_t> deleted_;
  std::map<std::pair<std::string, std::string>, std::vector<uint32_t>> freed_;  // by type and name
};

// Carries the updates out in thought; stalls on a circle.
class Rehearsal {
 public:
  Rehearsal(Edges& edges, const std::vector<Draft>& drafts)
      : edges_(edges), drafts_(drafts), dependents_(edges.size()), open_(edges.size()) {
    for (uint32_t i = 0; i < edges.size(); ++i) {
      open_[i] = edges[i].size();
      for (const Edge& edge : edges[i]) dependents_[edge.to].push_back(i);
    }
    done_.assign(edges.size(), false);
  }

  size_t run() {
    size_t dropped = 0;
    std::vector<uint32_t> ready;
    for (uint32_t i = 0; i < edges_.size(); ++i) {
      if (open_[i] == 0) ready.push_back(i);
    }
    uint32_t first_left = 0;
    for (;;) {
      while (!ready.empty()) {
        const uint32_t next = ready.back();
        ready.pop_back();
        done_[next] = true;
        for (const uint32_t dependent : dependents_[next]) {
          if (--open_[dependent] == 0) ready.push_back(dependent);
        }
      }
      while (first_left < edges_.size() && done_[first_left]) ++first_left;
      if (first_left == edges_.size()) return dropped;
      const uint32_t freed = drop_an_edge(circle_from(first_left));
      ++dropped;
      if (--open_[freed] == 0) ready.push_back(freed);
    }
  }

 private:
  // From any stalled update, going on to what it waits for must come back to where it was.
  std::vector<uint32_t> circle_from(uint32_t start) const {
    std::vector<uint32_t> path;
    std::map<uint32_t, size_t> seen;
    for (uint32_t at = start;; at = first_open(at)) {
      const auto [found, is_new] = seen.emplace(at, path.size());
      if (!is_new) return {path.begin() + static_cast<ptrdiff_t>(found->second), path.end()};
      path.push_back(at);
    }
  }

  uint32_t first_open(uint32_t position) const {
    for (const Edge& edge : edges_[position]) {
      if (!done_[edge.to]) return edge.to;
    }
    SQUALL_CHECK(false);  // it would not have stalled
  }

  // What is given up first: a wait for a name; then that of a delete for a consumer that is only
  // updated, as no cloud holds an object for the sake of a reference that may change.
  enum class Loss { kName, kUpdateOfConsumer, kAny };

  bool is_lost_with(Loss most, const Edge& edge, uint32_t from) const {
    if (edge.by_name || most == Loss::kAny) return true;
    return most == Loss::kUpdateOfConsumer && operation_of(from) == UpdateOperation::kDelete &&
           operation_of(edge.to) == UpdateOperation::kUpdate;
  }

  UpdateOperation operation_of(uint32_t position) const {
    return drafts_[position].update.operation;
  }

  // Returns the update that waits for one less. That a create waits for the delete half of its own
  // replace is never given up: a circle has other edges.
  uint32_t drop_an_edge(const std::vector<uint32_t>& circle) {
    for (const Loss most : {Loss::kName, Loss::kUpdateOfConsumer, Loss::kAny}) {
      for (size_t i = 0; i < circle.size(); ++i) {
        const uint32_t from = circle[i];
        const uint32_t to = circle[(i + 1) % circle.size()];
        if (are_halves(from, to)) continue;
        std::vector<Edge>& list = edges_[from];
        const auto edge = std::find_if(list.begin(), list.end(), [&](const Edge& candidate) {
          return candidate.to == to && is_lost_with(most, candidate, from);
        });
        if (edge == list.end()) continue;
        list.erase(edge);
        std::erase(dependents_[to], from);
        return from;
      }
    }
    SQUALL_CHECK(false);  // a circle has edges
  }

  bool are_halves(uint32_t a, uint32_t b) const {
    return drafts_[a].update.identity == drafts_[b].update.identity;
  }

  Edges& edges_;
  const std::vector<Draft>& drafts_;
  std::vector<std::vector<uint32_t>> dependents_;
  std::vector<size_t> open_;
  std::vector<bool> done_;
};

}  // namespace

size_t order_updates(const Schemas& schemas, const PlantSet& plants, std::vector<Draft>& drafts) {
  Edges edges = Graph(schemas, plants, drafts).edges();
  const size_t dropped = Rehearsal(edges, drafts).run();
  for (size_t i = 0; i < drafts.size(); ++i) {
    std::vector<uint32_t>& waits_for = drafts[i].update.waits_for;
    for (const Edge& edge : edges[i]) waits_for.push_back(edge.to);
  }
  return dropped;
}

}  // namespace squall::engine
