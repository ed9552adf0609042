// A 4-ary min-heap of what is due when. Four children to a node halve the depth of a binary heap
// and lie in two cache lines. Keys are unique, so the order in which nodes leave does not depend on
// how the heap happens to lie in memory.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "base/time.h"

namespace squall::simulation {

class EventHeap {
 public:
  struct Node {
    Instant time;
    uint64_t sequence = 0;  // breaks ties; unique
    uint32_t slot = 0;      // the owner's index of the event

    friend bool operator<(const Node& a, const Node& b) {
      return a.time != b.time ? a.time < b.time : a.sequence < b.sequence;
    }
  };

  bool empty() const { return nodes_.empty(); }
  size_t size() const { return nodes_.size(); }
  void clear() { nodes_.clear(); }

  // REQUIRES: !empty().
  const Node& top() const {
    SQUALL_CHECK(!nodes_.empty());
    return nodes_.front();
  }

  void push(const Node& node) {
    nodes_.push_back(node);
    sift_up(nodes_.size() - 1);
  }

  // REQUIRES: !empty().
  void pop() {
    SQUALL_CHECK(!nodes_.empty());
    nodes_.front() = nodes_.back();
    nodes_.pop_back();
    if (!nodes_.empty()) sift_down(0);
  }

  // Removes every node whose slot `gone(slot)` names. gone is called once per node.
  template <class Gone>
  void remove_if(Gone gone) {
    std::erase_if(nodes_, [&](const Node& node) { return gone(node.slot); });
    if (nodes_.size() < 2) return;
    for (size_t i = (nodes_.size() - 2) / kChildren + 1; i-- > 0;) sift_down(i);
  }

 private:
  static constexpr size_t kChildren = 4;

  void sift_up(size_t i) {
    const Node node = nodes_[i];
    while (i > 0) {
      const size_t parent = (i - 1) / kChildren;
      if (!(node < nodes_[parent])) break;
      nodes_[i] = nodes_[parent];
      i = parent;
    }
    nodes_[i] = node;
  }

  void sift_down(size_t i) {
    const Node node = nodes_[i];
    for (;;) {
      const size_t first = i * kChildren + 1;
      if (first >= nodes_.size()) break;
      const size_t last = std::min(first + kChildren, nodes_.size());
      size_t least = first;
      for (size_t child = first + 1; child < last; ++child)
        if (nodes_[child] < nodes_[least]) least = child;
      if (!(nodes_[least] < node)) break;
      nodes_[i] = nodes_[least];
      i = least;
    }
    nodes_[i] = node;
  }

  std::vector<Node> nodes_;
};

}  // namespace squall::simulation
