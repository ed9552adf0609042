// What the operations drawn so far have probably come to. A draw steers by it, so that more of what
// follows has an effect; nothing is judged by it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "suite/case.h"

namespace squall::suite {

class Foreseen {
 public:
  // operation: the next of the case. world: the case's.
  void note(const World& world, const Operation& operation);

  bool exists(const std::string& label) const { return labels_.contains(label); }
  bool any_exists() const { return !labels_.empty(); }
  // Whether the stack has a resource.
  bool has_stack(const World& world, const std::string& stack) const;
  // Where the resource was placed last; nullptr: it never was.
  const Placement* placement(const std::string& label) const {
    const auto found = placements_.find(label);
    return found == placements_.end() ? nullptr : &found->second;
  }
  // What the last operation that changes anything asked for, where that was an apply; else empty.
  const std::vector<WantedResource>& last_applied() const { return last_applied_; }
  // Whether a command that nobody waited for may be running in it.
  bool is_busy(const std::string& stack) const { return busy_.contains(stack); }

 private:
  std::set<std::string> labels_;
  std::set<std::string> busy_;
  std::map<std::string, Placement> placements_;
  std::vector<WantedResource> last_applied_;
};

}  // namespace squall::suite
