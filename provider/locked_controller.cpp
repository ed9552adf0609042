#include "provider/locked_controller.h"

#include "cloud/guarded_controller.h"

namespace squall {

namespace {

class LockedController final : public cloud::GuardedController {
 public:
  explicit LockedController(SharedCloud& cloud) : cloud_(cloud) {}

  void reset() override { cloud_.reset(); }

 private:
  void use(const std::function<void(cloud::Cloud&)>& with) const override { cloud_.locked(with); }

  SharedCloud& cloud_;
};

}  // namespace

std::unique_ptr<cloud::Controller> make_locked_controller(SharedCloud& cloud) {
  return std::make_unique<LockedController>(cloud);
}

}  // namespace squall
