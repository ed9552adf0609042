// A cloud in a file, for providers that are processes of their own: what one process did, the next
// one knows. Every change is on the disk before its caller hears of it. Several processes may use
// one file: each call holds a lock (FILE.lock) from reading the file to having replaced it.
//
// It is a cloud without faults, of default behaviours.
#pragma once

#include <memory>
#include <string>

#include "cloud/catalogue.h"
#include "provider/cloud_access.h"

namespace squall {

class CloudFile final : public CloudAccess {
 public:
  // A file that is not there is an empty cloud; its folder must be. Errors: the folder is missing
  // or cannot be written, the file holds no cloud, or types that the catalogue does not have.
  static Result<std::shared_ptr<CloudFile>> open(const std::string& path,
                                                 std::shared_ptr<const cloud::Catalogue> catalogue);
  ~CloudFile() override;
  CloudFile(const CloudFile&) = delete;
  CloudFile& operator=(const CloudFile&) = delete;

  const std::vector<ResourceType>& types() const override;
  CloudTraits traits() const override;
  Instant now() const override;
  // Where the file cannot be read or replaced: ServiceInternalError, which is ambiguous. Patience
  // is of no effect: nothing here hangs but the disk.
  ProviderReply call(const ProviderRequest& request, const Patience& patience) override;

 private:
  struct Impl;
  explicit CloudFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace squall
