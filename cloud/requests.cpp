#include "cloud/requests.h"

#include <utility>

namespace squall::cloud {

std::string AsyncRequests::open(AsyncRequest request) {
  std::string id = "request-" + std::to_string(++last_id_);
  requests_.emplace(id, std::move(request));
  return id;
}

const AsyncRequest* AsyncRequests::find(const std::string& id) const {
  const auto found = requests_.find(id);
  return found == requests_.end() ? nullptr : &found->second;
}

AsyncRequest* AsyncRequests::find(const std::string& id) {
  const auto found = requests_.find(id);
  return found == requests_.end() ? nullptr : &found->second;
}

}  // namespace squall::cloud
