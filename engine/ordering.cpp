#include "engine/ordering.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/check.h"

namespace squall::engine {

namespace {

struct Edge {
  uint32_t to = 0;       // whom it waits for
  bool by_name = false;  // a create waits for the delete of what had its name
  friend auto operator<=>(const Edge&, const Edge&) = default;
};

using Edges = std::vector<std::vector<Edge>>;  // by position

bool is_delete(const Draft& draft) { return draft.update.operation == UpdateOperation::kDelete; }

Edges edges_of(const std::vector<Draft>& drafts) {
  std::map<ResourceIdentity, uint32_t> made;  // created or updated
  std::map<ResourceIdentity, uint32_t> deleted;
  std::map<std::pair<std::string, std::string>, std::vector<uint32_t>> freed;  // by type and name
  for (uint32_t i = 0; i < drafts.size(); ++i) {
    const PlannedUpdate& update = drafts[i].update;
    (is_delete(drafts[i]) ? deleted : made).emplace(update.identity, i);
    if (is_delete(drafts[i]) && !drafts[i].name.empty()) {
      freed[{update.identity.type, drafts[i].name}].push_back(i);
    }
  }
  Edges edges(drafts.size());
  for (uint32_t i = 0; i < drafts.size(); ++i) {
    for (const ResourceIdentity& producer : drafts[i].producers) {
      const auto found = made.find(producer);
      if (found != made.end() && found->second != i) edges[i].push_back({found->second});
    }
    // Whoever refers to a row now, be it deleted or changed, goes before that row does.
    if (drafts[i].row != nullptr) {
      for (const ResourceIdentity& producer : drafts[i].row->producers) {
        const auto found = deleted.find(producer);
        if (found != deleted.end() && found->second != i) edges[found->second].push_back({i});
      }
    }
    if (drafts[i].update.operation != UpdateOperation::kCreate || drafts[i].name.empty()) continue;
    const auto found = freed.find({drafts[i].update.identity.type, drafts[i].name});
    if (found == freed.end()) continue;
    for (const uint32_t before : found->second) edges[i].push_back({before, true});
  }
  for (std::vector<Edge>& list : edges) {
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
  }
  return edges;
}

// Carries the updates out in thought; stalls on a circle.
class Rehearsal {
 public:
  explicit Rehearsal(Edges& edges) : edges_(edges), dependents_(edges.size()), open_(edges.size()) {
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

  // Returns the update that waits for one less.
  uint32_t drop_an_edge(const std::vector<uint32_t>& circle) {
    for (const bool only_by_name : {true, false}) {
      for (size_t i = 0; i < circle.size(); ++i) {
        const uint32_t from = circle[i];
        const uint32_t to = circle[(i + 1) % circle.size()];
        std::vector<Edge>& list = edges_[from];
        const auto edge = std::find_if(list.begin(), list.end(), [&](const Edge& candidate) {
          return candidate.to == to && (candidate.by_name || !only_by_name);
        });
        if (edge == list.end()) continue;
        list.erase(edge);
        std::erase(dependents_[to], from);
        return from;
      }
    }
    SQUALL_CHECK(false);  // a circle has edges
  }

  Edges& edges_;
  std::vector<std::vector<uint32_t>> dependents_;
  std::vector<size_t> open_;
  std::vector<bool> done_;
};

}  // namespace

size_t order_updates(std::vector<Draft>& drafts) {
  Edges edges = edges_of(drafts);
  const size_t dropped = Rehearsal(edges).run();
  for (size_t i = 0; i < drafts.size(); ++i) {
    std::vector<uint32_t>& waits_for = drafts[i].update.waits_for;
    for (const Edge& edge : edges[i]) waits_for.push_back(edge.to);
    waits_for.erase(std::unique(waits_for.begin(), waits_for.end()), waits_for.end());
  }
  return dropped;
}

}  // namespace squall::engine
